/** Has the browser save a file. */

import type { Download } from '../host/types';

export function save({ name, content }: Download): void {
  const link = URL.createObjectURL(content);
  const anchor = document.createElement('a');
  anchor.href = link;
  anchor.download = name;
  anchor.click();
  // The browser has taken hold of it once this turn is over.
  setTimeout(() => URL.revokeObjectURL(link), 60_000);
}
