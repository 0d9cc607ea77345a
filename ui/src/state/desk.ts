/** The desktop app as the page knows it: its way of working, what waits to be sent, what it is handed. */

import type { QueuedView, WayView } from '../host/commands';
import type { Desktop } from '../host/desktop';
import type { Host } from '../host/types';
import type { SessionView, SyncView } from '../host/wire';
import type { Arrivals } from './arrivals';
import { said } from './format';
import type { Notices } from './notices';
import type { Listing } from './requests';
import type { Session, Sessions } from './session';
import { writable, type Readable } from './store';
import { text } from '../text/en';

export interface Desk {
  readonly desktop: Desktop;
  /** `null` until it is known; so is the queue. */
  readonly way: Readable<WayView | null>;
  readonly queue: Readable<readonly QueuedView[] | null>;
  /** How it stands with the database that requests are shared with; `null` until it is known. */
  readonly sync: Readable<SyncView | null>;
  /** To be told of what changing the way has answered. */
  wayChanged(way: WayView): void;
  /** To be told of what pausing, going on and trying again have answered. */
  syncChanged(sync: SyncView): void;
}

export function desk(desktop: Desktop): Desk {
  const way = writable<WayView | null>(null);
  const queue = writable<readonly QueuedView[] | null>(null);
  const sync = writable<SyncView | null>(null);
  desktop.hear('way', way.set);
  desktop.hear('queued', queue.set);
  desktop.hear('sync', sync.set);
  // What was heard meanwhile is newer than what was asked for.
  desktop.way().then((asked) => way.update((heard) => heard ?? asked), () => {});
  desktop.queue().then((asked) => queue.update((heard) => heard ?? asked), () => {});
  desktop.sync().then((asked) => sync.update((heard) => heard ?? asked), () => {});
  return { desktop, way, queue, sync, wayChanged: way.set, syncChanged: sync.set };
}

/** Takes in what is dropped on the window, opened with the app, or was so before the page was there. */
export function takeOffers({ hear, offers }: Desktop, arrivals: Arrivals, notices: Pick<Notices, 'tell'>): void {
  hear('offered', (offer) => arrivals.add([offer]));
  hear('left_out', (why) => notices.tell(text.leftOut(why.map(said)), 'bad'));
  hear('held', arrivals.hold);
  offers().then(arrivals.add, () => {});
}

/** How soon the list is asked for after it is said to have changed: what changes within is asked for once. */
const GATHER_MS = 250;

/** Has the list of requests follow what the app tells. */
export function followChanges({ hear }: Desktop, requests: Listing): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  hear('changed', () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      requests.nudge();
    }, GATHER_MS);
  });
}

/** Who one is as long as the server has not said it: whoever may hand in, as that can wait. */
const STRANGER: SessionView = { needsKey: true, role: 'uploader', name: null, version: '' };

/** The session of the desktop app. Nobody signs in: the app has the key, and its settings change it. */
export function standing(host: Pick<Host, 'session'>, way: Readable<WayView | null>): Sessions {
  const { subscribe, set } = writable<Session>({ is: 'asking' });
  let last = '';

  async function begin(): Promise<void> {
    try {
      set({ is: 'signedIn', view: await host.session() });
    } catch {
      // The frame says what is wrong; the settings must stay within reach.
      set({ is: 'signedIn', view: STRANGER });
    }
  }

  way.subscribe((now) => {
    const next = now === null ? '' : JSON.stringify([now.way, now.state]);
    if (next !== last && last !== '') void begin();
    last = next;
  });
  return { subscribe, begin, signIn: begin, signOut: () => {}, heed: () => {} };
}

/** The way of working and how it stands with it, to be compared: what is shown is of one way. */
export function placeOf(way: WayView | null): string {
  return way === null || way.way.is === 'here' ? 'here' : way.way.address;
}

/** A server's address without what is the same in all. */
export function shortAddress(address: string): string {
  return URL.canParse(address) ? new URL(address).host : address;
}

/** Whether two addresses are of one server, however they were typed. */
export function isSameServer(one: string, other: string): boolean {
  return URL.canParse(one) && URL.canParse(other) && new URL(one).href === new URL(other).href;
}
