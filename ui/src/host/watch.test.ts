import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { request } from './fake';
import { Problem } from './problem';
import type { Liveness } from './types';
import { follow, type Sources } from './watch';
import type { RequestView } from './wire';

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });

const at = (done: number, status = 'processing'): RequestView =>
  request(1, { status, progress: { total: 10, done, failed: 0, bytesIn: 0, bytesOut: 0 } });

const event = (name: string, view: RequestView): string => `event:${name}\ndata:${JSON.stringify(view)}\n\n`;

/** A stream that a test writes to. */
function pipe(): { stream: ReadableStream<Uint8Array>; write(text: string): void; close(): void } {
  let controller: ReadableStreamDefaultController<Uint8Array>;
  const stream = new ReadableStream<Uint8Array>({ start: (made) => { controller = made; } });
  return {
    stream,
    write: (text) => controller.enqueue(new TextEncoder().encode(text)),
    close: () => controller.close(),
  };
}

function heard(sources: Sources) {
  const views: number[] = [];
  const liveness: Liveness[] = [];
  const gone = vi.fn();
  const stop = follow(sources, {
    onView: (view) => views.push(view.progress.done),
    onLiveness: (now) => { if (liveness.at(-1) !== now) liveness.push(now); },
    onGone: gone,
  });
  return { views, liveness, gone, stop };
}

describe('following a request', () => {
  it('hears of it live and ends with it', async () => {
    const { stream, write } = pipe();
    const show = vi.fn();
    const { views, liveness } = heard({ show, stream: async () => stream });
    write(event('progress', at(1)) + event('progress', at(5)));
    await vi.advanceTimersByTimeAsync(10);
    write(event('progress', at(10, 'completed')) + event('status', at(10, 'completed')));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(views).toEqual([1, 5, 10, 10]);
    expect(liveness).toEqual(['live']);
    expect(show).not.toHaveBeenCalled();
  });

  it('asks again and again where there is no stream', async () => {
    let done = 0;
    const show = async () => at((done += 1), done < 4 ? 'processing' : 'completed');
    const { views, liveness } = heard({ show, stream: async () => { throw new Error('a proxy in between'); } });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(views).toEqual([1, 2, 3, 4]);
    expect(liveness).toEqual(['polling']);
  });

  it('waits for a server that has gone and goes on live', async () => {
    const first = pipe();
    const second = pipe();
    const streams = [first.stream];
    let isUp = true;
    const { views, liveness, stop } = heard({
      show: async () => { if (!isUp) throw new TypeError('refused'); return at(3); },
      stream: async () => {
        const stream = streams.shift();
        if (!isUp || stream === undefined) throw new TypeError('refused');
        return stream;
      },
    });
    first.write(event('progress', at(2)));
    await vi.advanceTimersByTimeAsync(10);
    isUp = false;
    first.close();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(liveness).toEqual(['live', 'offline']);
    isUp = true;
    streams.push(second.stream);
    second.write(event('progress', at(4)));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(liveness.at(-1)).toBe('live');
    expect(views.at(-1)).toBe(4);
    stop();
  });

  it('gives up a stream that shows no sign of life', async () => {
    const { stream } = pipe();
    const show = vi.fn(async () => at(7));
    const { views, stop } = heard({ show, stream: async (signal) => {
      const silent = new ReadableStream<Uint8Array>({ start: (c) => signal.addEventListener('abort', () => c.error(new Error('silent'))) });
      return show.mock.calls.length === 0 ? silent : stream;
    } });
    await vi.advanceTimersByTimeAsync(39_000);
    expect(show).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(views).toEqual([7]);
    stop();
  });

  it('says that it is gone, once', async () => {
    const missing = async (): Promise<never> => { throw new Problem(404, 'not_found', 'there is no such request'); };
    const { gone } = heard({ show: missing, stream: missing });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(gone).toHaveBeenCalledTimes(1);
  });

  it('says nothing any more once it is stopped', async () => {
    const show = vi.fn(async () => at(1));
    const { views, stop } = heard({ show, stream: async () => { throw new Error('none'); } });
    await vi.advanceTimersByTimeAsync(600);
    stop();
    const before = views.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(views.length).toBe(before);
  });
});
