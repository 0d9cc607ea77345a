/** The watched folders and what was taken from them of late. */

import type { FolderSettingView } from '../host/commands';
import type { Desktop } from '../host/desktop';
import type { WatchedSheetView } from '../host/wire';
import { writable, type Readable } from './store';

/** How many sheets are shown. */
const SHEETS = 50;

export interface Folders {
  readonly list: readonly FolderSettingView[];
  /** The last first. */
  readonly sheets: readonly WatchedSheetView[];
}

export interface FolderList extends Readable<Folders | null> {
  /** To be told of what a change has answered. */
  put(folder: FolderSettingView): void;
  drop(id: string): void;
}

type Asked = Pick<Desktop, 'hear' | 'folders' | 'watchedSheets'>;

/** Up to date while somebody looks; `null` until it is known. */
export function folders(desktop: Asked, onError: (error: unknown) => void): FolderList {
  const { subscribe, set, update } = writable<Folders | null>(null, () => {
    const ends = [
      desktop.hear('folder', (folder) => change(({ list, sheets }) => ({ list: withFolder(list, folder), sheets }))),
      desktop.hear('watched_sheet', (sheet) => change(({ list, sheets }) => ({ list, sheets: withSheet(sheets, sheet) }))),
    ];
    Promise.all([desktop.folders(), desktop.watchedSheets()]).then(([list, sheets]) => {
      set(early.splice(0).reduce((folders, by) => by(folders), { list, sheets }));
    }, onError);
    return () => ends.forEach((end) => end());
  });

  type Change = (folders: Folders) => Folders;
  /** What was heard before the whole was known. */
  const early: Change[] = [];
  const change = (by: Change): void => update((now) => {
    if (now === null) early.push(by);
    return now && by(now);
  });

  return {
    subscribe,
    put: (folder) => change(({ list, sheets }) => ({ list: withFolder(list, folder, true), sheets })),
    drop: (id) => change(({ list, sheets }) => ({ list: list.filter((one) => one.id !== id), sheets })),
  };
}

/** News of a folder that is not there is of one that was removed, unless it was added just now. */
function withFolder(list: readonly FolderSettingView[], folder: FolderSettingView, isNew = false): readonly FolderSettingView[] {
  const isThere = list.some((one) => one.id === folder.id);
  return isThere || !isNew ? list.map((one) => (one.id === folder.id ? folder : one)) : [...list, folder];
}

function withSheet(sheets: readonly WatchedSheetView[], sheet: WatchedSheetView): readonly WatchedSheetView[] {
  const others = sheets.filter((one) => one.folder !== sheet.folder || one.name !== sheet.name || one.fileName !== sheet.fileName);
  return [sheet, ...others].slice(0, SHEETS);
}
