import { describe, expect, it } from 'vitest';

import { keep, lastUsed, PRESETS, presetOf, readNumber } from './recipe';

function storage(kept: string | null = null) {
  const held = { value: kept };
  return { getItem: () => held.value, setItem: (_: string, value: string) => { held.value = value; } };
}

describe('the recipe', () => {
  it('is what was used last', () => {
    const place = storage();
    expect(lastUsed(place)).toEqual(PRESETS.shop);
    keep({ ...PRESETS.archive, quality: 12 }, place);
    expect(lastUsed(place)).toEqual({ ...PRESETS.archive, quality: 12 });
  });
  it('is the first preset where what was kept cannot be used', () => {
    for (const kept of ['', '{', '[]', 'null', '{"format":"bmp"}', JSON.stringify({ ...PRESETS.shop, quality: 400 })]) {
      expect(lastUsed(storage(kept))).toEqual(PRESETS.shop);
    }
  });
  it('knows the preset that it is', () => {
    expect(presetOf({ ...PRESETS.smallest })).toBe('smallest');
    expect(presetOf({ ...PRESETS.smallest, quality: 46 })).toBeNull();
  });
  it('takes whole numbers in bounds only', () => {
    expect(['', ' 7 ', '0', '101', '1.5', '1e1', 'x', '-3'].map((typed) => readNumber(typed, 1, 100))).toEqual([
      null, 7, undefined, undefined, undefined, undefined, undefined, undefined,
    ]);
  });
});
