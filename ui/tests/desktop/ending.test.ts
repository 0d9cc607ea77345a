/** The app ends, and somebody asks for it before it has. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { button, heading, role } from '../support/person';
import { App } from './support/app';
import { Desk } from './support/desk';
import { Hands } from './support/hands';

const EXAMPLES = join(import.meta.dirname, '../../../examples');
const HEADER = 'S. No.,Product Name,Input Image Urls';

/** The command lines of the processes that were started with a file. */
async function startedWith(file: string): Promise<string[]> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = processes.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => ''));
  return (await Promise.all(lines)).filter((line) => line.split('\0').includes(file));
}

describe('an app that is ending', () => {
  let app: App;
  let hands: Hands;

  beforeAll(async () => {
    const desk = await Desk.make();
    hands = new Hands(desk);
    await hands.makeTray();
    app = await App.start(desk);
  });
  afterAll(() => app.end());

  it('begins again with the sheet that was opened meanwhile', async () => {
    // What is being compressed is seen through, and these take their time.
    const large = await app.desk.lay('large.png', '');
    await app.desk.run('convert', '-size', '2400x1600', 'plasma:', large);
    await app.desk.lay('small.jpg', await readFile(join(EXAMPLES, 'caps.jpg')));
    const rows = ['0,Small,small.jpg,webp', ...[1, 2, 3, 4].map((row) => `${row},Large,large.png,avif`)];
    await app.again(await app.desk.lay('slow.csv', `${HEADER},Format\n${rows.join('\n')}\n`));
    await app.person.see(heading('slow.csv is ready'));
    await app.person.click(button('Compress 5 images'));
    await expect.poll(() => app.person.attribute(role('progressbar'), 'aria-valuetext')).toBe('1 of 5 images');
    await hands.chooseInTray('Quit');
    await expect.poll(() => hands.seesWindow()).toBe(false);
    const late = await app.desk.lay('late.csv', `${HEADER}\n1,Small,small.jpg\n`);
    // Whoever is started hands over, as the one before is still there.
    await app.again(late);
    expect(await startedWith(late)).toEqual([]);
    await expect.poll(() => startedWith(late)).toHaveLength(1);
    await expect.poll(() => hands.seesWindow()).toBe(true);
    await hands.chooseInTray('Quit');
    await expect.poll(() => startedWith(late)).toEqual([]);
    await app.close();
  });
});
