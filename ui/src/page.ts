/** What every screen needs, handed down from the top. */

import { getContext, setContext } from 'svelte';

import type { Host } from './host/types';
import type { Appearances } from './state/appearance';
import type { Arrivals } from './state/arrivals';
import type { Desk } from './state/desk';
import { said } from './state/format';
import type { Notices } from './state/notices';
import type { Listing } from './state/requests';
import type { Sessions } from './state/session';
import { text } from './text/en';

export interface Page {
  readonly host: Host;
  readonly session: Sessions;
  readonly requests: Listing;
  readonly notices: Notices;
  readonly appearance: Appearances;
  readonly arrivals: Arrivals;
  /** The desktop app, where the page is in its window. */
  readonly desk: Desk | null;
}

const KEY = Symbol('page');

export function setPage(page: Page): void {
  setContext(KEY, page);
}

export function usePage(): Page {
  return getContext<Page>(KEY);
}

/** Does something that may fail, and says so where it does; `undefined` then. */
export async function attempt<T>(page: Page, act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    page.session.heed(error);
    page.notices.tell(text.failed(wordsOf(error)), 'bad');
    return undefined;
  }
}

/** What an error says, as it is shown. */
export function wordsOf(error: unknown): string {
  return said(error instanceof Error ? error.message : String(error));
}
