/** The desktop app in its real window, with somebody at it. */

import type { ChildProcess } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import AxeSource from 'axe-core';
import { vi } from 'vitest';

import type { Key, Person, Stage, Target } from '../../support/person';
import { Desk } from './desk';
import { find, send } from './finder';
import { end as endProcess, freePort, launch } from './processes';
import { type Element, Session, WebDriverError } from './webdriver';

const PROGRAM = process.env.PIXMILL_TEST_DESKTOP ?? join(import.meta.dirname, '../../../../target/debug/pixmill-desktop');
const PICTURES = join(import.meta.dirname, '../../../pictures/desktop');
/** What the app is known by on the session bus while it runs. */
const NAME = 'org.pixmill.desktop.SingleInstance';
const PATIENCE = { timeout: 30_000, interval: 100 };
const KEYS: Record<Key, string> = { Enter: '\uE007', Escape: '\uE00C', Home: '\uE011', End: '\uE010', Tab: '\uE004' };

/** Notes what goes wrong in the page from now on, once a page. */
const NOTE_TROUBLES = `
  if (window.troubles === undefined) {
    const troubles = window.troubles = [];
    const told = console.error;
    console.error = (...said) => { troubles.push(said.map(String).join(' ')); told(...said); };
    addEventListener('error', (event) => troubles.push(event.message || 'not loaded: ' + (event.target?.src ?? event.target?.href)), true);
    addEventListener('unhandledrejection', (event) => troubles.push('unhandled: ' + String(event.reason)));
    document.addEventListener('securitypolicyviolation', (event) => troubles.push('refused by policy: ' + event.blockedURI));
  }`;

export class App implements Stage {
  readonly person: Person;
  #session: Session | null = null;
  #troubles: string[] = [];
  #driver: ChildProcess | null = null;

  private constructor(readonly desk: Desk) {
    this.person = this.#person();
  }

  /** Starts the app at a desk of its own, or at one that is there. */
  static async start(desk?: Desk, ...args: string[]): Promise<App> {
    const app = new App(desk ?? await Desk.make());
    try {
      await app.open(...args);
    } catch (error) {
      await app.end();
      throw error;
    }
    return app;
  }

  /** Starts the app. */
  async open(...args: string[]): Promise<void> {
    // It cannot be told to take any port that is free, nor does it tell the one it has.
    const port = await freePort();
    const env = { ...this.desk.env, TAURI_WEBVIEW_AUTOMATION: 'true' };
    const driver = launch('WebKitWebDriver', ['--host=127.0.0.1', `--port=${port}`], { env, cwd: this.desk.path('home'), stdio: 'inherit' });
    this.#driver = driver;
    const address = `http://127.0.0.1:${port}`;
    await vi.waitUntil(() => fetch(`${address}/status`).then(({ ok }) => ok, () => false), PATIENCE);
    this.#session = await Session.begin(address, PROGRAM, args);
    await this.#ready();
  }

  /** Whether there is a window that can be asked. */
  get isOpen(): boolean {
    return this.#session !== null;
  }

  get session(): Session {
    if (this.#session === null) throw new Error('the app does not run');
    return this.#session;
  }

  /** Starts the app once more, as the system does for a file: the one that runs takes over. */
  async again(...args: string[]): Promise<void> {
    await this.desk.run(PROGRAM, ...args);
  }

  /** Ends the app, as the end of a session does. */
  async close(): Promise<void> {
    // Where it has ended by itself there is no session either.
    await this.#session?.end().catch((error: unknown) => { if (!(error instanceof WebDriverError)) throw error; });
    this.#session = null;
    if (this.#driver !== null) await endProcess(this.#driver);
    this.#driver = null;
    // Until then whoever is started would hand over to it and end.
    await vi.waitUntil(async () => !await this.desk.isOnBus(NAME), PATIENCE);
  }

  async fresh(): Promise<void> {
    await this.troubles();
    await this.session.run(`localStorage.clear(); location.hash = '#/'; location.reload();`);
    await this.#ready();
  }

  async bring(name: string, content: string): Promise<void> {
    await this.again(await this.desk.lay(name, Buffer.from(content)));
  }

  async saved(act: () => Promise<void>): Promise<{ name: string; bytes: Buffer }> {
    const folder = this.desk.path('home', `saved-${Date.now()}`);
    await mkdir(folder);
    await this.desk.answer(folder);
    await act();
    const notice: Target = { by: 'words', words: `Saved as ${folder}` };
    const path = /Saved as (.*)\.$/.exec((await this.person.read(notice)).trim())?.[1] ?? '';
    return { name: path.slice(folder.length + 1), bytes: await readFile(path) };
  }

  resize(width: number, height: number): Promise<void> {
    return this.session.resize(width, height);
  }

  async troubles(): Promise<readonly string[]> {
    const now = await this.session.run<string[]>(`return (window.troubles ?? []).splice(0)`);
    this.#troubles.push(...now);
    return this.#troubles;
  }

  /** Keeps a picture of the whole display, to be looked at. */
  async picture(name: string): Promise<void> {
    await mkdir(PICTURES, { recursive: true });
    // What the page has become is drawn with the second frame from now; a page that rests may draw none.
    await this.session.run(`return new Promise((resolve) => {
      requestAnimationFrame(() => requestAnimationFrame(resolve));
      setTimeout(resolve, 500);
    })`);
    await this.desk.run('import', '-window', 'root', join(PICTURES, `${name}.png`));
  }

  async end(): Promise<void> {
    await this.close();
    await this.desk.end();
  }

  async #ready(): Promise<void> {
    const isThere = (): Promise<boolean> => this.session.run<boolean>(`return document.querySelector('main h1, main h2') !== null`);
    await vi.waitUntil(() => isThere().catch(() => false), PATIENCE);
    await this.session.run(NOTE_TROUBLES);
  }

  /** The elements that are meant, as soon as there is one. */
  async #all(target: Target): Promise<Element[]> {
    await this.#axe();
    return this.session.run<Element[]>(`return (${find.toString()})(arguments[0])`, send(target));
  }

  async #one(target: Target): Promise<Element> {
    return vi.waitFor(async () => {
      const [found] = await this.#all(target);
      if (found === undefined) throw new Error(`there is no ${JSON.stringify(target, asWords)}`);
      return found;
    }, PATIENCE);
  }

  async #axe(): Promise<void> {
    if (!await this.session.run<boolean>(`return window.axe !== undefined`)) await this.session.run(AxeSource.source);
  }

  /** Acts on an element as soon as it can be acted on: it may be covered for a while, or be made anew. */
  async #act(target: Target, act: (element: Element) => Promise<void>): Promise<void> {
    await vi.waitFor(async () => act(await this.#one(target)), PATIENCE);
  }

  #person(): Person {
    const on = async <T>(target: Target, body: string, ...args: unknown[]): Promise<T> =>
      this.session.run<T>(body, await this.#one(target), ...args);
    return {
      see: async (target) => { await this.#one(target); },
      count: async (target) => (await this.#all(target)).length,
      click: (target) => this.#act(target, (element) => this.session.click(element)),
      focus: (target) => on(target, `arguments[0].focus()`),
      fill: (target, content) => on(target, `
        const [field, content] = arguments;
        field.focus();
        field.select();
        if (content === '' || !document.execCommand('insertText', false, content)) {
          field.value = content;
          field.dispatchEvent(new InputEvent('input', { bubbles: true }));
        }`, content),
      select: (target, value) => on(target, `
        arguments[0].value = arguments[1];
        arguments[0].dispatchEvent(new Event('change', { bubbles: true }));`, value),
      press: (key) => this.session.press(KEYS[key]),
      read: (target) => on(target, `return arguments[0].textContent`),
      attribute: (target, name) => on(target, `return arguments[0].getAttribute(arguments[1])`, name),
      property: (target, name) => on(target, `return arguments[0][arguments[1]]`, name),
      run: (script) => this.session.run(`return (${script})`),
      axe: async () => {
        await this.#axe();
        return this.session.run<string[]>(`
          return axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations
            .filter(({ impact }) => impact === 'serious' || impact === 'critical')
            .map(({ id, help, nodes }) => id + ': ' + help + ': ' + nodes.map((node) => node.html).join(' ')))`);
      },
    };
  }
}

const asWords = (_: string, value: unknown): unknown => (value instanceof RegExp ? value.toString() : value);
