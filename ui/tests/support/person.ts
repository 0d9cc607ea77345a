/** A person at the page, whatever shows it: a browser or the window of the desktop app. */

export type Role =
  | 'alert' | 'button' | 'checkbox' | 'dialog' | 'heading' | 'img' | 'link' | 'progressbar' | 'radio' | 'region' | 'row'
  | 'searchbox' | 'slider' | 'status' | 'table' | 'textbox';

/** Words as they are said: a part of them in any case, or all of them exactly. */
export type Words = string | RegExp | { readonly exactly: string };

/** What a person means: found as assistive technology finds it, or by what it says. */
export type Target = {
  readonly within?: Target;
} & (
  | { readonly by: 'role'; readonly role: Role; readonly name: Words | null }
  | { readonly by: 'label'; readonly name: Words }
  | { readonly by: 'words'; readonly words: Words }
  | { readonly by: 'css'; readonly selector: string }
);

export const button = (name: Words): Target => ({ by: 'role', role: 'button', name });
export const heading = (name: Words): Target => ({ by: 'role', role: 'heading', name });
export const link = (name: Words): Target => ({ by: 'role', role: 'link', name });
export const role = (role: Role, name: Words | null = null): Target => ({ by: 'role', role, name });
export const label = (name: Words): Target => ({ by: 'label', name });
export const words = (words: Words): Target => ({ by: 'words', words });
export const css = (selector: string): Target => ({ by: 'css', selector });
export const within = (outer: Target, target: Target): Target => ({ ...target, within: outer });

export type Key = 'Enter' | 'Escape' | 'Home' | 'End' | 'Tab';

/** What is asked waits until there is an answer: no person is faster than the page. */
export interface Person {
  /** Waits until it is there to be seen. */
  see(target: Target): Promise<void>;
  count(target: Target): Promise<number>;
  click(target: Target): Promise<void>;
  focus(target: Target): Promise<void>;
  fill(target: Target, content: string): Promise<void>;
  select(target: Target, value: string): Promise<void>;
  press(key: Key): Promise<void>;
  /** The text in it. */
  read(target: Target): Promise<string>;
  attribute(target: Target, name: string): Promise<string | null>;
  /** A property of it, such as `value` or `disabled`. */
  property(target: Target, name: string): Promise<unknown>;
  /** Runs a script of the test's own in the page; it must not need anything from outside. */
  run<T>(script: string): Promise<T>;
  /** What axe finds serious or critical. */
  axe(): Promise<string[]>;
}

/** A page with somebody at it, and what carries its engine. */
export interface Stage {
  readonly person: Person;
  /** Shows the first screen as to somebody who was never there. */
  fresh(): Promise<void>;
  /** Brings a sheet before the page. */
  bring(name: string, content: string): Promise<void>;
  /** Does what has a file saved; what was saved comes back. */
  saved(act: () => Promise<void>): Promise<{ readonly name: string; readonly bytes: Buffer }>;
  resize(width: number, height: number): Promise<void>;
  /** What went wrong in the page so far. */
  troubles(): Promise<readonly string[]>;
  end(): Promise<void>;
}
