/** A person with a sheet and no manual. */

import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { axe, launch, open, troublesOf } from './support/browser';
import { Server } from './support/server';

const BAD = `S. No.,Product Name,Input Image Urls,Colour
1,Blue Mug,https://shop.example/mug.jpg,blue
2,,ftp://shop.example/x.jpg,red
2,Cap,,green
`;

describe('the first screen', () => {
  let server: Server;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => { [server, browser] = await Promise.all([Server.start(), launch()]); });
  afterAll(async () => { await browser.close(); await server.end(); });
  beforeEach(async () => { page = await open(browser, server.base); });
  afterEach(async () => {
    expect(troublesOf(page)).toEqual([]);
    await page.context().close();
  });

  const choose = (name: string, content: string): Promise<void> =>
    page.setInputFiles('input[type=file]', { name, mimeType: 'text/csv', buffer: Buffer.from(content) });

  const carry = (name: string) => page.evaluateHandle(([called, content]) => {
    const made = new DataTransfer();
    made.items.add(new File([content], called, { type: 'text/csv' }));
    return made;
  }, [name, BAD] as const);

  it('takes the sample sheet to a results sheet', async () => {
    await page.getByRole('button', { name: 'Try the sample sheet' }).click();
    await page.getByRole('heading', { name: 'products.csv is ready' }).waitFor();
    await page.getByRole('button', { name: 'Compress 10 images' }).click();
    await page.getByText('Done', { exact: true }).waitFor();
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Results sheet' }).click(),
    ]);
    expect(saved.suggestedFilename()).toBe('products.results.csv');
    const rows = (await readFile(await saved.path(), 'utf8')).trim().split(/\r?\n/);
    expect(rows[0]).toContain('Output Image Urls');
    expect(rows.slice(1).every((row) => row.includes('/images/'))).toBe(true);
    expect(await axe(page)).toEqual([]);
  });

  it('marks the faulty cells of a bad sheet and sends nothing', async () => {
    await choose('products.csv', BAD);
    await page.getByRole('heading', { name: 'products.csv has 4 faults' }).waitFor();
    const cell = page.locator('td.faulty', { hasText: 'ftp://shop.example/x.jpg' });
    expect(await cell.textContent()).toContain('only http:// and https:// links can');
    expect(await page.locator('td.faulty').count()).toBe(4);
    expect(await page.getByRole('button', { name: /^Compress/ }).count()).toBe(0);
    expect(await axe(page)).toEqual([]);
    const list = await page.request.get(`${server.base}/requests`);
    expect(((await list.json()) as { requests: { fileName: string }[] }).requests.length).toBeLessThanOrEqual(1);
  });

  it('gives the marked sheet to be saved', async () => {
    await choose('products.csv', BAD);
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download the marked sheet' }).click(),
    ]);
    expect(saved.suggestedFilename()).toBe('products.marked.csv');
    const rows = (await readFile(await saved.path(), 'utf8')).split('\n');
    expect(rows[0]).toBe('Faults,S. No.,Product Name,Input Image Urls,Colour');
    expect(rows[1]).toBe(',1,Blue Mug,https://shop.example/mug.jpg,blue');
    expect(rows[2]).toContain('Product Name: ');
  });

  it('takes rows that were copied in a spreadsheet', async () => {
    await page.getByRole('button', { name: 'Paste rows' }).click();
    await page.getByRole('textbox', { name: 'Rows' }).fill('Serial Number\tProduct\tImage Urls\n1\tMug\thttps://shop.example/1.jpg\n');
    await page.getByRole('button', { name: 'Check the rows' }).click();
    await page.getByRole('heading', { name: 'pasted rows.csv is ready' }).waitFor();
    await page.getByText('1 product with 1 image').waitFor();
  });

  it('takes a sheet that is dropped anywhere', async () => {
    const transfer = await carry('dropped.csv');
    await page.dispatchEvent('body', 'dragover', { dataTransfer: transfer });
    await page.getByText('Let go to check the sheet').waitFor();
    await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
    await page.getByRole('heading', { name: 'dropped.csv has 4 faults' }).waitFor();
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.dispatchEvent('body', 'drop', { dataTransfer: await carry('elsewhere.csv') });
    await page.getByRole('heading', { name: 'elsewhere.csv has 4 faults' }).waitFor();
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('link', { name: 'Requests', exact: true }).click();
    await page.getByRole('button', { name: 'Choose a sheet' }).waitFor();
  });

  it('says what a file is that is no sheet', async () => {
    await choose('photo.csv', '\u0089PNG\r\n\u001a\n\0\0\0');
    await page.getByText('not a CSV').first().waitFor();
  });

  it('keeps the recipe that was used last, and refuses one that cannot be', async () => {
    await choose('one.csv', 'S. No.,Product Name,Input Image Urls\n1,Mug,https://shop.example/1.jpg\n');
    await page.getByRole('button', { name: 'Smallest' }).click();
    await page.getByLabel('Quality').fill('400');
    await page.getByText('A whole number from 1 to 100').waitFor();
    expect(await page.getByRole('button', { name: 'Compress 1 image' }).isDisabled()).toBe(true);
    await page.getByLabel('Quality').fill('31');
    await page.getByRole('button', { name: 'Compress 1 image' }).click();
    await page.getByRole('link', { name: 'All requests' }).click();
    expect(await page.getByLabel('Quality').inputValue()).toBe('31');
    expect(await page.getByLabel('Format').inputValue()).toBe('avif');
  });

  it('has nothing that a screen reader stumbles over', async () => {
    await page.getByRole('button', { name: 'Choose a sheet' }).waitFor();
    expect(await axe(page)).toEqual([]);
  });
});
