/** Sheets and images that have come and wait for their turn: one is looked at after the other. */

import type { Sheet } from '../host/types';
import { get, writable, type Readable } from './store';

export interface Arriving {
  readonly waiting: readonly Sheet[];
  /** How many have come in all. */
  readonly come: number;
  /** Whether files are being held over the window. */
  readonly isHeld: boolean;
}

export interface Arrivals extends Readable<Arriving> {
  add(sheets: readonly Sheet[]): void;
  hold(isHeld: boolean): void;
  /** Takes the first of those that wait. */
  take(): Sheet | undefined;
}

export function arrivals(): Arrivals {
  const store = writable<Arriving>({ waiting: [], come: 0, isHeld: false });
  return {
    subscribe: store.subscribe,
    add: (sheets) => {
      if (sheets.length === 0) return;
      store.update(({ waiting, come, isHeld }) => ({ waiting: [...waiting, ...sheets], come: come + sheets.length, isHeld }));
    },
    hold: (isHeld) => store.update((now) => ({ ...now, isHeld })),
    take: () => {
      const [first] = get(store).waiting;
      if (first !== undefined) store.update((now) => ({ ...now, waiting: now.waiting.slice(1) }));
      return first;
    },
  };
}

/** Whether it is images and not a sheet. */
export function isImages(sheet: Sheet): boolean {
  return !(sheet instanceof File) && sheet.kind === 'images';
}
