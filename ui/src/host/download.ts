/** Has the browser save a file. */

export function download(name: string, content: Blob): void {
  const link = URL.createObjectURL(content);
  followLink(link, name);
  // The browser has taken hold of it once this turn is over.
  setTimeout(() => URL.revokeObjectURL(link), 60_000);
}

/** Has the browser save what lies at a link; without a name the one that comes with it is taken. */
export function followLink(link: string, name = ''): void {
  const anchor = document.createElement('a');
  anchor.href = link;
  anchor.download = name;
  anchor.click();
}
