/** Those who are told of changes of status. */

import { createServer, type Server as HttpServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { axe, launch, open, troublesOf } from './support/browser';
import { Server } from './support/server';

describe('webhooks', () => {
  let server: Server;
  let browser: Browser;
  let page: Page;
  let receiver: HttpServer;
  let answer = 200;

  beforeAll(async () => {
    receiver = createServer((request, response) => {
      request.resume().on('end', () => response.writeHead(answer).end(`answered ${answer}`));
    }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    [server, browser] = await Promise.all([Server.start('--allow-addresses', '127.0.0.0/8'), launch()]);
  });
  afterAll(async () => { await browser.close(); await server.end(); receiver.closeAllConnections(); receiver.close(); });
  beforeEach(async () => { answer = 200; page = await open(browser, server.base); });
  afterEach(async () => {
    expect(troublesOf(page)).toEqual([]);
    await page.context().close();
  });

  async function add(name: string): Promise<void> {
    await page.getByRole('link', { name: 'Webhooks' }).click();
    await page.getByRole('button', { name: 'Add a webhook' }).click();
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('Address').fill(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`);
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    const secret = page.getByRole('textbox', { name: 'The secret of this webhook' });
    expect(await secret.inputValue()).toMatch(/^whsec_/);
    expect(await axe(page)).toEqual([]);
    await page.getByRole('button', { name: 'I have copied it' }).click();
    await page.getByRole('link', { name: new RegExp(name) }).click();
    await page.getByRole('heading', { name, level: 1 }).waitFor();
  }

  it('are added, tried, and show every delivery with its answer', async () => {
    await add('Shop backend');
    await page.getByRole('button', { name: 'Send a test' }).click();
    const delivery = page.locator('details').first();
    await delivery.getByText('delivered').waitFor();
    await delivery.locator('summary').click();
    await delivery.getByText('answered 200', { exact: false }).first().waitFor();
    expect(await axe(page)).toEqual([]);
  });

  it('send again by hand what failed', async () => {
    await add('Broken backend');
    answer = 410;
    await page.getByRole('button', { name: 'Send a test' }).click();
    const delivery = page.locator('details').first();
    await delivery.getByText('given up').waitFor();
    answer = 200;
    await delivery.locator('summary').click();
    await delivery.getByRole('button', { name: 'Send again' }).click();
    await delivery.getByText('delivered').waitFor();
  });

  it('are turned off and on', async () => {
    await add('Quiet backend');
    await page.getByRole('button', { name: 'Turn off' }).click();
    await page.getByRole('button', { name: 'Turn on' }).click();
    await page.getByRole('button', { name: 'Turn off' }).waitFor();
  });

  it('are looked at again once the server is back, and say so once until then', async () => {
    await add('Patient backend');
    await server.kill();
    await page.getByText('The server cannot be reached').waitFor();
    // Long enough to be asked for more than once.
    const asked: string[] = [];
    page.on('requestfailed', (request) => asked.push(request.url()));
    await expect.poll(() => asked.length, { timeout: 20_000 }).toBeGreaterThan(2);
    expect(await page.getByText('cannot be reached').count()).toBe(1);
    await server.go();
    await expect.poll(() => page.getByText('cannot be reached').count(), { timeout: 20_000 }).toBe(0);
    const other = await open(browser, server.base);
    await other.goto(page.url());
    await other.getByRole('button', { name: 'Delete' }).click();
    await other.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await other.getByText('Patient backend is deleted.').waitFor();
    expect(await other.getByRole('link', { name: /Patient backend/ }).count()).toBe(0);
    await page.getByText('This webhook is no longer there').waitFor();
    await other.context().close();
  });

  it('ask for nothing that is not there when they are left while something is on its way', async () => {
    await add('Left backend');
    let release = (): void => {};
    let isHeld = false;
    const gate = new Promise<void>((resolve) => { release = resolve; });
    await page.route(/\/webhooks\/[^/?]+$/, async (route) => {
      isHeld = true;
      await gate;
      await route.continue();
    });
    await expect.poll(() => isHeld, { timeout: 10_000 }).toBe(true);
    const asked = page.waitForRequest(/\/deliveries/);
    await page.getByRole('link', { name: 'All webhooks' }).click();
    await page.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
    release();
    expect((await asked).url()).not.toContain('undefined');
  });

  it('say what is wrong with an address', async () => {
    await page.getByRole('link', { name: 'Webhooks' }).click();
    await page.getByRole('button', { name: 'Add a webhook' }).click();
    await page.getByLabel('Name').fill('x');
    await page.getByLabel('Address').fill('http://10.0.0.1/hook');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('alert').filter({ hasText: /\S/ }).waitFor();
  });
});
