/**
 * Which rows of a long table are in view.
 *
 * Browsers cap the height of an element at some 16 to 33 million pixels. Beyond `TALLEST` the scroll
 * bar is mapped to the rows in proportion.
 */

export const TALLEST = 8_000_000;

export interface Geometry {
  readonly rows: number;
  readonly rowHeight: number;
  readonly viewHeight: number;
}

export interface View {
  /** The height that the scrolled element is to have. */
  readonly height: number;
  /** The first row that is made, and the one after the last. */
  readonly first: number;
  readonly end: number;
  /** How far from the top of the element the first row stands. */
  readonly offset: number;
}

/** How many rows above and below the view are made, so that scrolling shows no gap. */
const SPARE = 6;

export function view({ rows, rowHeight, viewHeight }: Geometry, scrolled: number): View {
  const full = rows * rowHeight;
  const height = Math.min(full, TALLEST);
  const range = Math.max(0, height - viewHeight);
  const part = range === 0 ? 0 : Math.min(1, Math.max(0, scrolled / range));
  // Where the view's top would be if the table had its full height.
  const top = height === full ? Math.min(Math.max(0, scrolled), range) : part * (full - viewHeight);
  const first = Math.max(0, Math.floor(top / rowHeight) - SPARE);
  const end = Math.min(rows, Math.ceil((top + viewHeight) / rowHeight) + SPARE);
  const at = height === full ? first * rowHeight : scrolled - (top - first * rowHeight);
  return { height, first, end, offset: at };
}

/** How far to scroll so that a row is at the top of the view. */
export function scrollTo({ rows, rowHeight, viewHeight }: Geometry, row: number): number {
  const full = rows * rowHeight;
  const height = Math.min(full, TALLEST);
  if (height === full) return row * rowHeight;
  return (row * rowHeight * (height - viewHeight)) / (full - viewHeight);
}
