/** One request as it goes on, with how fast it goes. */

import type { Host, Liveness } from '../host/types';
import type { RequestView } from '../host/wire';
import { perSecond, remember, secondsLeft, type Sample } from './rate';
import { writable, type Readable } from './store';

export type Following =
  | { readonly is: 'loading' }
  | { readonly is: 'gone' }
  | {
    readonly is: 'there';
    readonly view: RequestView;
    readonly liveness: Liveness;
    readonly perSecond: number | null;
    readonly secondsLeft: number | null;
  };

export interface Followed extends Readable<Following> {
  /** Shows this at once and follows anew, as after a retry. */
  changed(view: RequestView): void;
}

export function following(host: Pick<Host, 'watch'>, id: string, now = () => performance.now()): Followed {
  let samples: Sample[] = [];
  let liveness: Liveness = 'polling';
  let view: RequestView | null = null;
  let stop: (() => void) | null = null;

  const { subscribe, set } = writable<Following>({ is: 'loading' }, () => {
    begin();
    return () => { stop?.(); stop = null; };
  });

  function tell(): void {
    if (view === null) return;
    const { total, done, failed } = view.progress;
    const rate = perSecond(samples, now());
    set({ is: 'there', view, liveness, perSecond: rate, secondsLeft: secondsLeft(total - done - failed, rate) });
  }

  function begin(): void {
    stop?.();
    stop = host.watch(id, {
      onView: (next) => {
        view = next;
        samples = remember(samples, { at: now(), finished: next.progress.done + next.progress.failed });
        tell();
      },
      onLiveness: (next) => { if (next !== liveness) { liveness = next; tell(); } },
      onGone: () => set({ is: 'gone' }),
    });
  }

  return {
    subscribe,
    changed: (next) => { view = next; samples = []; tell(); begin(); },
  };
}
