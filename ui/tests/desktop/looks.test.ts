/** Every screen in the window: narrow and wide, dark and light. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { button, link, role, words } from '../support/person';
import { App } from './support/app';

const ROOMS = { requests: '#/', folders: '#/folders', webhooks: '#/webhooks', settings: '#/settings' };

describe('every screen of the window', () => {
  let app: App;
  let request = '';

  beforeAll(async () => {
    app = await App.start();
    await app.person.click(button('Try the sample sheet'));
    await app.person.click(button('Compress 10 images'));
    await app.person.see(words({ exactly: 'Done' }));
    request = await app.person.run<string>('location.hash');
  });
  afterAll(() => app.end());

  for (const look of ['Light', 'Dark']) {
    for (const width of [360, 1280]) {
      it(`fits ${width} pixels and can be read in ${look.toLowerCase()} colours`, async () => {
        await app.person.click(link('Settings'));
        await app.person.click(role('radio', look));
        await app.resize(width, 900);
        for (const [name, room] of Object.entries({ ...ROOMS, request })) {
          await app.person.run(`void (location.hash = ${JSON.stringify(room)})`);
          await app.person.see(role('heading'));
          await expect.poll(() => app.person.run<number>('innerWidth')).toBe(width);
          const over = await app.person.run<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
          expect(over, `${name} is wider than the window`).toBeLessThanOrEqual(0);
          expect(await app.person.axe(), name).toEqual([]);
          await app.picture(`${name}-${look.toLowerCase()}-${width}`);
        }
        expect(await app.troubles()).toEqual([]);
      });
    }
  }
});
