/** Dark, light, or as the system wishes. */

import { writable, type Readable } from './store';

export const APPEARANCES = ['system', 'light', 'dark'] as const;
export type Appearance = (typeof APPEARANCES)[number];

const PLACE = 'pixmill.appearance';

export interface Appearances extends Readable<Appearance> {
  choose(appearance: Appearance): void;
}

export function appearances(storage: Pick<Storage, 'getItem' | 'setItem'>, root: HTMLElement): Appearances {
  const kept = APPEARANCES.find((known) => known === storage.getItem(PLACE)) ?? 'system';
  const { subscribe, set } = writable<Appearance>(kept);
  const show = (appearance: Appearance): void => {
    if (appearance === 'system') delete root.dataset.theme;
    else root.dataset.theme = appearance;
  };
  show(kept);
  return {
    subscribe,
    choose: (appearance) => {
      storage.setItem(PLACE, appearance);
      show(appearance);
      set(appearance);
    },
  };
}
