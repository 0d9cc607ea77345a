import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Offer, SettingsView, WayView } from '../host/commands';
import type { Desktop } from '../host/desktop';
import { FakeDesktop, fakeHost, noKey } from '../host/fake';
import type { SyncView } from '../host/wire';
import { arrivals } from './arrivals';
import { desk, followChanges, isSameServer, isSharing, keyToSend, placeOf, shortAddress, standing, takeOffers } from './desk';
import type { Listing } from './requests';
import { get, writable } from './store';

const HERE: WayView = { way: { is: 'here' }, state: 'ok', why: null, queued: 0 };
const UNSHARED: SyncView = { state: 'off', why: null, waiting: 0, waitingBytes: 0, parked: [], lastSyncedAt: null };
const AWAY: WayView = { way: { is: 'server', address: 'https://mill.example' }, state: 'ok', why: null, queued: 0 };
const SETTINGS: SettingsView = {
  way: { is: 'here' }, lastServer: null, hasKey: false, sync: null, dataFolder: '/data', outFolder: '/out', autostart: false, version: '1',
};

const app = (said: Partial<Desktop>): FakeDesktop =>
  new FakeDesktop({ way: async () => HERE, queue: async () => [], offers: async () => [], sync: async () => UNSHARED, settings: async () => SETTINGS, ...said });

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });
const settled = (): Promise<void> => vi.advanceTimersByTimeAsync(0).then(() => undefined);

describe('the desktop app', () => {
  it('tells its way of working; what it says later counts', async () => {
    let answer = (_: WayView): void => {};
    const fake = app({ way: () => new Promise((resolve) => { answer = resolve; }) });
    const { way } = desk(fake.desktop);
    expect(get(way)).toBeNull();
    fake.tell('way', AWAY);
    answer(HERE);
    await settled();
    expect(get(way)).toEqual(AWAY);
    expect(placeOf(get(way))).toBe('https://mill.example');
  });

  it('tells how it stands with the database that requests are shared with', async () => {
    const fake = app({});
    const { sync, syncChanged } = desk(fake.desktop);
    await settled();
    expect(get(sync)).toEqual(UNSHARED);
    fake.tell('sync', { ...UNSHARED, state: 'refused', why: 'no such user' });
    expect(get(sync)?.why).toBe('no such user');
    syncChanged({ ...UNSHARED, state: 'working' });
    expect(get(sync)?.state).toBe('working');
  });

  it('knows whether requests are shared also where the address is not known any more', async () => {
    const fake = app({});
    const { settings, settingsChanged } = desk(fake.desktop);
    await settled();
    expect(isSharing(UNSHARED, get(settings))).toBe(false);
    settingsChanged({ ...SETTINGS, sync: { address: 'mongodb://db.example', note: null } });
    expect(isSharing(UNSHARED, get(settings))).toBe(true);
    expect(isSharing({ ...UNSHARED, state: 'offline' }, null)).toBe(true);
  });

  it('hands over what came before the page was there, and what comes', async () => {
    const offer = (name: string): Offer => ({ id: name, name, kind: 'sheet', files: 1 });
    const fake = app({ offers: async () => [offer('early.csv')] });
    const line = arrivals();
    const tell = vi.fn();
    takeOffers(fake.desktop, line, { tell });
    await settled();
    fake.tell('left_out', ['a.psd was left out: it is no image', 'b.psd', 'c.psd']);
    expect(tell).toHaveBeenCalledExactlyOnceWith('a.psd was left out: it is no image. 2 more were left out.', 'bad');
    fake.tell('held', true);
    fake.tell('offered', offer('late.csv'));
    expect(get(line).waiting.map(({ name }) => name)).toEqual(['early.csv', 'late.csv']);
    expect(get(line).isHeld).toBe(true);
  });

  it('has the list asked for once for many changes', async () => {
    const fake = app({});
    const nudge = vi.fn();
    followChanges(fake.desktop, { nudge } as unknown as Listing);
    for (let n = 0; n < 20; n += 1) fake.tell('changed', { requestId: String(n) });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(nudge).toHaveBeenCalledOnce();
    fake.tell('changed', { requestId: '20' });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(nudge).toHaveBeenCalledTimes(2);
  });

  it('keeps its frame where the server refuses the key, and asks anew once it stands otherwise', async () => {
    let isRefusing = true;
    const admin = { needsKey: true, role: 'admin', name: 'me', version: '1' };
    const session = vi.fn(async () => { if (isRefusing) throw noKey; return admin; });
    const way = writable<WayView | null>({ ...AWAY, state: 'refused' });
    const standingSession = standing(fakeHost({ session }), way);
    await standingSession.begin();
    expect(get(standingSession)).toMatchObject({ is: 'signedIn', view: { role: 'uploader' } });
    standingSession.heed(noKey);
    expect(get(standingSession).is).toBe('signedIn');
    isRefusing = false;
    way.set(AWAY);
    await settled();
    expect(get(standingSession)).toEqual({ is: 'signedIn', view: admin });
    session.mockClear();
    way.set({ ...AWAY, queued: 3 });
    await settled();
    expect(session).not.toHaveBeenCalled();
  });

  it('knows a server again, however its address is typed', () => {
    expect(isSameServer('https://Mill.example', 'https://mill.example/')).toBe(true);
    expect(isSameServer('https://mill.example', 'http://mill.example')).toBe(false);
    expect(isSameServer('https://mill.example', 'https://mill.example.evil')).toBe(false);
    expect(isSameServer('', '')).toBe(false);
    expect(isSameServer('https://shop.example/pixmill', 'https://shop.example/pixmill/')).toBe(true);
    expect(isSameServer('https://shop.example/pixmill?x#y', 'https://shop.example/pixmill/')).toBe(true);
    expect(isSameServer('https://shop.example/pixmill', 'https://shop.example/')).toBe(false);
    expect(isSameServer(' mill.example ', 'https://mill.example/')).toBe(true);
    expect(isSameServer('localhost:8000', 'https://localhost:8000/')).toBe(true);
  });

  it('calls a server by what is its own', () => {
    expect(shortAddress('https://mill.example/')).toBe('mill.example');
    expect(shortAddress('http://127.0.0.1:8000')).toBe('127.0.0.1:8000');
    expect(shortAddress('https://shop.example/pixmill/')).toBe('shop.example/pixmill');
    expect(shortAddress('no address')).toBe('no address');
  });

  it('uses the key that is kept unless another is given or it is to be forgotten', () => {
    expect(keyToSend(' ', false)).toBeUndefined();
    expect(keyToSend(' pxm_1 ', false)).toBe('pxm_1');
    expect(keyToSend('pxm_1', true)).toBeNull();
  });
});
