import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Events, Offer, WayView } from '../host/commands';
import type { Desktop, Hear } from '../host/desktop';
import { fakeHost, noKey } from '../host/fake';
import { arrivals } from './arrivals';
import { desk, followChanges, placeOf, standing, takeOffers } from './desk';
import { get, writable } from './store';

const HERE: WayView = { way: { is: 'here' }, state: 'ok', why: null, queued: 0 };
const AWAY: WayView = { way: { is: 'server', address: 'https://mill.example' }, state: 'ok', why: null, queued: 0 };

/** An app that a test speaks for. */
function app(answers: Partial<Desktop>): Desktop & { tell<Name extends keyof Events>(name: Name, said: Events[Name]): void } {
  const ears = new Map<string, ((said: never) => void)[]>();
  const hear: Hear = (name, heard) => {
    ears.set(name, [...(ears.get(name) ?? []), heard]);
    return () => { ears.set(name, (ears.get(name) ?? []).filter((one) => one !== heard)); };
  };
  const asked = { way: async () => HERE, queue: async () => [], offers: async () => [], ...answers, hear };
  return Object.assign(asked as unknown as Desktop, {
    tell: <Name extends keyof Events>(name: Name, said: Events[Name]) => (ears.get(name) ?? []).forEach((heard) => heard(said as never)),
  });
}

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });
const settled = (): Promise<void> => vi.advanceTimersByTimeAsync(0).then(() => undefined);

describe('the desktop app', () => {
  it('tells its way of working; what it says later counts', async () => {
    let answer = (_: WayView): void => {};
    const desktop = app({ way: () => new Promise((resolve) => { answer = resolve; }) });
    const { way } = desk(desktop);
    expect(get(way)).toBeNull();
    desktop.tell('way', AWAY);
    answer(HERE);
    await settled();
    expect(get(way)).toEqual(AWAY);
    expect(placeOf(get(way))).toBe('https://mill.example');
  });

  it('hands over what came before the page was there, and what comes', async () => {
    const offer = (name: string): Offer => ({ id: name, name, kind: 'sheet', files: 1 });
    const desktop = app({ offers: async () => [offer('early.csv')] });
    const line = arrivals();
    takeOffers(desktop, line);
    await settled();
    desktop.tell('held', true);
    desktop.tell('offered', offer('late.csv'));
    expect(get(line).waiting.map(({ name }) => name)).toEqual(['early.csv', 'late.csv']);
    expect(get(line).isHeld).toBe(true);
  });

  it('has the list asked for once for many changes', async () => {
    const desktop = app({});
    const nudge = vi.fn();
    followChanges(desktop, fakeHost({ nudge } as never) as never);
    for (let n = 0; n < 20; n += 1) desktop.tell('changed', { requestId: String(n) });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(nudge).toHaveBeenCalledOnce();
    desktop.tell('changed', { requestId: '20' });
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
});
