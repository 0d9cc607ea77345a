/** A person with a sheet and no manual, in a browser. */

import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { homeTests } from './both/home';
import { launch, open, troublesOf } from './support/browser';
import { carry, chromium, drop } from './support/chromium';
import { Server } from './support/server';

const BAD = `S. No.,Product Name,Input Image Urls,Colour
1,Blue Mug,https://shop.example/mug.jpg,blue
2,,ftp://shop.example/x.jpg,red
2,Cap,,green
`;

homeTests(() => chromium());

describe('the first screen in a browser', () => {
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

  it('takes a sheet that is dropped anywhere', async () => {
    const transfer = await carry(page, 'dropped.csv', BAD);
    await page.dispatchEvent('body', 'dragover', { dataTransfer: transfer });
    await page.getByText('Let go to check the sheet').waitFor();
    await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
    await page.getByRole('heading', { name: 'dropped.csv has 4 faults' }).waitFor();
    await page.getByRole('link', { name: 'Settings' }).click();
    await drop(page, 'elsewhere.csv', BAD);
    await page.getByRole('heading', { name: 'elsewhere.csv has 4 faults' }).waitFor();
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('link', { name: 'Requests', exact: true }).click();
    await page.getByRole('button', { name: 'Choose a sheet' }).waitFor();
  });
});
