/** Signing in, and the keys that one signs in with. */

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { axe, launch, open, troublesOf } from './support/browser';
import { Server } from './support/server';

describe('keys', () => {
  let server: Server;
  let browser: Browser;
  let page: Page;
  let admin = '';

  beforeAll(async () => {
    [server, browser] = await Promise.all([Server.start(), launch()]);
    page = await open(browser, server.base);
  });
  afterAll(async () => { await browser.close(); await server.end(); });

  async function make(name: string, role: string): Promise<string> {
    await page.getByRole('button', { name: 'Make a key' }).click();
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('May').selectOption(role);
    await page.getByRole('button', { name: 'Make the key' }).click();
    const token = await page.getByRole('textbox', { name: 'The new key' }).inputValue();
    await page.getByRole('button', { name: 'I have copied it' }).click();
    return token;
  }

  async function signIn(key: string): Promise<void> {
    await page.getByLabel('API key').fill(key);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }

  it('are asked for as soon as there is one', async () => {
    await page.getByRole('link', { name: 'API keys' }).click();
    await page.getByText('No key has been made').waitFor();
    expect(await axe(page)).toEqual([]);
    admin = await make('Me', 'admin');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await axe(page)).toEqual([]);
  });

  it('that are wrong are refused with words', async () => {
    await signIn('pxm_wrong');
    await page.getByRole('alert').filter({ hasText: /\S/ }).waitFor();
    await signIn(admin);
    await page.getByRole('heading', { name: 'API keys' }).waitFor();
  });

  it('let in until the tab is closed, and no longer', async () => {
    await page.reload();
    await page.getByRole('heading', { name: 'API keys' }).waitFor();
    const kept = await page.evaluate(() => JSON.stringify({ ...localStorage }));
    expect(kept).not.toContain('pxm_');
    const other = await open(browser, server.base);
    await other.getByRole('heading', { name: 'Sign in' }).waitFor();
    await other.context().close();
  });

  it('show images and give files to whoever has signed in', async () => {
    await page.getByRole('link', { name: 'Requests', exact: true }).click();
    await page.getByRole('button', { name: 'Try the sample sheet' }).click();
    await page.getByRole('button', { name: 'Compress 10 images' }).click();
    await page.getByText('Done', { exact: true }).waitFor();
    const thumb = page.getByRole('button', { name: 'Caps, image 1: compare before and after' }).locator('img');
    await expect.poll(() => thumb.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBeGreaterThan(0);
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'All images (ZIP)' }).click(),
    ]);
    expect(saved.suggestedFilename()).toBe('products.images.zip');
    expect(await saved.failure()).toBeNull();
  });

  it('of a viewer show nothing that would be refused', async () => {
    await page.getByRole('link', { name: 'API keys' }).click();
    await make('Shop', 'uploader');
    await page.getByRole('button', { name: 'Make a key' }).click();
    await page.getByLabel('Name').fill('Office');
    await page.getByLabel('May').selectOption('viewer');
    await page.getByLabel('Sees the requests of').selectOption('all');
    await page.getByRole('button', { name: 'Make the key' }).click();
    const token = await page.getByRole('textbox', { name: 'The new key' }).inputValue();
    await page.getByRole('button', { name: 'I have copied it' }).click();
    const office = await open(browser, server.base);
    await office.getByLabel('API key').fill(token);
    await office.getByRole('button', { name: 'Sign in' }).click();
    await office.getByText('products.csv').first().click();
    await office.getByRole('button', { name: 'Results sheet' }).waitFor();
    expect(await office.getByRole('button', { name: 'Delete' }).count()).toBe(0);
    expect(await office.getByRole('link', { name: 'API keys' }).count()).toBe(0);
    await office.goto(`${server.base}/#/keys`);
    await office.getByRole('heading', { name: 'There is no such page' }).waitFor();
    await page.getByRole('link', { name: 'Webhooks' }).click();
    await page.getByRole('button', { name: 'Add a webhook' }).click();
    await page.getByLabel('Name').fill('Backend');
    await page.getByLabel('Address').fill('https://shop.example/hook');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('button', { name: 'I have copied it' }).click();
    await page.getByRole('link', { name: 'API keys' }).click();
    await office.getByRole('link', { name: 'Webhooks' }).click();
    await office.getByRole('link', { name: /Backend/ }).click();
    await office.getByText('Nothing was sent yet').waitFor();
    expect(await office.locator('main').getByRole('button').count()).toBe(0);
    expect(troublesOf(office)).toEqual([]);
    await office.context().close();
  });

  it('that are revoked let nobody in any more', async () => {
    await page.getByRole('button', { name: 'Revoke: Shop' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('Shop is revoked.').waitFor();
    await page.getByText('revoked', { exact: true }).waitFor();
    expect(await axe(page)).toEqual([]);
    await page.getByRole('link', { name: 'Settings' }).click();
    expect(await axe(page)).toEqual([]);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(troublesOf(page)).toEqual([]);
  });
});
