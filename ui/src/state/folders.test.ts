import { describe, expect, it, vi } from 'vitest';

import type { FolderSettingView } from '../host/commands';
import { FakeDesktop } from '../host/fake';
import type { FolderView, WatchedSheetView } from '../host/wire';
import { folders, type Folders } from './folders';

const folder = (id: string, change: Partial<FolderView> = {}): FolderSettingView => ({
  id,
  recipe: { format: 'webp', quality: null, maxWidth: null, maxHeight: null, metadata: 'drop' },
  beside: true,
  status: { folder: `/in/${id}`, destination: `/in/${id}`, state: 'waiting', why: null, waiting: 0, working: 0, done: 0, failed: 0, ...change },
});
const sheet = (name: string, state: WatchedSheetView['state'] = 'taken'): WatchedSheetView =>
  ({ folder: '/in/a', fileName: `${name}.csv`, name, state, requestId: null, why: null });

async function looked() {
  const fake = new FakeDesktop({ folders: async () => [folder('a'), folder('b')], watchedSheets: async () => [sheet('old')] });
  const list = folders(fake.desktop, (error) => { throw error; });
  let now: Folders | null = null;
  const stop = list.subscribe((next) => { now = next; });
  // Told before it is known what there is.
  fake.tell('folder', folder('a', { done: 1 }));
  await vi.waitFor(() => expect(now).not.toBeNull());
  return { list, stop, fake, now: () => now as unknown as Folders };
}

describe('the watched folders', () => {
  it('are kept up to date, and one that was removed does not come back', async () => {
    const { list, fake, now } = await looked();
    fake.tell('folder', folder('b', { state: 'working', working: 2 }));
    expect(now().list.map(({ status }) => status.state)).toEqual(['waiting', 'working']);
    expect(now().list[0]?.status.done).toBe(1);
    list.drop('b');
    fake.tell('folder', folder('b', { state: 'waiting' }));
    expect(now().list.map(({ id }) => id)).toEqual(['a']);
    list.put(folder('c'));
    expect(now().list.map(({ id }) => id)).toEqual(['a', 'c']);
  });

  it('show each sheet once, the last one first', async () => {
    const { fake, now } = await looked();
    fake.tell('watched_sheet', sheet('new'));
    fake.tell('watched_sheet', sheet('old', 'done'));
    fake.tell('watched_sheet', sheet('new', 'done'));
    expect(now().sheets.map(({ name, state }) => `${name} ${state}`)).toEqual(['new done', 'old done']);
  });

  it('are not listened for once nobody looks', async () => {
    const { stop, fake } = await looked();
    expect(fake.ears).toBe(2);
    stop();
    expect(fake.ears).toBe(0);
  });
});
