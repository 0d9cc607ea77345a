/** Debian's Chromium, and what is asked of every page in it. */

import AxeSource from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: process.env.PIXMILL_TEST_CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
}

/** A page on which anything that goes wrong fails the test, as does a request to anywhere else. */
export async function open(browser: Browser, base: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(error.message));
  page.on('console', (message) => {
    // A failed request is told by the page itself.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) wrong.push(message.text());
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(base) && !url.startsWith('blob:')) wrong.push(`asked for ${url}`);
  });
  troubles.set(page, wrong);
  await page.goto(base);
  return page;
}

const troubles = new WeakMap<Page, string[]>();

/** What went wrong on a page so far. */
export function troublesOf(page: Page): readonly string[] {
  return troubles.get(page) ?? [];
}

/** What axe finds serious or critical. */
export async function axe(page: Page): Promise<string[]> {
  // The page's policy forbids to add a script; this one is run by the browser's own tools.
  await page.evaluate(AxeSource.source);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof AxeSource };
    const { violations } = await axe.run(document, { resultTypes: ['violations'] });
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(' ')}`);
  });
}
