/** Follows a request: as a stream where there is one, else by asking again and again. */

import { readEvents } from './events';
import { isGone, needsKey } from './problem';
import type { Watching } from './types';
import type { RequestView } from './wire';

/** How a host tells of a request. */
export interface Sources {
  show(): Promise<RequestView>;
  stream(signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5_000;
/** A stream shows every 15 s that it is alive; one that is silent for longer is given up. */
const SILENCE_MS = 40_000;

export function isOpen(view: RequestView): boolean {
  return view.status === 'received' || view.status === 'processing';
}

/** Begins to follow; what comes back ends it. */
export function follow(sources: Sources, watching: Watching): () => void {
  const over = new AbortController();
  void run(sources, watching, over.signal);
  return () => over.abort();
}

async function run(sources: Sources, watching: Watching, over: AbortSignal): Promise<void> {
  let pause = FIRST_PAUSE_MS;
  const heard = (view: RequestView): void => {
    pause = FIRST_PAUSE_MS;
    if (!over.aborted) watching.onView(view);
  };
  while (!over.aborted) {
    try {
      if (await listen(sources, watching, heard, over)) return;
    } catch (error) {
      if (over.aborted) return;
      if (isGone(error) || needsKey(error)) return watching.onGone();
    }
    // The stream ended, or there was none: ask, so that the page goes on also without one.
    try {
      const view = await sources.show();
      watching.onLiveness('polling');
      heard(view);
      if (!isOpen(view)) return;
    } catch (error) {
      if (over.aborted) return;
      if (isGone(error) || needsKey(error)) return watching.onGone();
      watching.onLiveness('offline');
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
    await sleep(pause, over);
  }
}

/** Whether the request has ended, once the stream has. */
async function listen(
  sources: Sources,
  watching: Watching,
  heard: (view: RequestView) => void,
  over: AbortSignal,
): Promise<boolean> {
  const silent = new AbortController();
  let timer = setTimeout(() => silent.abort(), SILENCE_MS);
  const signal = AbortSignal.any([over, silent.signal]);
  try {
    const stream = await sources.stream(signal);
    const alive = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        clearTimeout(timer);
        timer = setTimeout(() => silent.abort(), SILENCE_MS);
        controller.enqueue(chunk);
      },
    });
    for await (const event of readEvents(stream.pipeThrough(alive))) {
      const view = JSON.parse(event.data) as RequestView;
      watching.onLiveness('live');
      heard(view);
      if (event.name === 'status' && !isOpen(view)) return true;
    }
    return false;
  } finally {
    clearTimeout(timer);
    silent.abort();
  }
}

function sleep(ms: number, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    over.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}
