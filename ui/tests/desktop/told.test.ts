/** The person is told outside of the window: by a notification, on the task bar, in the tray. */

import { readdir } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { Origin } from '../support/origin';
import { button, heading, words } from '../support/person';
import { App } from './support/app';
import { Desk } from './support/desk';
import { Hands } from './support/hands';

describe('whoever does not look at the window', () => {
  let app: App;
  let hands: Hands;
  let origin: Origin;

  beforeAll(async () => {
    const desk = await Desk.make();
    hands = new Hands(desk);
    await Promise.all([hands.makeTray(), hands.makeNotices(), desk.makeFileManager()]);
    [app, origin] = await Promise.all([App.start(desk), Origin.start()]);
  });
  afterAll(() => Promise.all([app.end(), origin.end()]));
  afterEach(async () => { expect(await app.troubles()).toEqual([]); });

  const tray = async (): Promise<string[]> => (await hands.trayMenu()).map(({ label }) => label);
  const progress = async (): Promise<unknown[]> => (await hands.notices()).filter((notice) => 'progress' in notice);

  it('sees on the task bar and in the tray how far it is', async () => {
    origin.hold();
    await app.bring('spring.csv', origin.sheet(4));
    await app.person.see(heading('spring.csv is ready'));
    await app.person.click(button('Compress 4 images'));
    await expect.poll(() => origin.held).toBeGreaterThan(1);
    origin.release(2);
    await expect.poll(tray).toContain('2 of 4 images');
    await expect.poll(progress).toContainEqual({ progress: 0.5, visible: true });
  });

  it('is told at the end, and shown the results where that is followed', async () => {
    origin.release();
    await app.person.see(words({ exactly: 'Done' }));
    await expect.poll(async () => (await hands.notices()).filter((notice) => 'title' in notice)).toEqual([
      { title: 'spring.csv', body: '4 images compressed, 60% smaller.', actions: ['Show results', 'Show results'] },
    ]);
    await expect.poll(() => app.desk.shown()).toHaveLength(1);
    const [shown = ''] = await app.desk.shown();
    expect(await readdir(shown)).toContain('spring.results.csv');
    await expect.poll(tray).toContain('Nothing to do');
    await expect.poll(async () => (await progress()).at(-1)).toMatchObject({ visible: false });
  });

  it('is shown them by the window as well', async () => {
    await app.person.click(button('Show results'));
    await expect.poll(() => app.desk.shown()).toHaveLength(2);
    const [first, second] = await app.desk.shown();
    expect(second).toBe(first);
  });
});
