/** What is done in the app appears in the team's deployment, and what others do is shown in the app. */

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { Origin } from '../support/origin';
import { button, heading, label, link, role, words } from '../support/person';
import { Server } from '../support/server';
import { App } from './support/app';
import { Database } from './support/database';

interface Listed { readonly requestId: string; readonly fileName: string; readonly status: string; readonly madeElsewhere: boolean }

describe('sharing with a team', () => {
  let app: App;
  let database: Database;
  let server: Server;
  let origin: Origin;

  beforeAll(async () => {
    [database, origin] = await Promise.all([Database.start(), Origin.start()]);
    server = await Server.start('--store', database.address, '--allow-addresses', '127.0.0.0/8');
    app = await App.start();
  });
  afterAll(async () => {
    await app?.end();
    await server?.end();
    await Promise.all([database?.end(), origin?.end()]);
  });
  afterEach(async () => { expect(await app.troubles()).toEqual([]); });

  const see = (...asked: Parameters<App['person']['see']>) => app.person.see(...asked);
  const click = (...asked: Parameters<App['person']['click']>) => app.person.click(...asked);
  const fill = (...asked: Parameters<App['person']['fill']>) => app.person.fill(...asked);

  async function listed(): Promise<readonly Listed[]> {
    const response = await fetch(`${server.base}/requests`);
    return ((await response.json()) as { requests: readonly Listed[] }).requests;
  }

  it('begins with an address, which is kept in the keyring', async () => {
    await app.bring('offline.csv', origin.sheet(3));
    await see(heading('offline.csv is ready'));
    await click(button('Compress 3 images'));
    await see(words({ exactly: 'Done' }));

    await click(link({ exactly: 'Settings' }));
    await fill(label('Address of the database'), 'postgres://me:secret@db.example/pixmill');
    await click(button({ exactly: 'Share' }));
    await see(role('alert', null));
    await expect.poll(() => app.person.read(role('alert'))).toMatch(/^(?!.*secret).*mongodb/i);
    await fill(label('Address of the database'), database.address);
    await click(button({ exactly: 'Share' }));
    await see(link(/^In step$/));
    await see(words('Nothing waits to be sent.'));
    expect(await app.person.axe()).toEqual([]);
    await app.picture('settings-shared');
  });

  it('sends what was done before, with its images', async () => {
    await expect.poll(listed).toMatchObject([{ fileName: 'offline.csv', status: 'completed', madeElsewhere: true }]);
    const [request] = await listed();
    const response = await fetch(`${server.base}/status/${request?.requestId}`);
    const { processedData } = (await response.json()) as { processedData: readonly { outputImageUrls: readonly string[] }[] };
    const outputs = processedData.flatMap(({ outputImageUrls }) => outputImageUrls);
    expect(outputs).toHaveLength(3);
    for (const output of outputs) {
      const image = await fetch(output);
      expect([image.status, image.headers.get('Content-Type')]).toEqual([200, 'image/webp']);
    }
  });

  it('shows what others have done, to be read only', async () => {
    const form = new FormData();
    form.append('file', new File([origin.sheet(2)], 'others.csv', { type: 'text/csv' }));
    await fetch(`${server.base}/upload`, { method: 'POST', body: form });
    await click(link('Requests'));
    await click(link(/others\.csv/));
    await see(words('It was made on another computer'));
    await see(words({ exactly: 'Done' }));
    expect(await app.person.count(button('Delete'))).toBe(0);
    await click(button('Product 1, image 1: compare before and after'));
    await expect.poll(() => app.person.run<number>(`document.querySelector('dialog img.after')?.naturalWidth ?? 0`)).toBeGreaterThan(0);
    await app.person.press('Escape');
    await app.picture('made-elsewhere');
  });

  it('goes on without the database, and says so', async () => {
    await database.kill();
    await app.bring('meanwhile.csv', origin.sheet(1));
    await see(heading('meanwhile.csv is ready'));
    await click(button('Compress 1 image'));
    await see(words({ exactly: 'Done' }));
    await see(link(/^Database away 1 to send/));
    await app.picture('database-away');
    await database.go();
    await click(link({ exactly: 'Settings' }));
    await see(link(/^In step$/));
    await expect.poll(async () => (await listed()).map(({ fileName }) => fileName)).toContain('meanwhile.csv');
  });

  it('ends when somebody says so, and takes nothing back', async () => {
    await click(button('Stop sharing'));
    await see(words('This computer shares nothing any more'));
    expect(await app.person.count(link(/^In step$/))).toBe(0);
    expect(await listed()).toHaveLength(3);
  });
});
