import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { fakeHost, request } from '../host/fake';
import type { RequestList } from '../host/wire';
import { listing, type Requests } from './requests';

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });

const settled = (): Promise<void> => vi.advanceTimersByTimeAsync(0).then(() => undefined);

function shown(state: Requests): string[] {
  return state.is === 'there' ? state.list.map((one) => one.fileName ?? '') : [];
}

describe('the list of requests', () => {
  it('is asked for often while something is being worked on, seldom otherwise, and not while nobody looks', async () => {
    let status = 'processing';
    const list = vi.fn(async () => ({ requests: [request(1, { status })], nextCursor: null }));
    const stop = listing(fakeHost({ list }), () => {}).subscribe(() => {});
    await settled();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(list.mock.calls.length).toBeGreaterThanOrEqual(4);
    status = 'completed';
    await vi.advanceTimersByTimeAsync(1_000);
    list.mockClear();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(list.mock.calls.length).toBeLessThanOrEqual(2);
    stop();
    list.mockClear();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(list).not.toHaveBeenCalled();
  });

  it('keeps what it has while the server is away', async () => {
    let isAway = false;
    const list = async (): Promise<RequestList> => {
      if (isAway) throw new Error('away');
      return { requests: [request(1)], nextCursor: null };
    };
    const states: Requests[] = [];
    const stop = listing(fakeHost({ list }), () => {}).subscribe((state) => states.push(state));
    await settled();
    isAway = true;
    await vi.advanceTimersByTimeAsync(6_000);
    expect(states.at(-1)).toMatchObject({ is: 'there', isOffline: true });
    isAway = false;
    await vi.advanceTimersByTimeAsync(6_000);
    expect(states.at(-1)).toMatchObject({ is: 'there', isOffline: false });
    stop();
  });

  it('loses no request when new ones push others to the next page', async () => {
    let all = [6, 5, 4, 3, 2, 1].map((n) => request(n));
    const list = async (cursor: string | null): Promise<RequestList> => {
      const rest = cursor === null ? all : all.filter((one) => one.requestId < cursor);
      const requests = rest.slice(0, 2);
      return { requests, nextCursor: rest.length > 2 ? (requests.at(-1)?.requestId ?? null) : null };
    };
    let state: Requests = { is: 'loading' };
    const requests = listing(fakeHost({ list }), () => {});
    const stop = requests.subscribe((now) => { state = now; });
    await settled();
    await requests.more();
    all = [8, 7].map((n) => request(n)).concat(all);
    await requests.refresh();
    expect(shown(state)).toEqual([8, 7, 6, 5, 4, 3].map((n) => `sheet-${n}.csv`));
    await requests.more();
    expect(shown(state)).toEqual([8, 7, 6, 5, 4, 3, 2, 1].map((n) => `sheet-${n}.csv`));
    stop();
  });

  it('leaves out what is about to be deleted, and shows it again where it is not', async () => {
    const list = async () => ({ requests: [request(2), request(1)], nextCursor: null });
    let state: Requests = { is: 'loading' };
    const requests = listing(fakeHost({ list }), () => {});
    const stop = requests.subscribe((now) => { state = now; });
    await settled();
    const show = requests.hide(request(2).requestId);
    expect(shown(state)).toEqual(['sheet-1.csv']);
    show();
    expect(shown(state)).toEqual(['sheet-2.csv', 'sheet-1.csv']);
    stop();
  });

  it('shows nothing of another place, not even what was on its way', async () => {
    let place = 'here';
    let release = (): void => {};
    let isHeld = false;
    const list = async (): Promise<RequestList> => {
      const asked = place;
      if (isHeld) await new Promise<void>((resolve) => { release = resolve; });
      return { requests: [request(1, { fileName: asked })], nextCursor: null };
    };
    let state: Requests = { is: 'loading' };
    const requests = listing(fakeHost({ list }), () => {});
    const stop = requests.subscribe((now) => { state = now; });
    await settled();
    isHeld = true;
    requests.nudge();
    const late = release;
    [place, isHeld] = ['server', false];
    requests.restart();
    expect(state.is).toBe('loading');
    await settled();
    expect(shown(state)).toEqual(['server']);
    late();
    await settled();
    expect(shown(state)).toEqual(['server']);
    stop();
  });
});
