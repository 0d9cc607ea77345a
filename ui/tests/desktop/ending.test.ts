/** The app ends, and somebody asks for it before it has. */

import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Origin } from '../support/origin';
import { button, heading, words } from '../support/person';
import { App } from './support/app';
import { Desk } from './support/desk';
import { Hands } from './support/hands';

/** The command lines of the processes that were started with a file. */
async function startedWith(file: string): Promise<string[]> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = processes.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => ''));
  return (await Promise.all(lines)).filter((line) => line.split('\0').includes(file));
}

describe('an app that is ending', () => {
  let app: App;
  let hands: Hands;
  let origin: Origin;

  beforeAll(async () => {
    const desk = await Desk.make();
    hands = new Hands(desk);
    await hands.makeTray();
    [app, origin] = await Promise.all([App.start(desk), Origin.start()]);
  });
  afterAll(async () => { await app.end(); await origin.end(); });

  it('begins again with the sheet that was opened meanwhile', async () => {
    origin.hold();
    await app.bring('slow.csv', origin.sheet(2));
    await app.person.see(heading('slow.csv is ready'));
    await app.person.click(button('Compress 2 images'));
    await app.person.see(words({ exactly: 'In progress' }));
    await expect.poll(() => origin.held).toBeGreaterThan(0);
    await hands.chooseInTray('Quit');
    await expect.poll(() => hands.seesWindow()).toBe(false);
    const late = await app.desk.lay('late.csv', origin.sheet(3));
    // Whoever is started hands over, as the one before is still there.
    await app.again(late);
    expect(await startedWith(late)).toEqual([]);
    origin.release();
    await expect.poll(() => startedWith(late)).toHaveLength(1);
    await expect.poll(() => hands.seesWindow()).toBe(true);
    await hands.chooseInTray('Quit');
    await expect.poll(() => startedWith(late)).toEqual([]);
    await app.close();
  });
});
