/** The requests, newest first, kept up to date while somebody looks. */

import { isOpen } from '../host/watch';
import type { Host } from '../host/types';
import type { RequestView } from '../host/wire';
import { writable, type Readable } from './store';

/** How often is asked while some request is being worked on, and while none is. */
const BUSY_MS = 1_000;
const QUIET_MS = 5_000;

export type Requests =
  | { readonly is: 'loading' }
  | { readonly is: 'failed'; readonly error: unknown }
  | { readonly is: 'there'; readonly list: readonly RequestView[]; readonly hasMore: boolean; readonly isOffline: boolean };

export interface Listing extends Readable<Requests> {
  more(): Promise<void>;
  /** Asks at once, as after a change. */
  refresh(): Promise<void>;
  /** Asks at once if somebody looks, as when it is told that something has changed. */
  nudge(): void;
  /** Forgets all: what comes now is of another place. */
  restart(): void;
  /** Leaves a request out: it is about to be deleted. What comes back shows it again. */
  hide(id: string): () => void;
}

export function listing(host: Pick<Host, 'list'>, onError: (error: unknown) => void): Listing {
  const hidden = new Set<string>();
  let first: readonly RequestView[] = [];
  let older: readonly RequestView[] = [];
  let cursor: string | null = null;
  let isThere = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let watchers = 0;
  // Counts restarts: what was asked for before one is not of this place.
  let place = 0;

  const { subscribe, set } = writable<Requests>({ is: 'loading' }, () => {
    watchers += 1;
    void tick();
    return () => { watchers -= 1; clearTimeout(timer); };
  });

  function tell(isOffline = false): void {
    const known = new Set(first.map((view) => view.requestId));
    const all = [...first, ...older.filter((view) => !known.has(view.requestId))];
    const list = all.filter((view) => !hidden.has(view.requestId));
    set({ is: 'there', list, hasMore: cursor !== null, isOffline });
  }

  async function refresh(): Promise<void> {
    const asked = place;
    try {
      const page = await host.list(null);
      if (asked !== place) return;
      // What has moved out of the first page stays where it was shown.
      const now = new Set(page.requests.map((view) => view.requestId));
      const last = page.requests.at(-1)?.requestId ?? '';
      if (isThere && older.length > 0) {
        older = [...first.filter((view) => !now.has(view.requestId) && view.requestId < last), ...older];
      } else {
        cursor = page.nextCursor;
      }
      first = page.requests;
      isThere = true;
      tell();
    } catch (error) {
      if (asked !== place) return;
      onError(error);
      if (isThere) tell(true);
      else set({ is: 'failed', error });
    }
  }

  async function tick(): Promise<void> {
    clearTimeout(timer);
    await refresh();
    if (watchers === 0) return;
    clearTimeout(timer);
    timer = setTimeout(() => void tick(), first.some(isOpen) ? BUSY_MS : QUIET_MS);
  }

  return {
    subscribe,
    refresh: tick,
    nudge: () => { if (watchers > 0) void tick(); },
    restart: () => {
      place += 1;
      [first, older, cursor, isThere] = [[], [], null, false];
      set({ is: 'loading' });
      if (watchers > 0) void tick();
    },
    more: async () => {
      if (cursor === null) return;
      const asked = place;
      try {
        const page = await host.list(cursor);
        if (asked !== place) return;
        older = [...older, ...page.requests];
        cursor = page.nextCursor;
        tell();
      } catch (error) {
        onError(error);
      }
    },
    hide: (id) => {
      hidden.add(id);
      if (isThere) tell();
      return () => { hidden.delete(id); if (isThere) tell(); };
    },
  };
}
