import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { notices, UNDO_MS } from './notices';
import { get } from './store';

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });

describe('what is told', () => {
  it('stands there once, however often it is told', () => {
    const told = notices(new EventTarget() as unknown as Window);
    told.tell('away');
    vi.advanceTimersByTime(2_000);
    told.tell('away');
    told.tell('something else');
    expect(get(told).map((notice) => notice.words)).toEqual(['away', 'something else']);
    vi.advanceTimersByTime(5_000);
    expect(get(told).length).toBe(2);
    vi.advanceTimersByTime(2_000);
    expect(get(told)).toEqual([]);
  });

  it('stands there until it is dismissed where it is bad', () => {
    const told = notices(new EventTarget() as unknown as Window);
    told.tell('a.psd was left out', 'bad');
    told.tell('a.psd was left out', 'bad');
    told.tell('done');
    vi.advanceTimersByTime(24 * 60 * 60_000);
    expect(get(told).map((notice) => notice.words)).toEqual(['a.psd was left out']);
    told.dismiss(get(told)[0]?.id ?? 0);
    expect(get(told)).toEqual([]);
  });
});

describe('what can be undone', () => {
  it('is done after a while, once', () => {
    const page = new EventTarget() as unknown as Window;
    const [told, act, back] = [notices(page), vi.fn(), vi.fn()];
    told.later('deleted', act, back);
    vi.advanceTimersByTime(UNDO_MS - 1);
    expect(act).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    page.dispatchEvent(new Event('pagehide'));
    expect([act.mock.calls.length, back.mock.calls.length, get(told).length]).toEqual([1, 0, 0]);
  });

  it('is not done where it is taken back', () => {
    const page = new EventTarget() as unknown as Window;
    const [told, act, back] = [notices(page), vi.fn(), vi.fn()];
    told.later('deleted', act, back);
    get(told)[0]?.undo?.();
    vi.advanceTimersByTime(10 * UNDO_MS);
    page.dispatchEvent(new Event('pagehide'));
    expect([act.mock.calls.length, back.mock.calls.length, get(told).length]).toEqual([0, 1, 0]);
  });

  it('is done at once where the page is left', () => {
    const page = new EventTarget() as unknown as Window;
    const [told, act] = [notices(page), vi.fn()];
    told.later('deleted', act, vi.fn());
    page.dispatchEvent(new Event('pagehide'));
    expect(act).toHaveBeenCalledOnce();
  });
});
