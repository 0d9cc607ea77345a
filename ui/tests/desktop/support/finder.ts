/** Finds elements in the page as assistive technology does. It runs there, beside axe, which knows roles and names. */

import type { Target, Words } from '../../support/person';

/** Words as they can be sent to the page. */
export type SentWords = { readonly source: string; readonly flags: string };
export type SentTarget = { readonly outer: SentTarget | null } & (
  | { readonly by: 'role'; readonly role: string; readonly name: SentWords | null }
  | { readonly by: 'label' | 'words'; readonly name: SentWords }
  | { readonly by: 'css'; readonly selector: string }
);

export function send(target: Target): SentTarget {
  const outer = target.within === undefined ? null : send(target.within);
  switch (target.by) {
    case 'role': return { outer, by: 'role', role: target.role, name: target.name === null ? null : pattern(target.name) };
    case 'label': return { outer, by: 'label', name: pattern(target.name) };
    case 'words': return { outer, by: 'words', name: pattern(target.words) };
    case 'css': return { outer, by: 'css', selector: target.selector };
  }
}

function pattern(words: Words): SentWords {
  if (words instanceof RegExp) return { source: words.source, flags: words.flags };
  const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return typeof words === 'string'
    ? { source: escaped(words), flags: 'i' }
    : { source: `^${escaped(words.exactly)}$`, flags: '' };
}

interface Axe {
  setup(root: Element): void;
  teardown(): void;
  commons: { aria: { getRole(element: Element): string | null }; text: { accessibleText(element: Element): string } };
}

/** The elements that are meant and can be seen, in the order of the page. Needs nothing from outside. */
export function find(wanted: SentTarget): Element[] {
  const { axe } = globalThis as unknown as { axe: Axe };
  const clean = (text: string): string => text.replace(/\s+/g, ' ').trim();
  const fits = (text: string, { source, flags }: SentWords): boolean => new RegExp(source, flags).test(clean(text));
  const isSeen = (element: Element): boolean => element.checkVisibility({ visibilityProperty: true });
  const modal = document.querySelector('dialog:modal');
  axe.setup(document.documentElement);
  try {
    const roleOf = (element: Element): string | null => axe.commons.aria.getRole(element);
    const nameOf = (element: Element): string => axe.commons.text.accessibleText(element);
    const of = (target: SentTarget): Element[] => {
      const roots: ParentNode[] = target.outer === null ? [document] : of(target.outer);
      const selector = target.by === 'css' ? target.selector : target.by === 'label' ? 'input, select, textarea' : 'body *';
      const all = roots.flatMap((root) => [...root.querySelectorAll(selector)]).filter(isSeen);
      switch (target.by) {
        case 'css': return all;
        case 'label': return all.filter((element) => fits(nameOf(element), target.name));
        case 'role': return all.filter((element) => roleOf(element) === target.role && (target.name === null || fits(nameOf(element), target.name)));
        case 'words': {
          const saying = all.filter((element) => fits(element.textContent ?? '', target.name));
          return saying.filter((element) => !saying.some((other) => other !== element && element.contains(other)));
        }
      }
    };
    // What lies behind a dialog is out of reach.
    return of(wanted).filter((element) => modal === null || wanted.by === 'words' || wanted.by === 'css' || modal.contains(element));
  } finally {
    axe.teardown();
  }
}
