/** A stage in Debian's Chromium, with a server of its own. */

import { readFile } from 'node:fs/promises';
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

import { axe, launch, open, troublesOf } from './browser';
import type { Person, Stage, Target, Words } from './person';
import { Server } from './server';

const options = (words: Words): { name: string | RegExp; exact: boolean } =>
  typeof words === 'object' && 'exactly' in words ? { name: words.exactly, exact: true } : { name: words, exact: false };

function locate(page: Page, target: Target): Locator {
  const outer = target.within === undefined ? page : locate(page, target.within);
  switch (target.by) {
    case 'role': return outer.getByRole(target.role, target.name === null ? {} : options(target.name));
    case 'label': return outer.getByLabel(options(target.name).name, { exact: options(target.name).exact });
    case 'words': return outer.getByText(options(target.words).name, { exact: options(target.words).exact });
    case 'css': return outer.locator(target.selector);
  }
}

function personAt(page: () => Page): Person {
  const at = (target: Target): Locator => locate(page(), target).first();
  return {
    see: (target) => at(target).waitFor(),
    count: (target) => locate(page(), target).count(),
    click: (target) => at(target).click(),
    focus: (target) => at(target).focus(),
    fill: (target, content) => at(target).fill(content),
    select: async (target, value) => { await at(target).selectOption(value); },
    press: (key) => page().keyboard.press(key),
    read: async (target) => (await at(target).textContent()) ?? '',
    attribute: (target, name) => at(target).getAttribute(name),
    property: (target, name) => at(target).evaluate((element, name) => Reflect.get(element, name) as unknown, name),
    run: (script) => page().evaluate(script),
    axe: () => axe(page()),
  };
}

/** Starts a server with these options, and a browser. */
export async function chromium(...serverOptions: string[]): Promise<Stage> {
  const [server, browser] = await Promise.all([Server.start(...serverOptions), launch()]);
  let page: Page | null = null;
  const now = (): Page => {
    if (page === null) throw new Error('nothing is shown yet');
    return page;
  };
  return {
    person: personAt(now),
    fresh: async () => {
      await page?.context().close();
      page = await open(browser, server.base, { reducedMotion: 'reduce' });
    },
    bring: async (name, content) => {
      const chooser = now().locator('input[type=file]');
      await now().locator('main').waitFor();
      if (await chooser.count() > 0) return chooser.setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(content) });
      await drop(now(), name, content);
    },
    saved: async (act) => {
      const [saved] = await Promise.all([now().waitForEvent('download'), act()]);
      expect(await saved.failure()).toBeNull();
      return { name: saved.suggestedFilename(), bytes: await readFile(await saved.path()) };
    },
    resize: (width, height) => now().setViewportSize({ width, height }),
    troubles: async () => troublesOf(now()),
    end: async () => { await browser.close(); await server.end(); },
  };
}

/** Drops a sheet on the page. */
export async function drop(page: Page, name: string, content: string): Promise<void> {
  await page.dispatchEvent('body', 'drop', { dataTransfer: await carry(page, name, content) });
}

/** A sheet that is being carried over the page. */
export function carry(page: Page, name: string, content: string) {
  return page.evaluateHandle(([called, content]) => {
    const made = new DataTransfer();
    made.items.add(new File([content], called, { type: 'text/csv' }));
    return made;
  }, [name, content] as const);
}
