/** A host for tests: answers from what the test has laid down, and notes what it was asked. */

import { Problem } from './problem';
import type { Host, Watching } from './types';
import type { ProductView, RequestView, StatusView } from './wire';

export const ID = '01890a5d-ac96-774b-bcce-b302099a8057';

/** The `n`th request; later ones have greater ids. */
export function request(n: number, change: Partial<RequestView> = {}): RequestView {
  return {
    requestId: `01890a5d-ac96-774b-bcce-${String(n).padStart(12, '0')}`,
    status: 'completed',
    errorMessage: null,
    fileName: `sheet-${n}.csv`,
    recipe: { format: 'webp', quality: null, maxWidth: null, maxHeight: null, metadata: 'drop' },
    products: 10,
    progress: { total: 10, done: 10, failed: 0, bytesIn: 1_000, bytesOut: 400 },
    createdAt: '2026-01-31T09:30:00.000Z',
    updatedAt: '2026-01-31T09:30:02.500Z',
    madeElsewhere: false,
    ...change,
  };
}

export function product(place: number): ProductView {
  return {
    row: place, serialNumber: String(place), productName: `Product ${place}`, inputImageUrls: [`https://shop.example/${place}.jpg`],
    outputImageUrls: [null], renditions: [], errors: [],
  };
}

/** A page of products as a status. */
export function page(products: readonly ProductView[], nextCursor: string | null): StatusView {
  const { requestId, status, errorMessage, progress, createdAt, updatedAt } = request(1);
  return { requestId, status, errorMessage, progress, createdAt, updatedAt, processedData: [...products], nextCursor };
}

export const noKey = new Problem(401, 'key_needed', 'send an API key');

/** What a test says of some of the methods; the others must not be asked. */
export function fakeHost<Said extends Partial<Host>>(said: Said): Said & Host {
  return new Proxy(said, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (method === undefined) throw new Error(`the test says nothing of ${String(name)}`);
      return method;
    },
  }) as Said & Host;
}

/** Follows that a test speaks to. */
export class Follows {
  readonly begun: Watching[] = [];
  ended = 0;

  readonly watch = (_id: string, watching: Watching): (() => void) => {
    this.begun.push(watching);
    return () => { this.ended += 1; };
  };

  get last(): Watching {
    const last = this.begun.at(-1);
    if (last === undefined) throw new Error('nobody follows');
    return last;
  }
}
