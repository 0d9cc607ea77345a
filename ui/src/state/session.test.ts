import { describe, expect, it, vi } from 'vitest';

import { fakeHost, noKey } from '../host/fake';
import { get } from './store';
import { sessions } from './session';

function storage(kept: string | null = null) {
  const held = { value: kept };
  return {
    held,
    getItem: () => held.value,
    setItem: (_: string, value: string) => { held.value = value; },
    removeItem: () => { held.value = null; },
  };
}

const admin = { needsKey: true, role: 'admin', name: 'me', version: '1' };

/** A server that takes one key. */
function guarded() {
  let sent: string | null = null;
  return fakeHost({
    useKey: (key: string | null) => { sent = key; },
    session: async () => { if (sent !== 'good') throw noKey; return admin; },
  });
}

describe('the session', () => {
  it('asks for a key where the server does, and reproaches nobody who has sent none', async () => {
    const session = sessions(guarded(), storage());
    await session.begin();
    expect(get(session)).toEqual({ is: 'signedOut', wrong: null });
  });

  it('keeps a good key and forgets a wrong one', async () => {
    const place = storage();
    const session = sessions(guarded(), place);
    await session.signIn('bad');
    expect(get(session)).toEqual({ is: 'signedOut', wrong: 'send an API key' });
    expect(place.held.value).toBeNull();
    await session.signIn('good');
    expect(get(session)).toEqual({ is: 'signedIn', view: admin });
    expect(place.held.value).toBe('good');
  });

  it('goes on with the key that was kept', async () => {
    const session = sessions(guarded(), storage('good'));
    await session.begin();
    expect(get(session)).toEqual({ is: 'signedIn', view: admin });
  });

  it('ends when a key is no longer good', async () => {
    const place = storage('good');
    const session = sessions(guarded(), place);
    await session.begin();
    session.heed(new Error('something else'));
    expect(get(session).is).toBe('signedIn');
    session.heed(noKey);
    expect(get(session).is).toBe('signedOut');
    expect(place.held.value).toBeNull();
  });

  it('waits for a server that does not answer, and keeps the key meanwhile', async () => {
    const place = storage('good');
    const session = sessions(fakeHost({ useKey: vi.fn(), session: async () => { throw new TypeError('refused'); } }), place);
    await session.begin();
    expect(get(session)).toEqual({ is: 'unreachable' });
    expect(place.held.value).toBe('good');
  });
});
