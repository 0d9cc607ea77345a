/** The desktop app as the page knows it: its way of working, what waits to be sent, what it is handed. */

import type { QueuedView, SettingsView, WayView } from '../host/commands';
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
  /** What is set; `null` until it is known. */
  readonly settings: Readable<SettingsView | null>;
  /** To be told of what changing the way has answered. */
  wayChanged(way: WayView): void;
  /** To be told of what pausing, going on and trying again have answered. */
  syncChanged(sync: SyncView): void;
  /** To be told of the settings whenever they have been asked for or changed. */
  settingsChanged(settings: SettingsView): void;
}

export function desk(desktop: Desktop): Desk {
  const way = writable<WayView | null>(null);
  const queue = writable<readonly QueuedView[] | null>(null);
  const sync = writable<SyncView | null>(null);
  const settings = writable<SettingsView | null>(null);
  desktop.hear('way', way.set);
  desktop.hear('queued', queue.set);
  desktop.hear('sync', sync.set);
  // What was heard meanwhile is newer than what was asked for.
  desktop.way().then((asked) => way.update((heard) => heard ?? asked), () => {});
  desktop.queue().then((asked) => queue.update((heard) => heard ?? asked), () => {});
  desktop.sync().then((asked) => sync.update((heard) => heard ?? asked), () => {});
  desktop.settings().then((asked) => settings.update((heard) => heard ?? asked), () => {});
  return {
    desktop, way, queue, sync, settings,
    wayChanged: way.set, syncChanged: sync.set, settingsChanged: settings.set,
  };
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
  const url = serverAt(address);
  return url === null ? address : url.host + url.pathname.slice(0, -1);
}

/** Whether two addresses are of one server, however they were typed. */
export function isSameServer(one: string, other: string): boolean {
  const url = serverAt(one);
  return url !== null && url.href === serverAt(other)?.href;
}

/** What an address that somebody typed means: the app reads it in the same way. */
function serverAt(typed: string): URL | null {
  const text = typed.trim();
  const full = text.includes('://') ? text : `https://${text}`;
  if (!URL.canParse(full)) return null;
  const url = new URL(full);
  [url.search, url.hash] = ['', ''];
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

/** What becomes of the key of a server: another one, `null` for none, `undefined` for the one that is kept. */
export function keyToSend(typed: string, forgets: boolean): string | null | undefined {
  return forgets ? null : typed.trim() || undefined;
}

/** Whether requests are shared, or would be if the address were known. */
export function isSharing(sync: SyncView, settings: SettingsView | null): boolean {
  return sync.state !== 'off' || (settings !== null && settings.sync !== null);
}
