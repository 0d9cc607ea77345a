import { describe, expect, it } from 'vitest';

import type { Offer } from '../host/commands';
import { arrivals, isImages } from './arrivals';
import { get } from './store';

const offer = (name: string, kind: Offer['kind'] = 'sheet'): Offer => ({ id: name, name, kind, files: 1 });

describe('what comes', () => {
  it('is taken one after the other, in order', () => {
    const line = arrivals();
    line.add([offer('a'), offer('b')]);
    line.add([offer('c')]);
    expect(get(line).come).toBe(3);
    expect([line.take(), line.take(), line.take(), line.take()].map((one) => one?.name)).toEqual(['a', 'b', 'c', undefined]);
    expect(get(line).waiting).toEqual([]);
  });

  it('counts as come also when it was taken', () => {
    const line = arrivals();
    line.add([offer('a')]);
    line.take();
    line.add([]);
    expect(get(line).come).toBe(1);
  });

  it('is images only where the app says so', () => {
    expect(isImages(offer('photos', 'images'))).toBe(true);
    expect(isImages(offer('shop.csv'))).toBe(false);
    expect(isImages(new File(['x'], 'a.csv'))).toBe(false);
  });
});
