/** Every screen: narrow and wide, dark and light, by keyboard alone. */

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { axe, launch, open, troublesOf } from './support/browser';
import { Server } from './support/server';

const ROOMS = ['#/', '#/webhooks', '#/keys', '#/settings', '#/nonsense'];

describe('every screen', () => {
  let server: Server;
  let browser: Browser;
  let id = '';

  beforeAll(async () => {
    [server, browser] = await Promise.all([Server.start(), launch()]);
    const page = await open(browser, server.base);
    await page.getByRole('button', { name: 'Try the sample sheet' }).click();
    await page.getByRole('button', { name: 'Compress 10 images' }).click();
    await page.getByText('Done', { exact: true }).waitFor();
    id = /requests\/([^/]+)/.exec(page.url())?.[1] ?? '';
    await page.context().close();
  });
  afterAll(async () => { await browser.close(); await server.end(); });

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [360, 1280, 3840]) {
      it(`fits ${width} pixels and can be read in ${colorScheme} colours`, async () => {
        const page = await open(browser, server.base, { colorScheme, viewport: { width, height: 900 }, reducedMotion: 'reduce' });
        for (const room of [...ROOMS, `#/requests/${id}`, `#/requests/${id}/report`]) {
          await page.goto(`${server.base}/${room}`);
          await page.locator('main').getByRole('heading').first().waitFor();
          const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
          expect(over, `${room} is wider than the window`).toBeLessThanOrEqual(0);
          expect(await axe(page), room).toEqual([]);
        }
        expect(troublesOf(page)).toEqual([]);
        await page.context().close();
      });
    }
  }

  it('is used by keyboard alone, from the sample sheet to an image', async () => {
    const page = await open(browser, server.base);
    await page.getByRole('button', { name: 'Try the sample sheet' }).waitFor();
    const reach = async (name: RegExp): Promise<void> => {
      for (let presses = 0; presses < 60; presses += 1) {
        await page.keyboard.press('Tab');
        const words = await page.evaluate(() => {
          const focused = document.activeElement;
          return focused?.getAttribute('aria-label') ?? focused?.textContent ?? '';
        });
        if (name.test(words.trim())) return;
      }
      throw new Error(`${name} cannot be reached`);
    };
    await reach(/^Try the sample sheet$/);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'products.csv is ready' }).waitFor();
    await reach(/^Compress 10 images$/);
    await page.keyboard.press('Enter');
    await page.getByText('Done', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Caps, image 1: compare before and after' }).waitFor();
    await reach(/^Caps, image 1/);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Caps' }).waitFor();
    await page.keyboard.press('Escape');
    const focused = await page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '');
    expect(focused).toMatch(/^Caps, image 1/);
    await page.context().close();
  });

  it('looks as it was chosen to, also after it was left', async () => {
    const page = await open(browser, server.base, { colorScheme: 'light' });
    const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    await page.getByRole('link', { name: 'Settings' }).click();
    const light = await ground();
    await page.getByRole('radio', { name: 'Dark' }).check();
    const dark = await ground();
    expect(dark).not.toBe(light);
    await page.reload();
    await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
    expect(await ground()).toBe(dark);
    await page.getByRole('radio', { name: 'As the system' }).check();
    expect(await ground()).toBe(light);
    await page.context().close();
  });

  it('loads little script, and nothing from elsewhere', async () => {
    const page = await open(browser, server.base);
    await page.getByRole('button', { name: 'Choose a sheet' }).waitFor();
    const policy = (await page.request.get(server.base)).headers()['content-security-policy'] ?? '';
    expect(policy).toMatch(/^default-src 'none'/);
    expect(policy).not.toContain('unsafe');
    const bytes = await page.evaluate(() =>
      performance.getEntriesByType('resource')
        .filter((entry) => entry.name.endsWith('.js'))
        .reduce((sum, entry) => sum + (entry as PerformanceResourceTiming).encodedBodySize, 0));
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(150_000);
    expect(troublesOf(page)).toEqual([]);
    await page.context().close();
  });
});
