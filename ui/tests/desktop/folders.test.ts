/** Folders are watched, also while the window is closed; the tray opens it again and ends all. */

import { access, mkdir, readdir, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { Origin } from '../support/origin';
import { button, css, heading, link, role, words } from '../support/person';
import { App } from './support/app';
import { Desk } from './support/desk';
import { Hands } from './support/hands';

describe('watched folders', () => {
  let app: App;
  let hands: Hands;
  let origin: Origin;
  let folder = '';

  beforeAll(async () => {
    const desk = await Desk.make();
    hands = new Hands(desk);
    folder = desk.path('home', 'incoming');
    [origin] = await Promise.all([Origin.start(), hands.makeTray(), mkdir(folder)]);
    app = await App.start(desk);
  });
  afterAll(async () => { await app.end(); await origin.end(); });
  afterEach(async () => { if (app.isOpen) expect(await app.troubles()).toEqual([]); });

  const see = (...asked: Parameters<App['person']['see']>) => app.person.see(...asked);
  const click = (...asked: Parameters<App['person']['click']>) => app.person.click(...asked);
  const isThere = (name: string) => (): Promise<boolean> => access(`${folder}/${name}`).then(() => true, () => false);

  it('are added with what the system’s dialog answers', async () => {
    await click(link('Folders'));
    await see(heading('No folder is watched'));
    await click(button('Watch a folder'));
    expect(await app.person.axe()).toEqual([]);
    await app.desk.answer(folder);
    await click(button('Choose a folder'));
    await see(words(folder));
    await app.picture('watch-a-folder');
    await click(button({ exactly: 'Watch a folder' }));
    await see(heading(folder));
    await see(words('Waits for sheets'));
  });

  it('have every sheet that appears worked on', async () => {
    await writeFile(`${folder}/spring.csv`, origin.sheet(3));
    await expect.poll(isThere('spring.results.csv')).toBe(true);
    await expect.poll(isThere('done/spring.csv')).toBe(true);
    expect(await readdir(`${folder}/spring.images`)).toHaveLength(3);
    await see(link('Show the request of spring.csv'));
    await writeFile(`${folder}/bad.csv`, 'S. No.,Product Name,Input Image Urls\n1,,nothing\n');
    await expect.poll(isThere('failed/bad.faults.txt')).toBe(true);
    await see(words({ exactly: 'bad.csv' }));
    await app.picture('folders');
    expect(await app.person.axe()).toEqual([]);
    await click(link('Show the request of spring.csv'));
    await see(words({ exactly: 'Done' }));
    await click(link('Folders'));
  });

  it('rest while they are paused', async () => {
    await click(button('Pause'));
    await see(words({ exactly: 'Paused' }));
    const asked = origin.asked.length;
    await writeFile(`${folder}/paused.csv`, origin.sheet(1));
    // It is whole and could be taken: what waits is counted first.
    await expect.poll(() => app.person.read(css('article dl div:first-child'))).toBe('Waiting1');
    expect(await isThere('paused.csv')()).toBe(true);
    expect(await isThere('paused.results.csv')()).toBe(false);
    expect(origin.asked).toHaveLength(asked);
    await click(button('Go on'));
    await expect.poll(isThere('paused.results.csv')).toBe(true);
  });

  it('are worked on while the window is closed, until the tray opens it', async () => {
    await hands.closeWindow();
    await expect.poll(() => hands.seesWindow()).toBe(false);
    await writeFile(`${folder}/unseen.csv`, origin.sheet(2));
    await expect.poll(isThere('unseen.results.csv')).toBe(true);
    await hands.chooseInTray('Open Pixmill');
    await expect.poll(() => hands.seesWindow()).toBe(true);
    await see(words('unseen.csv'));
  });

  it('pause and go on all together by the tray', async () => {
    await hands.chooseInTray('Pause all watched folders');
    await see(words({ exactly: 'Paused' }));
    await hands.chooseInTray('Resume all watched folders');
    await see(words('Waits for sheets'));
  });

  it('are still watched when the app is started again, and no longer once they are removed', async () => {
    await app.close();
    await writeFile(`${folder}/while-off.csv`, origin.sheet(4));
    await app.open();
    await expect.poll(isThere('while-off.results.csv')).toBe(true);
    await click(link('Folders'));
    await click(button('Stop watching'));
    await see(role('dialog', 'Stop watching'));
    await click(button('Stop watching'));
    await see(heading('No folder is watched'));
  });

  it('leave nothing running behind once the app is quit in the tray', async () => {
    await hands.chooseInTray('Quit');
    await expect.poll(() => hands.seesWindow()).toBe(false);
    await expect.poll(() => hands.trayMenu().catch(() => [])).toEqual([]);
    await app.close();
  });

  it('leave nothing running behind either once it is quit in the settings, as where there is no tray', async () => {
    await app.open();
    await click(link('Settings'));
    await see(button('Quit Pixmill'));
    // A little later: whoever clicks has his answer before the app is gone.
    await app.person.run(`void setTimeout(() => [...document.querySelectorAll('button')].find((one) => one.textContent === 'Quit Pixmill').click(), 200)`);
    await expect.poll(() => hands.seesWindow()).toBe(false);
    await expect.poll(() => hands.trayMenu().catch(() => [])).toEqual([]);
    await app.close();
  });
});
