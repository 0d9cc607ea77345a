/** The app works with a server of the team: its key, its list, and what happens while it cannot be reached. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { Origin } from '../support/origin';
import { button, heading, label, link, role, within, words } from '../support/person';
import { Server } from '../support/server';
import { App } from './support/app';

describe('working with a server', () => {
  let app: App;
  let server: Server;
  let origin: Origin;
  let key = '';

  beforeAll(async () => {
    [server, origin] = await Promise.all([Server.start('--allow-addresses', '127.0.0.0/8'), Origin.start()]);
    await server.kill();
    key = (await server.run('keys', 'add', '--role', 'uploader', 'Desk')).trim();
    await server.go();
    app = await App.start();
  });
  afterAll(async () => {
    await app.end();
    await Promise.all([server.end(), origin.end()]);
  });
  afterEach(async () => { expect(await app.troubles()).toEqual([]); });

  const see = (...asked: Parameters<App['person']['see']>) => app.person.see(...asked);
  const click = (...asked: Parameters<App['person']['click']>) => app.person.click(...asked);
  const fill = (...asked: Parameters<App['person']['fill']>) => app.person.fill(...asked);

  async function ask(path: string): Promise<unknown> {
    const response = await fetch(`${server.base}${path}`, { headers: { Authorization: `Bearer ${key}` } });
    return response.json();
  }
  const names = async (): Promise<string[]> =>
    ((await ask('/requests')) as { requests: { fileName: string }[] }).requests.map(({ fileName }) => fileName);

  it('says at all times where the work is done', async () => {
    await see(link('This computer'));
    await click(link('Folders'));
    await see(link('This computer'));
  });

  it('begins only with a key that is good', async () => {
    await click(link({ exactly: 'Settings' }));
    await click(role('radio', 'A Pixmill server'));
    await fill(label('Address of the server'), server.base);
    await fill(label('API key'), 'pxm_wrong');
    await click(button('Work this way'));
    await see(role('alert', null));
    await expect.poll(() => app.person.read(role('alert'))).toMatch(/key/);
    expect(await app.person.axe()).toEqual([]);
    await see(link('This computer'));
    await fill(label('API key'), key);
    await click(button('Work this way'));
    await see(link(/^Server 127\.0\.0\.1:\d+ connected/));
    await see(words('the one that is kept stays'));
    await app.picture('settings-server');
    // Without a key the one that is kept is good for the same server.
    await click(button('Work this way'));
    await see(words('The work is done by'));
    await see(link(/^Server 127\.0\.0\.1:\d+ connected/));
  });

  it('is taken up again with the key that is kept', async () => {
    await click(role('radio', 'This computer'));
    await click(button('Work this way'));
    await see(link({ exactly: 'This computer' }));
    // The form is made anew.
    await click(link('Requests'));
    await click(link({ exactly: 'Settings' }));
    await click(role('radio', 'A Pixmill server'));
    expect(await app.person.property(label('Address of the server'), 'value')).toBe(`${server.base}/`);
    await click(button('Work this way'));
    await see(link(/^Server 127\.0\.0\.1:\d+ connected/));
    await see(role('checkbox', 'Forget the key that is kept'));
  });

  it('keeps the key in the keyring only', async () => {
    const found: string[] = [];
    for (const file of await readdir(app.desk.path('home'), { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      const path = join(file.parentPath, file.name);
      if ((await readFile(path)).includes(key)) found.push(path);
    }
    expect(found).toEqual([]);
    expect(await app.person.run<string>('document.documentElement.outerHTML + JSON.stringify({ ...localStorage })')).not.toContain(key);
  });

  it('shows what is done there, as it happens', async () => {
    await app.bring('there.csv', origin.sheet(6));
    await see(heading('there.csv is ready'));
    origin.hold();
    await click(button('Compress 6 images'));
    await see(heading({ exactly: 'there.csv' }));
    await expect.poll(() => origin.held).toBeGreaterThan(1);
    origin.release(2);
    await expect.poll(() => app.person.attribute(role('progressbar'), 'aria-valuetext')).toBe('2 of 6 images');
    expect(await app.person.count(words('Live updates are interrupted'))).toBe(0);
    origin.release();
    await see(words({ exactly: 'Done' }));
    expect(await names()).toEqual(['there.csv']);
    await click(button('Product 1, image 1: compare before and after'));
    for (const image of ['before', 'after']) {
      await expect.poll(() => app.person.run<number>(`document.querySelector('dialog img.${image}')?.naturalWidth ?? 0`)).toBeGreaterThan(0);
    }
    await app.person.press('Escape');
    const { name, bytes } = await app.saved(() => click(button('All images (ZIP)')));
    expect(name).toBe('there.images.zip');
    expect(bytes.subarray(0, 2).toString()).toBe('PK');
  });

  it('shows what others hand in', async () => {
    await click(link('All requests'));
    const form = new FormData();
    form.append('file', new File([origin.sheet(1)], 'from elsewhere.csv', { type: 'text/csv' }));
    await fetch(`${server.base}/upload`, { method: 'POST', body: form, headers: { Authorization: `Bearer ${key}` } });
    await see(link(/from elsewhere\.csv/));
  });

  it('holds what is handed in while the server cannot be reached, and sends it once', async () => {
    await server.kill();
    await see(link(/^Server 127\.0\.0\.1:\d+ cannot be reached/));
    await app.bring('late.csv', origin.sheet(2));
    await see(heading('late.csv is ready'));
    await click(button('Compress 2 images'));
    await see(within(role('region', 'Sheets that wait'), words(/^Server 127\.0\.0\.1:\d+/)));
    await app.bring('later.csv', origin.sheet(3));
    await see(heading('later.csv is ready'));
    await click(button('Compress 3 images'));
    await see(link(/2 sheets wait/));
    await app.picture('queued');
    expect(await app.person.axe()).toEqual([]);
    // What waits outlives the app.
    await app.close();
    await app.open();
    await see(link(/2 sheets wait/));
    await server.go();
    await see(link(/^Server 127\.0\.0\.1:\d+ connected$/));
    await expect.poll(() => app.person.count(heading('Sheets that wait'))).toBe(0);
    await expect.poll(names).toEqual(['later.csv', 'late.csv', 'from elsewhere.csv', 'there.csv']);
    await see(link(/later\.csv/));
  });

  it('says that the key is no longer good, and leaves the settings within reach', async () => {
    await server.kill();
    await server.run('keys', 'revoke', 'Desk');
    await server.go();
    await see(link(/refuses the key/));
    await click(link({ exactly: 'Settings' }));
    await click(role('radio', 'This computer'));
    await click(button('Work this way'));
    await see(link({ exactly: 'This computer' }));
    await click(link('Requests'));
    await see(heading('Nothing here yet'));
  });
});
