/** What parts say to somebody who does not see them, or not all of them. */

import { render } from 'svelte/server';
import { describe, expect, it } from 'vitest';

import type { FolderSettingView, QueuedView, SettingsView, WayView } from '../host/commands';
import { FakeDesktop } from '../host/fake';
import type { SyncView } from '../host/wire';
import type { Desk } from '../state/desk';
import { readable } from '../state/store';
import FolderCard from './FolderCard.svelte';
import Queue from './Queue.svelte';
import SyncStatus from './SyncStatus.svelte';
import WayForm from './WayForm.svelte';
import WayStatus from './WayStatus.svelte';

const AWAY: WayView = { way: { is: 'server', address: 'https://mill.example/' }, state: 'unreachable', why: 'no answer from `mill.example`', queued: 2 };
const SHARED: SyncView = { state: 'idle', why: null, waiting: 3, waitingBytes: 9, parked: [], lastSyncedAt: null };
const SETTINGS: SettingsView = {
  way: { is: 'here' }, lastServer: null, hasKey: false, sync: null, dataFolder: '/data', outFolder: '/out', autostart: false, version: '1',
};

/** Without Svelte's own marks, which are comments. */
const shown = ({ body }: { readonly body: string }): string => body.replace(/<!--.*?-->/gs, '');

/** What is said in each element of a kind. */
function saying(html: string, tag: string): string[] {
  const found = html.matchAll(new RegExp(`<${tag}\\b[^>]*>(.*?)</${tag}>`, 'gs'));
  return [...found].map(([, inner = '']) => inner.replace(/<[^>]*>/g, '').replace(/\s+/g, ' ').trim());
}

function desk(queue: readonly QueuedView[] = []): Desk {
  const nothing = readable(null);
  const { desktop } = new FakeDesktop({});
  const changed = (): void => {};
  return {
    desktop, way: nothing, queue: readable(queue), sync: nothing, settings: nothing,
    wayChanged: changed, syncChanged: changed, settingsChanged: changed,
  };
}

describe('how it stands', () => {
  it('is said with its reason, which is more than a tooltip', () => {
    const html = shown(render(WayStatus, { props: { way: AWAY } }));
    expect(saying(html, 'a')).toEqual(['Server mill.example cannot be reached 2 sheets wait no answer from “mill.example”']);
    expect(html).toContain('title="no answer from “mill.example”"');
  });

  it('is announced without what changes all the time', () => {
    const announced = (html: string): string => /role="status">((?:<span>[^<]*<\/span>\s*)*)<\/span>/.exec(html)?.[1] ?? '';
    const way = shown(render(WayStatus, { props: { way: AWAY } }));
    expect(announced(way)).toBe('<span>Server mill.example</span> <span>cannot be reached</span>');
    expect(announced(shown(render(SyncStatus, { props: { sync: SHARED } })))).toBe('<span>In step</span>');
  });

  it('is said of a database whose address is not known', () => {
    const html = shown(render(SyncStatus, { props: { sync: { ...SHARED, state: 'off', waiting: 0 } } }));
    expect(saying(html, 'a')[0]).toMatch(/^Sharing waits for its address .*give the address again\.$/);
  });
});

describe('what waits', () => {
  it('is said with its server and the reason, whatever is worked with now', () => {
    const queued = (address: string, why: string | null): QueuedView => ({ id: address, address, fileName: 'shop.csv', createdAt: new Date().toISOString(), why });
    const queue = [queued('https://mill.example/', null), queued('https://shop.example/pixmill/', 'too many rows in `shop.csv`')];
    const html = shown(render(Queue, { props: { desk: desk(queue) } }));
    expect(saying(html, 'h2')).toEqual(['Sheets that wait']);
    const [first, second] = saying(html.replace(/<time.*?<\/time>/gs, ''), 'li');
    expect(first).toBe('shop.csv Server mill.example Do not send shop.csv');
    expect(second).toBe('shop.csv Server shop.example/pixmill too many rows in “shop.csv” Do not send shop.csv');
    expect(html).not.toContain('reached');
  });
});

describe('a watched folder', () => {
  it('is named by each of its buttons', () => {
    const folder: FolderSettingView = {
      id: 'a',
      recipe: { format: 'webp', quality: null, maxWidth: null, maxHeight: null, metadata: 'drop' },
      beside: true,
      status: { folder: '/in/a', destination: '/in/a', state: 'waiting', why: null, waiting: 0, working: 0, done: 0, failed: 0 },
    };
    const act = (): void => {};
    const html = shown(render(FolderCard, { props: { folder, onturn: act, onchange: act, onremove: act } }));
    expect(saying(html, 'button')).toEqual(['Pause /in/a', 'Change /in/a', 'Stop watching /in/a']);
  });
});

describe('where the work is done', () => {
  const form = (settings: Partial<SettingsView>): string =>
    shown(render(WayForm, { props: { desk: desk(), settings: { ...SETTINGS, ...settings }, ondone: () => {} } }));

  it('offers to forget a key only where one is kept', () => {
    const way = { is: 'server', address: 'https://mill.example/' } as const;
    expect(form({ way, hasKey: true })).toContain('Forget the key that is kept');
    expect(form({ way, hasKey: false })).not.toContain('Forget the key');
  });
});
