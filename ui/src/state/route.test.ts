import { describe, expect, it } from 'vitest';

import { linkTo, readRoute, type Route } from './route';

const id = '01890a5d-ac96-774b-bcce-b302099a8057';
const routes: Route[] = [
  { at: 'home' }, { at: 'request', id }, { at: 'report', id }, { at: 'webhooks' }, { at: 'webhook', id },
  { at: 'keys' }, { at: 'settings' },
];

describe('routes', () => {
  it('are what their links lead to', () => {
    for (const route of routes) expect(readRoute(linkTo(route))).toEqual(route);
  });
  it('lead nowhere where nothing is', () => {
    for (const hash of ['#/x', '#/requests', '#/requests/..', `#/requests/${id}/x`, `#/keys/${id}`, `#/requests/${id}/report/x`]) {
      expect(readRoute(hash)).toEqual({ at: 'nowhere' });
    }
  });
});
