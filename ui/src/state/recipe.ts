/** The recipe that somebody is choosing: presets, and what was used last. */

import type { Recipe } from '../host/types';

export type PresetName = 'shop' | 'smallest' | 'archive';

export const PRESETS: Readonly<Record<PresetName, Recipe>> = {
  shop: { format: 'webp', quality: 78, maxWidth: 1600, maxHeight: 1600, metadata: 'drop' },
  smallest: { format: 'avif', quality: 45, maxWidth: 1200, maxHeight: 1200, metadata: 'drop' },
  archive: { format: 'keep', quality: 90, maxWidth: null, maxHeight: null, metadata: 'keep' },
};

export const PRESET_NAMES = Object.keys(PRESETS) as PresetName[];

/** The formats, in the order in which they are shown. */
export const FORMATS = ['webp', 'jpeg', 'png', 'avif', 'keep'] as const satisfies readonly Recipe['format'][];

/** The largest width and height, in pixels. */
export const LARGEST_SIDE = 65_535;

const PLACE = 'pixmill.recipe';

/** The preset that a recipe is, if it is one. */
export function presetOf(recipe: Recipe): PresetName | null {
  return PRESET_NAMES.find((name) => isSame(PRESETS[name], recipe)) ?? null;
}

export function lastUsed(storage: Pick<Storage, 'getItem'>): Recipe {
  const kept = storage.getItem(PLACE);
  if (kept === null) return PRESETS.shop;
  try {
    return readRecipe(JSON.parse(kept)) ?? PRESETS.shop;
  } catch {
    return PRESETS.shop;
  }
}

export function keep(recipe: Recipe, storage: Pick<Storage, 'setItem'>): void {
  storage.setItem(PLACE, JSON.stringify(recipe));
}

/** A whole number in bounds, of what somebody typed; `null` of nothing, `undefined` of anything else. */
export function readNumber(typed: string, least: number, most: number): number | null | undefined {
  const text = typed.trim();
  if (text === '') return null;
  const value = Number(text);
  return /^\d+$/.test(text) && value >= least && value <= most ? value : undefined;
}

function isSame(one: Recipe, other: Recipe): boolean {
  return (Object.keys(one) as (keyof Recipe)[]).every((name) => one[name] === other[name]);
}

/** A recipe that came from elsewhere; `null` where it is none. */
export function readRecipe(value: unknown): Recipe | null {
  if (typeof value !== 'object' || value === null) return null;
  const { format, quality, maxWidth, maxHeight, metadata } = value as Record<string, unknown>;
  const within = (number: unknown, most: number): number | null | undefined =>
    number === null ? null : readNumber(String(number), 1, most);
  const read = {
    format: FORMATS.find((known) => known === format),
    quality: within(quality, 100),
    maxWidth: within(maxWidth, LARGEST_SIDE),
    maxHeight: within(maxHeight, LARGEST_SIDE),
    metadata: (['drop', 'keep'] as const).find((known) => known === metadata),
  };
  return Object.values(read).includes(undefined) ? null : (read as Recipe);
}
