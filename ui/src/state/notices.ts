/** What the page tells: for a while that something is done or can be undone, until it is dismissed that it failed. */

import { writable, type Readable } from './store';

export interface Notice {
  readonly id: number;
  readonly tone: 'plain' | 'bad';
  readonly words: string;
  readonly undo: (() => void) | null;
}

/** How long something can be undone, in milliseconds. */
export const UNDO_MS = 8_000;
/** How long it is said that something is done. */
const SHOWN_MS = 6_000;

export interface Notices extends Readable<readonly Notice[]> {
  /** Tells something: for a while, or until it is dismissed where it is bad. */
  tell(words: string, tone?: Notice['tone']): void;
  /** Does something after a while, unless it is taken back; does it at once when the page is left. */
  later(words: string, act: () => void, takeBack: () => void): void;
  dismiss(id: number): void;
}

export function notices(page: Pick<Window, 'addEventListener' | 'removeEventListener'>): Notices {
  const { subscribe, update } = writable<readonly Notice[]>([]);
  let count = 0;

  const dismiss = (id: number): void => update((list) => list.filter((notice) => notice.id !== id));
  const add = (notice: Omit<Notice, 'id'>): number => {
    const id = (count += 1);
    update((list) => [...list, { ...notice, id }]);
    return id;
  };

  return {
    subscribe,
    dismiss,
    tell: (words, tone = 'plain') => {
      // What is said already is not said once more beside it.
      update((list) => list.filter((notice) => notice.undo !== null || notice.words !== words));
      const id = add({ words, tone, undo: null });
      // What went wrong may be long, and may be told while nobody looks.
      if (tone === 'plain') setTimeout(() => dismiss(id), SHOWN_MS);
    },
    later: (words, act, takeBack) => {
      const end = (then: () => void) => () => {
        clearTimeout(timer);
        page.removeEventListener('pagehide', now);
        dismiss(id);
        then();
      };
      const now = end(act);
      const id = add({ words, tone: 'plain', undo: end(takeBack) });
      const timer = setTimeout(now, UNDO_MS);
      page.addEventListener('pagehide', now);
    },
  };
}
