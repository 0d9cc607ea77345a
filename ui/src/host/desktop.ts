/** What the desktop app can do besides what every host does, and how it is asked. */

import type {
  ChosenFolder, Commands, Destination, Events, FolderSettingView, Offer, QueuedView, SettingsView, Way, WayView,
} from './commands';
import type { Recipe } from './types';
import type { SyncView, WatchedSheetView } from './wire';

/** Asks a command of the app. */
export type Ask = <Name extends keyof Commands>(
  name: Name,
  asked: Commands[Name]['asked'],
) => Promise<Commands[Name]['answer']>;

/** Hears of an event of the app until what comes back is called. */
export type Hear = <Name extends keyof Events>(name: Name, heard: (said: Events[Name]) => void) => () => void;

export interface Desktop {
  readonly hear: Hear;

  /** What was dropped or opened before the page listened; each offer is told once. */
  offers(): Promise<readonly Offer[]>;
  /** Has the person choose files; none where that was cancelled. */
  choose(what: 'sheets' | 'images' | 'folder'): Promise<readonly Offer[]>;

  settings(): Promise<SettingsView>;
  way(): Promise<WayView>;
  /** Changes the way of working; without a key the one that is kept stays, `null` forgets it. */
  changeWay(way: Way, key?: string | null): Promise<WayView>;
  setAutostart(on: boolean): Promise<SettingsView>;
  showFolder(what: 'data' | 'out'): Promise<void>;
  /** Ends the app, and not only its window. */
  quit(): Promise<void>;
  /** Opens the folder with the results of a request. */
  showResults(requestId: string): Promise<void>;

  /** Sheets that wait until their servers take them. */
  queue(): Promise<readonly QueuedView[]>;
  unqueue(id: string): Promise<void>;

  /** Has the person choose a folder; `null` where that was cancelled. */
  chooseFolder(): Promise<ChosenFolder | null>;
  folders(): Promise<readonly FolderSettingView[]>;
  addFolder(folder: string, destination: Destination, recipe: Recipe): Promise<FolderSettingView>;
  changeFolder(id: string, destination: Destination, recipe: Recipe): Promise<FolderSettingView>;
  removeFolder(id: string): Promise<void>;
  pauseFolder(id: string): Promise<FolderSettingView>;
  resumeFolder(id: string): Promise<FolderSettingView>;
  /** What was taken from watched folders since the app was started, newest first. */
  watchedSheets(): Promise<readonly WatchedSheetView[]>;

  /** How it stands with the database that requests are shared with. */
  sync(): Promise<SyncView>;
  /** Shares with a database from now on, or with none. */
  setSync(address: string | null): Promise<SettingsView>;
  pauseSync(): Promise<SyncView>;
  /** Goes on, be it that it was paused or that the database refused this computer. */
  resumeSync(): Promise<SyncView>;
  /** Tries again what was put aside. */
  retryParked(): Promise<SyncView>;
}

export function desktop(ask: Ask, hear: Hear): Desktop {
  return {
    hear,
    offers: () => ask('offers', {}),
    choose: (what) => ask('choose', { what }),
    settings: () => ask('settings', {}),
    way: () => ask('way', {}),
    changeWay: (way, key) => ask('change_way', key === undefined ? { way } : { way, key }),
    setAutostart: (on) => ask('set_autostart', { on }),
    showFolder: async (what) => { await ask('show_folder', { what }); },
    quit: async () => { await ask('quit', {}); },
    showResults: async (requestId) => { await ask('show_results', { requestId }); },
    queue: () => ask('queue', {}),
    unqueue: async (id) => { await ask('unqueue', { id }); },
    chooseFolder: () => ask('choose_folder', {}),
    folders: () => ask('folders', {}),
    addFolder: (folder, destination, recipe) => ask('add_folder', { folder, destination, recipe }),
    changeFolder: (id, destination, recipe) => ask('change_folder', { id, destination, recipe }),
    removeFolder: async (id) => { await ask('remove_folder', { id }); },
    pauseFolder: (id) => ask('pause_folder', { id }),
    resumeFolder: (id) => ask('resume_folder', { id }),
    watchedSheets: () => ask('watched_sheets', {}),
    sync: () => ask('sync', {}),
    setSync: (address) => ask('set_sync', { address }),
    pauseSync: () => ask('pause_sync', {}),
    resumeSync: () => ask('resume_sync', {}),
    retryParked: () => ask('retry_parked', {}),
  };
}
