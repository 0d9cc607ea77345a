import { describe, expect, it } from 'vitest';

import { scrollTo, TALLEST, view } from './virtual';

const geometry = (rows: number) => ({ rows, rowHeight: 76, viewHeight: 600 });

describe('the rows in view', () => {
  it('are all of a short table', () => {
    expect(view(geometry(3), 0)).toEqual({ height: 228, first: 0, end: 3, offset: 0 });
  });
  it('are few of a long one, wherever it is scrolled to', () => {
    for (const rows of [1_000, 100_000, 1_000_000]) {
      const { height } = view(geometry(rows), 0);
      for (let part = 0; part <= 1; part += 0.01) {
        const shown = view(geometry(rows), part * (height - 600));
        expect(shown.end - shown.first).toBeLessThanOrEqual(22);
        expect(shown.first).toBeGreaterThanOrEqual(0);
        expect(shown.end).toBeLessThanOrEqual(rows);
      }
    }
  });
  it('cover the view at any place', () => {
    for (const rows of [1_000, 1_000_000]) {
      const { height } = view(geometry(rows), 0);
      for (let scrolled = 0; scrolled <= height - 600; scrolled += (height - 600) / 997) {
        const { first, end, offset } = view(geometry(rows), scrolled);
        expect(offset).toBeLessThanOrEqual(scrolled + 0.01);
        expect(offset + (end - first) * 76).toBeGreaterThanOrEqual(scrolled + 600 - 0.01);
      }
    }
  });
  it('end with the last row of a table taller than browsers allow', () => {
    const { height, end } = view(geometry(1_000_000), TALLEST - 600);
    expect([height, end]).toEqual([TALLEST, 1_000_000]);
  });
  it('begin with the row that was scrolled to', () => {
    for (const rows of [1_000, 1_000_000]) {
      for (const row of [0, 1, 500, rows - 20]) {
        const scrolled = scrollTo(geometry(rows), row);
        const { first, end } = view(geometry(rows), scrolled);
        expect(first).toBeLessThanOrEqual(row);
        expect(end).toBeGreaterThan(row);
      }
    }
  });
});
