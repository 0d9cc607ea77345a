/** A person with a sheet and no manual, whatever carries the engine. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { button, css, heading, label, link, role, type Stage, words } from '../support/person';

const BAD = `S. No.,Product Name,Input Image Urls,Colour
1,Blue Mug,https://shop.example/mug.jpg,blue
2,,ftp://shop.example/x.jpg,red
2,Cap,,green
`;

export function homeTests(begin: () => Promise<Stage>): void {
  describe('the first screen', () => {
    let stage: Stage;
    const person = (): Stage['person'] => stage.person;

    beforeAll(async () => { stage = await begin(); });
    afterAll(() => stage?.end());
    beforeEach(() => stage.fresh());
    afterEach(async () => { expect(await stage.troubles()).toEqual([]); });

    it('takes the sample sheet to a results sheet', async () => {
      await person().click(button('Try the sample sheet'));
      await person().see(heading('products.csv is ready'));
      await person().click(button('Compress 10 images'));
      await person().see(words({ exactly: 'Done' }));
      const { name, bytes } = await stage.saved(() => person().click(button('Results sheet')));
      expect(name).toBe('products.results.csv');
      const rows = bytes.toString().trim().split(/\r?\n/);
      expect(rows[0]).toContain('Output Image Urls');
      expect(rows.slice(1)).toHaveLength(7);
      expect(rows.slice(1).every((row) => /\.webp\b/.test(row))).toBe(true);
      expect(await person().axe()).toEqual([]);
    });

    it('marks the faulty cells of a bad sheet and sends nothing', async () => {
      await stage.bring('products.csv', BAD);
      await person().see(heading('products.csv has 4 faults'));
      await person().see(words('only http:// and https:// links can'));
      expect(await person().count(css('td.faulty'))).toBe(4);
      expect(await person().count(button(/^Compress/))).toBe(0);
      expect(await person().axe()).toEqual([]);
    });

    it('takes a mended sheet in the place of the faulty one', async () => {
      await stage.bring('shop.csv', BAD);
      await person().see(heading('shop.csv has 4 faults'));
      await stage.bring('shop.csv', 'S. No.,Product Name,Input Image Urls\n1,Mug,https://shop.example/1.jpg\n');
      await person().see(heading('shop.csv is ready'));
    });

    it('gives the marked sheet to be saved', async () => {
      await stage.bring('products.csv', BAD);
      const { name, bytes } = await stage.saved(() => person().click(button('Download the marked sheet')));
      expect(name).toBe('products.marked.csv');
      const rows = bytes.toString().split('\n');
      expect(rows[0]).toBe('Faults,S. No.,Product Name,Input Image Urls,Colour');
      expect(rows[1]).toBe(',1,Blue Mug,https://shop.example/mug.jpg,blue');
      expect(rows[2]).toContain('Product Name: ');
    });

    it('takes rows that were copied in a spreadsheet', async () => {
      await person().click(button('Paste rows'));
      await person().fill(role('textbox', 'Rows'), 'Serial Number\tProduct\tImage Urls\n1\tMug\thttps://shop.example/1.jpg\n');
      await person().click(button('Check the rows'));
      await person().see(heading('pasted rows.csv is ready'));
      await person().see(words('1 product with 1 image'));
    });

    it('looks at one sheet after the other', async () => {
      const one = 'S. No.,Product Name,Input Image Urls\n1,Mug,https://shop.example/1.jpg\n';
      await stage.bring('first.csv', one);
      await person().see(heading('first.csv is ready'));
      await stage.bring('second.csv', one);
      await person().see(words('Then: second.csv'));
      await person().click(button('Choose another sheet'));
      await person().see(heading('second.csv is ready'));
      expect(await person().count(words('Then:'))).toBe(0);
    });

    it('says what a file is that is no sheet', async () => {
      await stage.bring('photo.csv', '\u0089PNG\r\n\u001a\n\0\0\0');
      await person().see(words('not a CSV'));
    });

    it('keeps the recipe that was used last, and refuses one that cannot be', async () => {
      await stage.bring('one.csv', 'S. No.,Product Name,Input Image Urls\n1,Mug,https://shop.example/1.jpg\n');
      await person().click(button('Smallest'));
      await person().fill(label('Quality'), '400');
      await person().see(words('A whole number from 1 to 100'));
      expect(await person().property(button('Compress 1 image'), 'disabled')).toBe(true);
      await person().fill(label('Quality'), '31');
      await person().click(button('Compress 1 image'));
      await person().click(link('All requests'));
      expect(await person().property(label('Quality'), 'value')).toBe('31');
      expect(await person().property(label('Format'), 'value')).toBe('avif');
    });

    it('has nothing that a screen reader stumbles over', async () => {
      await person().see(button('Choose a sheet'));
      expect(await person().axe()).toEqual([]);
    });
  });
}
