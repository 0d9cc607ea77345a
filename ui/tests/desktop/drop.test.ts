/** Files come from outside: dropped by a hand, opened by the system. */

import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { Origin } from '../support/origin';
import { button, heading, link, role, words } from '../support/person';
import { App } from './support/app';
import { Hands } from './support/hands';

const EXAMPLES = join(import.meta.dirname, '../../../examples');

describe('what comes from outside', () => {
  let app: App;
  let hands: Hands;
  let origin: Origin;

  beforeAll(async () => { app = await App.start(); hands = new Hands(app.desk); });
  afterAll(() => app.end());
  beforeEach(async () => { [origin] = await Promise.all([Origin.start(), app.fresh()]); });
  afterEach(async () => {
    await origin.end();
    expect(await app.troubles()).toEqual([]);
  });

  const see = (...asked: Parameters<App['person']['see']>) => app.person.see(...asked);
  const click = (...asked: Parameters<App['person']['click']>) => app.person.click(...asked);
  const attribute = (...asked: Parameters<App['person']['attribute']>) => app.person.attribute(...asked);

  it('is a sheet that is dropped: its progress, before and after, and results on the disk', async () => {
    const sheet = await app.desk.lay('autumn.csv', origin.sheet(12));
    origin.hold();
    await hands.hold(sheet);
    await see(words('Let go to check the sheet'));
    await app.picture('held');
    await hands.letGo();
    await see(heading('autumn.csv is ready'));
    expect(await app.person.count(words('Let go to check the sheet'))).toBe(0);
    await click(button('Compress 12 images'));
    await see(heading({ exactly: 'autumn.csv' }));
    await see(words({ exactly: 'In progress' }));
    await expect.poll(() => origin.held).toBeGreaterThan(1);
    origin.release(2);
    const done = (): Promise<string | null> => attribute(role('progressbar'), 'aria-valuetext');
    await expect.poll(done).toBe('2 of 12 images');
    await app.picture('progress');
    origin.release();
    await see(words({ exactly: 'Done' }));

    await click(button('Product 1, image 1: compare before and after'));
    for (const image of ['before', 'after']) {
      await expect.poll(() => app.person.run<number>(`document.querySelector('dialog img.${image}')?.naturalWidth ?? 0`)).toBeGreaterThan(0);
    }
    await app.picture('before-and-after');
    await app.person.press('Escape');

    // They lie where people look for them, and what the sheet names is there.
    const folder = app.desk.path('home', 'Pixmill');
    let results = '';
    await expect.poll(async () => {
      const files = await readdir(folder, { recursive: true });
      results = files.find((file) => file.endsWith('autumn.results.csv')) ?? '';
      return results;
    }).not.toBe('');
    const [header = '', ...rows] = (await readFile(join(folder, results), 'utf8')).trim().split(/\r?\n/);
    expect(header).toBe('S. No.,Product Name,Input Image Urls,Output Image Urls');
    expect(rows).toHaveLength(12);
    for (const row of rows) {
      const rendition = await readFile(resolve(folder, dirname(results), row.slice(row.lastIndexOf(',') + 1)));
      expect(rendition.subarray(8, 12).toString('latin1')).toBe('WEBP');
    }
    await app.picture('done');
  });

  it('is let go of where it is not dropped', async () => {
    await hands.hold(await app.desk.lay('elsewhere.csv', origin.sheet(1)));
    await see(words('Let go to check the sheet'));
    await hands.away();
    await expect.poll(() => app.person.count(words('Let go to check the sheet'))).toBe(0);
    await hands.letGo();
    await see(button('Choose a sheet'));
  });

  it('is images and folders: one request, and the originals stay as they are', async () => {
    const photos = { 'caps.jpg': 'caps.jpg', 'parrots.png': 'parrots.png', 'shelf/lighthouse.jpg': 'lighthouse.jpg' };
    for (const [name, photo] of Object.entries(photos)) await app.desk.lay(name, await readFile(join(EXAMPLES, photo)));
    await hands.hold(...['caps.jpg', 'parrots.png', 'shelf'].map((name) => app.desk.path('home', name)));
    await hands.letGo();
    await see(button('Compress 3 images'));
    await app.picture('images');
    expect(await app.person.axe()).toEqual([]);
    await click(button('Compress 3 images'));
    await see(heading('Products'));
    await see(words({ exactly: 'Done' }));
    expect(await attribute(role('progressbar'), 'aria-valuetext')).toBe('3 of 3 images');
    await see(button('lighthouse, image 1: compare before and after'));
    for (const [name, photo] of Object.entries(photos)) {
      expect(await readFile(app.desk.path('home', name))).toEqual(await readFile(join(EXAMPLES, photo)));
    }
    expect(await readdir(app.desk.path('home', 'shelf'))).toEqual(['lighthouse.jpg']);
    await see(button('Show results'));
  });

  it('is chosen in the dialogs of the system, or not', async () => {
    const sheet = await app.desk.lay('chosen.csv', origin.sheet(2));
    await app.desk.answer();
    await click(button({ exactly: 'Choose a sheet' }));
    await see(button({ exactly: 'Choose a sheet' }));
    await app.desk.answer(sheet);
    await click(button({ exactly: 'Choose a sheet' }));
    await see(heading('chosen.csv is ready'));
    await click(button('Choose another sheet'));
    await app.desk.answer(EXAMPLES);
    await click(button('Choose a folder of images'));
    await see(button('Compress 10 images'));
  });

  it('goes to the app that runs, and to no second one', async () => {
    await click(link('Settings'));
    await app.again(await app.desk.lay('second.csv', origin.sheet(3)));
    await see(heading('second.csv is ready'));
    await see(words('3 products with 3 images'));
    await app.again();
    expect(await hands.windows()).toBe(1);
  });

  it('is several sheets, one after the other', async () => {
    const paths = [await app.desk.lay('one.csv', origin.sheet(1)), await app.desk.lay('two.csv', origin.sheet(2))];
    await app.again(...paths);
    await see(heading('one.csv is ready'));
    await see(words('Then: two.csv'));
    await click(button('Compress 1 image'));
    await see(heading('two.csv is ready'));
    await click(button('Compress 2 images'));
    await see(heading({ exactly: 'two.csv' }));
    await see(words({ exactly: 'Done' }));
  });

  it('is there already when the app is started with it', async () => {
    const sheet = await app.desk.lay('opened.csv', origin.sheet(4));
    await app.close();
    await app.open(sheet);
    await see(heading('opened.csv is ready'));
    // The list has what was done before.
    await see(link(/two\.csv/));
  });
});
