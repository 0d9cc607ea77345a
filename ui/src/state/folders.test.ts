import { describe, expect, it, vi } from 'vitest';

import type { Events, FolderSettingView } from '../host/commands';
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
  const ears: Partial<Record<keyof Events, (said: never) => void>> = {};
  const end = vi.fn();
  const list = folders({
    hear: (name, heard) => { ears[name] = heard; return end; },
    folders: async () => [folder('a'), folder('b')],
    watchedSheets: async () => [sheet('old')],
  }, (error) => { throw error; });
  let now: Folders | null = null;
  const stop = list.subscribe((next) => { now = next; });
  await vi.waitFor(() => expect(now).not.toBeNull());
  const tell = <Name extends keyof Events>(name: Name, said: Events[Name]): void => ears[name]?.(said as never);
  return { list, end, stop, tell, now: () => now as unknown as Folders };
}

describe('the watched folders', () => {
  it('are kept up to date, and one that was removed does not come back', async () => {
    const { list, tell, now } = await looked();
    tell('folder', folder('b', { state: 'working', working: 2 }));
    expect(now().list.map(({ status }) => status.state)).toEqual(['waiting', 'working']);
    list.drop('b');
    tell('folder', folder('b', { state: 'waiting' }));
    expect(now().list.map(({ id }) => id)).toEqual(['a']);
    list.put(folder('c'));
    expect(now().list.map(({ id }) => id)).toEqual(['a', 'c']);
  });

  it('show each sheet once, the last one first', async () => {
    const { tell, now } = await looked();
    tell('watched_sheet', sheet('new'));
    tell('watched_sheet', sheet('old', 'done'));
    tell('watched_sheet', sheet('new', 'done'));
    expect(now().sheets.map(({ name, state }) => `${name} ${state}`)).toEqual(['new done', 'old done']);
  });

  it('are not listened for once nobody looks', async () => {
    const { stop, end } = await looked();
    stop();
    expect(end).toHaveBeenCalledTimes(2);
  });
});
