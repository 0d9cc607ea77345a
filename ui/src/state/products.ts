/**
 * The products of a request by their place, loaded as they come into view.
 *
 * Pages are kept as long as they are near; so a million rows cost no more than those looked at.
 */

import type { Host } from '../host/types';
import type { ProductView } from '../host/wire';

export const PAGE = 100;
const PAGES_KEPT = 40;

export class Products {
  readonly #pages = new Map<number, readonly ProductView[]>();
  readonly #asked = new Map<number, Promise<void>>();

  constructor(
    private readonly host: Pick<Host, 'products'>,
    private readonly id: string,
    private readonly onChange: () => void,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** The product at a place; `undefined` as long as it is on its way. */
  at(place: number): ProductView | undefined {
    return this.#pages.get(Math.floor(place / PAGE))?.[place % PAGE];
  }

  /** Has the products from `first` to before `end` loaded. */
  want(first: number, end: number): void {
    for (let page = Math.floor(first / PAGE); page * PAGE < end; page += 1) {
      if (!this.#pages.has(page) && !this.#asked.has(page)) void this.#load(page);
    }
  }

  /** Asks again for what is in view: something has changed. */
  async renew(first: number, end: number): Promise<void> {
    const near = new Set<number>();
    for (let page = Math.floor(first / PAGE); page * PAGE < end; page += 1) near.add(page);
    for (const page of [...this.#pages.keys()]) if (!near.has(page)) this.#pages.delete(page);
    // What is on its way was asked for before the change, and may not show it.
    await Promise.all([...near].map(async (page) => { await this.#asked.get(page); await this.#load(page); }));
  }

  #load(page: number): Promise<void> {
    const asked = this.#ask(page).finally(() => this.#asked.delete(page));
    this.#asked.set(page, asked);
    return asked;
  }

  async #ask(page: number): Promise<void> {
    try {
      const view = await this.host.products(this.id, { from: page * PAGE, limit: PAGE });
      this.#pages.delete(page);
      this.#pages.set(page, view.processedData);
      const oldest = this.#pages.keys().next().value;
      if (this.#pages.size > PAGES_KEPT && oldest !== undefined) this.#pages.delete(oldest);
      this.onChange();
    } catch (error) {
      this.onError(error);
    }
  }
}

/** The products that a search or a filter leaves, loaded one page after the other. */
export class Found {
  list: readonly ProductView[] = [];
  isWhole = false;
  #cursor: string | null = null;
  #asking = false;

  constructor(
    private readonly host: Pick<Host, 'products'>,
    private readonly id: string,
    private readonly wanted: { readonly onlyFailed: boolean; readonly search: string },
    private readonly onChange: () => void,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Looks again for what was found: something has changed. Shows the old until the new is there. */
  async renew(): Promise<void> {
    if (this.#asking) return;
    const again = new Found(this.host, this.id, this.wanted, () => {}, this.onError);
    this.#asking = true;
    try {
      do await again.#next();
      while (!again.isWhole && again.list.length < this.list.length);
      this.list = again.list;
      this.isWhole = again.isWhole;
      this.#cursor = again.#cursor;
      this.onChange();
    } catch (error) {
      this.onError(error);
    } finally {
      this.#asking = false;
    }
  }

  /** Loads the next page, or more where the host found few or none: it looks through so many rows at a time. */
  async more(): Promise<void> {
    if (this.#asking || this.isWhole) return;
    this.#asking = true;
    const enough = this.list.length + PAGE / 2;
    try {
      do await this.#next();
      while (!this.isWhole && this.list.length < enough);
    } catch (error) {
      this.onError(error);
    } finally {
      this.#asking = false;
    }
  }

  async #next(): Promise<void> {
    const from = this.#cursor === null ? {} : { from: { cursor: this.#cursor } };
    const view = await this.host.products(this.id, { ...from, ...this.wanted, limit: PAGE });
    this.list = [...this.list, ...view.processedData];
    this.#cursor = view.nextCursor;
    this.isWhole = view.nextCursor === null;
    this.onChange();
  }
}
