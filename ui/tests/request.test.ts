/** A request while it goes on and when it is done, in a browser. */

import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { requestTests } from './both/request';
import { launch, open, troublesOf } from './support/browser';
import { chromium } from './support/chromium';
import { Origin } from './support/origin';
import { Server } from './support/server';

const OPTIONS = ['--allow-addresses', '127.0.0.0/8', '--connections-per-host', '4', '--no-reuse'];

requestTests(() => chromium(...OPTIONS));

describe('a request in a browser', () => {
  let server: Server;
  let browser: Browser;
  let origin: Origin;
  let page: Page;

  beforeAll(async () => {
    [server, browser] = await Promise.all([Server.start(...OPTIONS), launch()]);
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

  it('has a report that prints well', async () => {
    await handIn(origin.sheet(1));
    await status('Done');
    await page.getByRole('link', { name: 'Report' }).click();
    await page.getByRole('heading', { name: 'Report on shop.csv' }).waitFor();
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
