/** A request while it goes on and when it is done, whatever carries the engine. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { Origin } from '../support/origin';
import { button, css, heading, link, role, type Stage, words, within } from '../support/person';

export function requestTests(begin: () => Promise<Stage>): void {
  describe('a request', () => {
    let stage: Stage;
    let origin: Origin;
    const person = (): Stage['person'] => stage.person;

    beforeAll(async () => { stage = await begin(); });
    afterAll(() => stage?.end());
    beforeEach(async () => { [origin] = await Promise.all([Origin.start(), stage.fresh()]); });
    afterEach(async () => {
      await origin.end();
      expect(await stage.troubles()).toEqual([]);
    });

    async function handIn(sheet: string): Promise<void> {
      await stage.bring('shop.csv', sheet);
      await person().click(button(/^Compress/));
      await person().see(heading({ exactly: 'shop.csv' }));
    }

    const status = (said: string): Promise<void> => person().see(words({ exactly: said }));
    const done = (): Promise<string | null> => person().attribute(role('progressbar'), 'aria-valuetext');

    it('shows its progress as it happens', async () => {
      origin.hold();
      await handIn(origin.sheet(20));
      await status('In progress');
      await expect.poll(() => origin.held).toBeGreaterThan(1);
      expect(await done()).toBe('0 of 20 images');
      origin.release(2);
      await expect.poll(done).toBe('2 of 20 images');
      origin.release();
      await status('Done');
      expect(await done()).toBe('20 of 20 images');
    });

    it('tells why images failed, and tries those of one reason again', async () => {
      origin.break('1.jpg', 404);
      origin.break('2.jpg', 410);
      await handIn(origin.sheet(3));
      await status('Done, some failed');
      const reasons = role('region', 'Why images failed');
      await person().see(within(reasons, words('There is no image at this address (HTTP 404)')));
      expect(await person().axe()).toEqual([]);
      origin.mend('1.jpg');
      origin.mend('2.jpg');
      const before = origin.asked.filter((path) => path === '/2.jpg').length;
      await person().click(within(reasons, button(/^Try again: .*HTTP 404/)));
      await expect.poll(done).toBe('2 of 3 images');
      expect(origin.asked.filter((path) => path === '/2.jpg').length).toBe(before);
      await person().click(within(reasons, button('Try all failed again')));
      await status('Done');
    });

    it('is found by product and by failure', async () => {
      origin.break('7.jpg', 404);
      await handIn(origin.sheet(30));
      await status('Done, some failed');
      await person().click(role('checkbox', 'Only failed'));
      await person().see(words({ exactly: '1 product' }));
      await person().see(within(role('table', 'Products and their images'), words('Product 7')));
      origin.mend('7.jpg');
      await person().click(button('Try all failed again'));
      await person().see(words('No image failed.'));
      await person().click(role('checkbox', 'Only failed'));
      await person().fill(role('searchbox'), 'product 2');
      await person().see(words({ exactly: '11 products' }));
      await person().fill(role('searchbox'), 'nothing of the kind');
      await person().see(words('No product has this name or number.'));
    });

    it('shows an image before and after', async () => {
      await handIn(origin.sheet(1));
      await status('Done');
      await person().click(button('Product 1, image 1: compare before and after'));
      const dialog = role('dialog', 'Product 1');
      const wide = (image: string) => () =>
        person().run<number>(`document.querySelector('dialog img.${image}')?.naturalWidth ?? 0`);
      await expect.poll(wide('after')).toBeGreaterThan(0);
      await expect.poll(wide('before')).toBeGreaterThan(0);
      await person().see(within(dialog, role('row', /^Format JPEG WEBP/)));
      await person().see(within(dialog, role('row', /^Size .*saved/)));
      const divider = within(dialog, role('slider'));
      await person().focus(divider);
      await person().press('Home');
      await expect.poll(() => person().property(divider, 'value')).toBe('0');
      await person().click(within(dialog, button('Pixel for pixel')));
      const stageWidth = await person().run<number>(`document.querySelector('dialog .stage').getBoundingClientRect().width`);
      expect(Math.round(stageWidth)).toBe(await wide('after')());
      expect(await person().axe()).toEqual([]);
      await person().press('Escape');
      await expect.poll(() => person().count(dialog)).toBe(0);
    });

    it('says where the source cannot be had again', async () => {
      await handIn(origin.sheet(1));
      await status('Done');
      origin.break('1.jpg', 410);
      await person().click(button('Product 1, image 1: compare before and after'));
      await person().see(words('The source cannot be shown beside it'));
    });

    it('gives all images as a ZIP file', async () => {
      await handIn(origin.sheet(3));
      await status('Done');
      const { name, bytes } = await stage.saved(() => person().click(button('All images (ZIP)')));
      expect(name).toBe('shop.images.zip');
      // The end of the central directory has the number of files (APPNOTE 4.3.16).
      const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
      expect(bytes.readUInt16LE(end + 10)).toBe(3);
      expect(bytes.includes('1-product-1-1.webp')).toBe(true);
    });

    it('is cancelled and taken up again', async () => {
      origin.hold();
      await handIn(origin.sheet(20));
      await status('In progress');
      await person().click(button('Cancel'));
      await status('Cancelled');
      origin.release();
      await person().click(button('Go on'));
      await status('Done');
    });

    it('is deleted, unless it is undone', async () => {
      await handIn(origin.sheet(1));
      await status('Done');
      const hash = await person().run<string>('location.hash');
      const card = css(`a[href="${hash}"]`);
      await person().click(button('Delete'));
      await person().see(words('shop.csv is deleted.'));
      await expect.poll(() => person().count(card)).toBe(0);
      await person().click(button('Undo'));
      await person().see(card);
      await person().click(card);
      await person().click(button('Delete'));
      await person().see(words('shop.csv is deleted.'));
      // Once it cannot be undone any more it is gone for good.
      await expect.poll(() => person().count(button('Undo')), { timeout: 20_000 }).toBe(0);
      await person().run(`void (location.hash = ${JSON.stringify(hash)})`);
      await person().see(heading('This request is no longer there'));
    });

    it('has a report', async () => {
      origin.break('2.jpg', 404);
      await handIn(origin.sheet(4));
      await status('Done, some failed');
      await person().click(link('Report'));
      await person().see(heading('Report on shop.csv'));
      await person().see(role('row', /^127\.0\.0\.1 4 1/));
      await person().see(words('HTTP 404'));
      expect(await person().axe()).toEqual([]);
    });
  });
}
