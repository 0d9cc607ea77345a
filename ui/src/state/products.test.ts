import { describe, expect, it, vi } from 'vitest';

import { fakeHost, ID, page, product } from '../host/fake';
import type { ProductsWanted } from '../host/types';
import { Found, PAGE, Products } from './products';

const many = (from: number, count: number) => Array.from({ length: count }, (_, at) => product(from + at));

describe('the products by place', () => {
  it('are loaded a page at a time, once, and stay at their places', async () => {
    const products = vi.fn(async (_: string, wanted: ProductsWanted) => page(many(Number(wanted.from), PAGE), null));
    const all = new Products(fakeHost({ products }), ID, () => {}, () => {});
    all.want(90, 130);
    all.want(90, 130);
    await vi.waitFor(() => expect(all.at(129)).toBeDefined());
    expect(products).toHaveBeenCalledTimes(2);
    expect([all.at(90)?.serialNumber, all.at(129)?.serialNumber, all.at(200)]).toEqual(['90', '129', undefined]);
  });

  it('are forgotten far away, so that a million cost no more than those looked at', async () => {
    const products = async (_: string, wanted: ProductsWanted) => page(many(Number(wanted.from), PAGE), null);
    const all = new Products(fakeHost({ products }), ID, () => {}, () => {});
    for (let first = 0; first < 60 * PAGE; first += PAGE) {
      all.want(first, first + 1);
      await vi.waitFor(() => expect(all.at(first)).toBeDefined(), { interval: 1 });
    }
    expect(all.at(0)).toBeUndefined();
  });

  it('are asked for again where they are looked at, and nowhere else', async () => {
    const products = vi.fn(async (_: string, wanted: ProductsWanted) => page(many(Number(wanted.from), PAGE), null));
    const all = new Products(fakeHost({ products }), ID, () => {}, () => {});
    all.want(0, 250);
    await vi.waitFor(() => expect(all.at(249)).toBeDefined());
    products.mockClear();
    await all.renew(100, 120);
    expect(products.mock.calls.map(([, wanted]) => wanted.from)).toEqual([100]);
    expect([all.at(0), all.at(100)?.serialNumber]).toEqual([undefined, '100']);
  });

  it('show a change that came while they were on their way', async () => {
    let name = 'before';
    const answers: (() => void)[] = [];
    const products = () => new Promise<ReturnType<typeof page>>((resolve) => {
      const asked = page([{ ...product(0), productName: name }], null);
      answers.push(() => resolve(asked));
    });
    const all = new Products(fakeHost({ products }), ID, () => {}, () => {});
    all.want(0, 1);
    name = 'after';
    const renewed = all.renew(0, 1);
    answers[0]?.();
    await vi.waitFor(() => expect(answers.length).toBe(2));
    answers[1]?.();
    await renewed;
    expect(all.at(0)?.productName).toBe('after');
  });

  it('tell of an error and may be asked for again', async () => {
    let isAway = true;
    const products = async () => { if (isAway) throw new Error('away'); return page(many(0, PAGE), null); };
    const onError = vi.fn();
    const all = new Products(fakeHost({ products }), ID, () => {}, onError);
    all.want(0, 1);
    await vi.waitFor(() => expect(onError).toHaveBeenCalledOnce());
    isAway = false;
    await vi.waitFor(() => { all.want(0, 1); expect(all.at(0)).toBeDefined(); });
  });
});

describe('the products that are left by a search', () => {
  it('are looked for until there is a page of them, or no more', async () => {
    const pages = [page([], '1'), page(many(0, 3), '2'), page([], null)];
    const products = vi.fn(async () => pages.shift() ?? page([], null));
    const found = new Found(fakeHost({ products }), ID, { onlyFailed: true, search: 'mug' }, () => {}, () => {});
    await found.more();
    expect([found.list.length, found.isWhole, products.mock.calls.length]).toEqual([3, true, 3]);
    expect(products).toHaveBeenLastCalledWith(ID, { from: { cursor: '2' }, onlyFailed: true, search: 'mug', limit: PAGE });
  });

  it('are looked for again, and the old are shown until then', async () => {
    const answers = [page(many(0, 3), null), page(many(1, 2), null)];
    const found = new Found(fakeHost({ products: async () => answers.shift() ?? page([], null) }), ID, { onlyFailed: true, search: '' }, () => {}, () => {});
    await found.more();
    const renewed = found.renew();
    expect(found.list.length).toBe(3);
    await renewed;
    expect([found.list.length, found.isWhole]).toEqual([2, true]);
  });

  it('do not go on for ever where the host fails', async () => {
    const products = vi.fn(async () => { throw new Error('away'); });
    const onError = vi.fn();
    const found = new Found(fakeHost({ products }), ID, { onlyFailed: false, search: 'x' }, () => {}, onError);
    await found.more();
    expect([products.mock.calls.length, onError.mock.calls.length]).toEqual([1, 1]);
  });
});
