import { describe, expect, it } from 'vitest';

import { mark } from './marking';

describe('marking', () => {
  const check = {
    products: 3, images: 3, header: ['S. No.', ' Product Name ', 'Input Image Urls'], moreFaults: 0,
    rows: [
      { line: 2, isAfterGap: false, cells: ['1', 'Mug', ''] },
      { line: 9, isAfterGap: true, cells: ['9', '', 'ftp://x\nhttp://y'] },
    ],
  };
  const fault = (line: number, column: string | null) => ({ line, column, code: 'x', message: `${line} ${column}` });

  it('lays each fault on its cell, also below the line that its row begins on', () => {
    const { rows } = mark({ ...check, faults: [fault(2, 'Input Image Urls'), fault(9, 'Product Name'), fault(10, 'Input Image Urls')] });
    expect(rows.map((row) => row.cells.map((cell) => cell.faults.length))).toEqual([[0, 0, 1], [0, 1, 1]]);
  });
  it('lays what is about a whole row on the row, and what is about the sheet on none', () => {
    const { rows } = mark({ ...check, faults: [fault(1, 'Product Name'), fault(9, null)] });
    expect(rows.map((row) => row.faults.length)).toEqual([0, 1]);
  });
});
