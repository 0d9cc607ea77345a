/** Hears of files that are dropped anywhere on the page. */

/** Tells of files, and of whether some are being held over the page. What comes back ends it. */
export function dropped(
  onFiles: (files: readonly File[]) => void,
  onOver: (over: boolean) => void,
): () => void {
  const end = new AbortController();
  const holdsFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;
  const hear = (name: 'dragover' | 'dragleave' | 'drop', heard: (event: DragEvent) => void): void =>
    window.addEventListener(name, (event) => { if (holdsFiles(event)) heard(event); }, { signal: end.signal });

  // Without this the browser would leave the page to show the file.
  hear('dragover', (event) => { event.preventDefault(); onOver(true); });
  hear('dragleave', (event) => { if (event.relatedTarget === null) onOver(false); });
  hear('drop', (event) => {
    event.preventDefault();
    onOver(false);
    onFiles([...(event.dataTransfer?.files ?? [])]);
  });
  return () => end.abort();
}
