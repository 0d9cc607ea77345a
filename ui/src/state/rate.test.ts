import { describe, expect, it } from 'vitest';

import { perSecond, remember, secondsLeft, type Sample } from './rate';

const heard = (samples: [number, number][]): Sample[] =>
  samples.reduce<Sample[]>((all, [at, finished]) => remember(all, { at, finished }), []);

describe('the rate', () => {
  it('is not told before enough was seen', () => {
    expect(perSecond(heard([[0, 0], [1_000, 50]]), 1_000)).toBeNull();
    expect(perSecond([], 1_000)).toBeNull();
  });
  it('is that of the last seconds', () => {
    expect(perSecond(heard([[0, 0], [30_000, 10], [40_000, 110]]), 40_000)).toBe(10);
  });
  it('goes down while nothing is heard', () => {
    expect(perSecond(heard([[0, 0], [2_000, 20]]), 4_000)).toBe(5);
  });
  it('begins anew where images are tried again', () => {
    expect(heard([[0, 100], [1_000, 90]])).toEqual([{ at: 1_000, finished: 90 }]);
  });
  it('tells how long the rest takes', () => {
    expect([secondsLeft(100, 10), secondsLeft(100, null), secondsLeft(100, 0)]).toEqual([10, null, null]);
  });
});
