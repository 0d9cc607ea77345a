/** Which cells of a sheet have which faults. */

import type { CheckView, FaultView } from '../host/wire';

export interface MarkedRow {
  readonly line: number;
  readonly cells: readonly { readonly value: string; readonly faults: readonly FaultView[] }[];
  /** What is wrong with the row as a whole. */
  readonly faults: readonly FaultView[];
  /** Whether rows are left out before this one. */
  readonly isAfterGap: boolean;
}

export interface MarkedSheet {
  readonly header: readonly string[];
  readonly rows: readonly MarkedRow[];
}

/** Lays faults on the rows that they are about: the last row that begins at or before their line. */
export function mark({ header, rows, faults }: CheckView): MarkedSheet {
  const columns = header.map((name) => name.trim());
  const byRow = new Map<number, FaultView[]>();
  for (const fault of faults) {
    const at = rows.findLastIndex((row) => row.line <= fault.line);
    // What is wrong above the first row is about the sheet, and only listed.
    if (at >= 0) byRow.set(at, [...(byRow.get(at) ?? []), fault]);
  }
  const marked = rows.map((row, at): MarkedRow => {
    const here = byRow.get(at) ?? [];
    const cells = columns.map((name, column) => ({
      value: row.cells[column] ?? '',
      faults: here.filter((fault) => fault.column === name),
    }));
    return { line: row.line, cells, faults: here.filter((fault) => !columns.includes(fault.column ?? '')), isAfterGap: row.isAfterGap };
  });
  return { header, rows: marked };
}
