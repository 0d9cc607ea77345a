/** A request while it goes on and when it is done. */

import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { axe, launch, open, troublesOf } from './support/browser';
import { Origin } from './support/origin';
import { Server } from './support/server';

describe('a request', () => {
  let server: Server;
  let browser: Browser;
  let origin: Origin;
  let page: Page;

  beforeAll(async () => {
    const options = ['--allow-addresses', '127.0.0.0/8', '--connections-per-host', '4', '--no-reuse'];
    [server, browser] = await Promise.all([Server.start(...options), launch()]);
  });
  afterAll(async () => { await browser.close(); await server.end(); });
  beforeEach(async () => { [origin, page] = await Promise.all([Origin.start(), open(browser, server.base)]); });
  afterEach(async () => {
    expect(troublesOf(page)).toEqual([]);
    await page.context().close();
    await origin.end();
  });

  async function handIn(sheet: string): Promise<void> {
    await page.setInputFiles('input[type=file]', { name: 'shop.csv', mimeType: 'text/csv', buffer: Buffer.from(sheet) });
    await page.getByRole('button', { name: /^Compress/ }).click();
    await page.getByRole('heading', { name: 'shop.csv', exact: true }).waitFor();
  }

  const status = (words: string) => page.getByText(words, { exact: true }).first().waitFor();

  it('shows its progress as it happens, across a power failure of the server', async () => {
    origin.hold();
    await handIn(origin.sheet(40));
    await status('In progress');
    await expect.poll(() => origin.asked.length).toBeGreaterThan(0);
    origin.release(4);
    const bar = page.getByRole('progressbar');
    await expect.poll(() => bar.getAttribute('aria-valuetext')).not.toBe('0 of 40 images');
    await server.kill();
    await page.getByText('The server cannot be reached').waitFor();
    origin.release();
    await server.go();
    await status('Done');
    expect(await bar.getAttribute('aria-valuetext')).toBe('40 of 40 images');
    expect(await page.getByText('The server cannot be reached').count()).toBe(0);
  });

  it('tells why images failed, and tries those of one reason again', async () => {
    origin.break('1.jpg', 404);
    origin.break('2.jpg', 410);
    await handIn(origin.sheet(3));
    await status('Done, some failed');
    const reasons = page.getByRole('region', { name: 'Why images failed' });
    await reasons.getByText('There is no image at this address (HTTP 404)').waitFor();
    expect(await axe(page)).toEqual([]);
    origin.mend('1.jpg');
    origin.mend('2.jpg');
    const before = origin.asked.filter((path) => path === '/2.jpg').length;
    await reasons.getByRole('button', { name: /^Try again: .*HTTP 404/ }).click();
    await page.getByText('1 failed').or(page.getByRole('progressbar')).first().waitFor();
    await expect.poll(() => page.getByRole('progressbar').getAttribute('aria-valuetext')).toBe('2 of 3 images');
    expect(origin.asked.filter((path) => path === '/2.jpg').length).toBe(before);
    await reasons.getByRole('button', { name: 'Try all failed again' }).click();
    await status('Done');
  });

  it('is found by product and by failure', async () => {
    origin.break('7.jpg', 404);
    await handIn(origin.sheet(30));
    await status('Done, some failed');
    const rows = page.getByRole('row');
    await page.getByRole('checkbox', { name: 'Only failed' }).check();
    await page.getByText('1 product', { exact: true }).waitFor();
    expect(await rows.nth(1).textContent()).toContain('Product 7');
    origin.mend('7.jpg');
    await page.getByRole('button', { name: 'Try all failed again' }).click();
    await page.getByText('No image failed.').waitFor();
    await page.getByRole('checkbox', { name: 'Only failed' }).uncheck();
    await page.getByRole('searchbox').fill('product 2');
    await page.getByText('11 products', { exact: true }).waitFor();
    await page.getByRole('searchbox').fill('nothing of the kind');
    await page.getByText('No product has this name or number.').waitFor();
  });

  it('shows an image before and after', async () => {
    await handIn(origin.sheet(1));
    await status('Done');
    await page.getByRole('button', { name: 'Product 1, image 1: compare before and after' }).click();
    const dialog = page.getByRole('dialog', { name: 'Product 1' });
    await dialog.getByRole('img', { name: 'Product 1: Before' }).waitFor();
    await dialog.getByRole('row', { name: /^Format JPEG WEBP/ }).waitFor();
    await dialog.getByRole('row', { name: /^Size .*saved/ }).waitFor();
    const divider = dialog.getByRole('slider');
    await divider.focus();
    await page.keyboard.press('Home');
    expect(await divider.inputValue()).toBe('0');
    await dialog.getByRole('button', { name: 'Pixel for pixel' }).click();
    const width = await dialog.locator('.stage').evaluate((stage) => stage.getBoundingClientRect().width);
    const natural = await dialog.locator('img.after').evaluate((image) => (image as HTMLImageElement).naturalWidth);
    expect(Math.round(width)).toBe(natural);
    expect(await axe(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await expect.poll(() => dialog.count()).toBe(0);
  });

  it('fetches a source once, while the rest goes on', async () => {
    origin.hold();
    await handIn(origin.sheet(12));
    await expect.poll(() => origin.held).toBeGreaterThan(0);
    origin.release(1);
    const opener = page.getByRole('button', { name: /compare before and after/ });
    const name = /Product (\d+)/.exec(await opener.getAttribute('aria-label') ?? '')?.[1] ?? '';
    await opener.click();
    origin.release();
    await page.getByRole('img', { name: /: Before$/ }).waitFor();
    await expect.poll(() => page.getByRole('progressbar', { includeHidden: true }).getAttribute('aria-valuetext')).toBe('12 of 12 images');
    expect(origin.asked.filter((path) => path === `/${name}.jpg`).length).toBe(2);
  });

  it('says where the source cannot be had again', async () => {
    await handIn(origin.sheet(1));
    await status('Done');
    origin.break('1.jpg', 410);
    await page.getByRole('button', { name: /compare before and after/ }).click();
    await page.getByText('The source cannot be shown beside it').waitFor();
  });

  it('gives all images as a ZIP file', async () => {
    await handIn(origin.sheet(3));
    await status('Done');
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'All images (ZIP)' }).click(),
    ]);
    expect(saved.suggestedFilename()).toBe('shop.images.zip');
    const bytes = await readFile(await saved.path());
    // The end of the central directory has the number of files (APPNOTE 4.3.16).
    const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
    expect(bytes.readUInt16LE(end + 10)).toBe(3);
    expect(bytes.includes('1-product-1-1.webp')).toBe(true);
  });

  it('is cancelled and taken up again', async () => {
    origin.hold();
    await handIn(origin.sheet(20));
    await status('In progress');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await status('Cancelled');
    origin.release();
    await page.getByRole('button', { name: 'Go on' }).click();
    await status('Done');
  });

  it('is deleted, unless it is undone', async () => {
    await handIn(origin.sheet(1));
    await status('Done');
    const id = /requests\/([^/]+)/.exec(page.url())?.[1] ?? '';
    await page.getByRole('button', { name: 'Delete' }).click();
    const card = page.locator(`a[href="#/requests/${id}"]`);
    await page.getByText('shop.csv is deleted.').waitFor();
    await expect.poll(() => card.count()).toBe(0);
    await page.getByRole('button', { name: 'Undo' }).click();
    await card.waitFor();
    await card.click();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('shop.csv is deleted.').waitFor();
    await expect.poll(async () => (await page.request.get(`${server.base}/requests/${id}`)).status(), { timeout: 20_000 }).toBe(404);
  });

  it('has a report', async () => {
    origin.break('2.jpg', 404);
    await handIn(origin.sheet(4));
    await status('Done, some failed');
    await page.getByRole('link', { name: 'Report' }).click();
    await page.getByRole('heading', { name: 'Report on shop.csv' }).waitFor();
    await page.getByRole('row', { name: /^127\.0\.0\.1 4 1/ }).waitFor();
    await page.getByText('HTTP 404').first().waitFor();
    expect(await axe(page)).toEqual([]);
    await page.evaluate(() => { document.documentElement.dataset['theme'] = 'dark'; });
    await page.emulateMedia({ media: 'print' });
    const ink = await page.getByRole('heading', { level: 1 }).evaluate((heading) => getComputedStyle(heading).color);
    expect(ink, 'paper is light').toBe('rgb(24, 33, 29)');
    expect(await page.getByRole('button', { name: 'Print' }).isVisible()).toBe(false);
  });

  it('scrolls through a hundred thousand products smoothly', async () => {
    origin.hold();
    await handIn(origin.sheet(100_000, () => origin.link('one.jpg')));
    await status('In progress');
    const table = page.getByRole('table');
    await page.getByText('Product 1', { exact: true }).waitFor();
    await table.focus();
    await page.keyboard.press('End');
    await page.getByText('Product 100000', { exact: true }).waitFor();
    const frames = await table.evaluate(async (scroller) => {
      const times: number[] = [];
      let last = performance.now();
      for (let step = 0; step < 120; step += 1) {
        scroller.scrollTop = scroller.scrollHeight * (step / 120);
        await new Promise(requestAnimationFrame);
        const now = performance.now();
        times.push(now - last);
        last = now;
      }
      return times.sort((a, b) => a - b);
    });
    const at = (part: number): string => (frames[Math.floor(frames.length * part)] ?? 0).toFixed(1);
    console.log(`100,000 rows scrolled: median frame ${at(0.5)} ms, 95 of 100 within ${at(0.95)} ms`);
    expect(await page.getByRole('row').count()).toBeLessThan(60);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await status('Cancelled');
  });
});
