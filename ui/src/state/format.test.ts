import { describe, expect, it } from 'vitest';

import { ago, duration, percent, rough, said, savedPercent, size } from './format';

describe('format', () => {
  it('shows sizes in units of a thousand, with a digit where it says something', () => {
    expect(['0', 999, 1_000, 1_400_000, 99_949_999, 999_500_000].map((bytes) => size(Number(bytes), 'en'))).toEqual([
      '0 bytes', '999 bytes', '1 kB', '1.4 MB', '99.9 MB', '1 GB',
    ]);
  });
  it('says 100 % only when all is done', () => {
    expect([percent(0, 0), percent(999, 1000), percent(1000, 1000)]).toEqual([0, 99, 100]);
  });
  it('tells what was saved, and that something grew', () => {
    expect([savedPercent(0, 0), savedPercent(200, 50), savedPercent(100, 130)]).toEqual([null, 75, -30]);
  });
  it('shows the two units of a time that count', () => {
    expect([0, 59, 250, 3_600, 90_061].map(duration)).toEqual(['0 s', '59 s', '4 min 10 s', '1 h', '1 d 1 h']);
  });
  it('tells how long ago something was', () => {
    const now = Date.parse('2026-05-10T12:00:00Z');
    expect(ago('2026-05-10T11:59:50Z', now, 'en')).toBe('now');
    expect(ago('2026-05-10T11:57:00Z', now, 'en')).toBe('3 minutes ago');
    expect(ago('2026-05-09T11:57:00Z', now, 'en')).toBe('yesterday');
    expect(ago('2026-03-01T00:00:00Z', now, 'en')).toContain('2026');
  });
  it('says no more of the time left than can be known', () => {
    expect([3, 44, 469, 7_300].map(rough)).toEqual([5, 45, 480, 7_200]);
    expect(rough(0)).toBe(1);
  });
  it('puts what is quoted in quotation marks', () => {
    expect(said('`2` is on line 3, `b` not')).toBe('“2” is on line 3, “b” not');
    expect(said('nothing ` quoted')).toBe('nothing ` quoted');
  });
});
