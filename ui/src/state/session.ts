/** Who is signed in. The key is kept until the tab is closed, and nowhere else. */

import { needsKey } from '../host/problem';
import type { Host } from '../host/types';
import type { SessionView } from '../host/wire';
import { writable, type Readable } from './store';

const PLACE = 'pixmill.key';

export type Session =
  | { readonly is: 'asking' }
  | { readonly is: 'signedOut'; readonly wrong: string | null }
  | { readonly is: 'signedIn'; readonly view: SessionView }
  | { readonly is: 'unreachable' };

export interface Sessions extends Readable<Session> {
  /** Finds out whether the server needs a key, and whether the one at hand will do. */
  begin(): Promise<void>;
  signIn(key: string): Promise<void>;
  signOut(): void;
  /** To be told of every error: one that says that the key is no longer good ends the session. */
  heed(error: unknown): void;
}

export function sessions(host: Host, storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>): Sessions {
  const { subscribe, set } = writable<Session>({ is: 'asking' });

  async function ask(hadKey: boolean): Promise<void> {
    try {
      const view = await host.session();
      set(view.needsKey && view.role === null ? { is: 'signedOut', wrong: null } : { is: 'signedIn', view });
    } catch (error) {
      if (!needsKey(error)) return set({ is: 'unreachable' });
      leave(hadKey && error instanceof Error ? error.message : null);
    }
  }

  function leave(wrong: string | null): void {
    storage.removeItem(PLACE);
    host.useKey(null);
    set({ is: 'signedOut', wrong });
  }

  return {
    subscribe,
    begin: async () => {
      const kept = storage.getItem(PLACE);
      host.useKey(kept);
      await ask(kept !== null);
    },
    signIn: async (key) => {
      host.useKey(key);
      storage.setItem(PLACE, key);
      await ask(true);
    },
    signOut: () => leave(null),
    heed: (error) => { if (needsKey(error)) leave((error as Error).message); },
  };
}

export function isAdmin(view: SessionView): boolean {
  return !view.needsKey || view.role === 'admin';
}

export function mayUpload(view: SessionView): boolean {
  return !view.needsKey || view.role !== 'viewer';
}
