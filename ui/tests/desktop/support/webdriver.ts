/** What these tests need of WebDriver (W3C, level 2), as WebKit's driver speaks it. */

/** How an element is written down (section 11). */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

export type Element = { readonly [ELEMENT]: string };

export class WebDriverError extends Error {
  constructor(readonly kind: string, message: string) {
    super(`${kind}: ${message}`);
    this.name = 'WebDriverError';
  }
}

export class Session {
  private constructor(private readonly base: string) {}

  /** Has the driver start a program and take hold of its window. */
  static async begin(driver: string, binary: string, args: readonly string[]): Promise<Session> {
    const alwaysMatch = { 'webkitgtk:browserOptions': { binary, args } };
    const { sessionId } = await ask<{ sessionId: string }>('POST', `${driver}/session`, { capabilities: { alwaysMatch } });
    return new Session(`${driver}/session/${sessionId}`);
  }

  /** Runs the body of a function in the page; a promise is waited for. */
  run<T>(body: string, ...args: readonly unknown[]): Promise<T> {
    return this.#ask('POST', '/execute/sync', { script: body, args });
  }

  click(element: Element): Promise<void> {
    return this.#ask('POST', `/element/${element[ELEMENT]}/click`, {});
  }

  clear(element: Element): Promise<void> {
    return this.#ask('POST', `/element/${element[ELEMENT]}/clear`, {});
  }

  type(element: Element, text: string): Promise<void> {
    return this.#ask('POST', `/element/${element[ELEMENT]}/value`, { text });
  }

  /** Presses one key; `value` is its character or one of section 17.4.2. */
  press(value: string): Promise<void> {
    const actions = [{ type: 'keyDown', value }, { type: 'keyUp', value }];
    return this.#ask('POST', '/actions', { actions: [{ type: 'key', id: 'keys', actions }] });
  }

  resize(width: number, height: number): Promise<void> {
    return this.#ask('POST', '/window/rect', { width, height });
  }

  /** Ends the program with the session. */
  end(): Promise<void> {
    return this.#ask('DELETE', '');
  }

  #ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    return ask<T>(method, this.base + path, body);
  }
}

async function ask<T>(method: string, url: string, body?: unknown): Promise<T> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
  const response = await fetch(url, { method, ...sent });
  const { value } = (await response.json()) as { value: T | { error: string; message: string } };
  if (response.ok) return value as T;
  const { error, message } = value as { error: string; message: string };
  throw new WebDriverError(error, message);
}
