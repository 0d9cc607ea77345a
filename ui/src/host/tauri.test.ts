import { emit } from '@tauri-apps/api/event';
import { clearMocks, mockConvertFileSrc, mockIPC } from '@tauri-apps/api/mocks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Offer } from './commands';
import { ID, request } from './fake';
import { Problem, Unreachable } from './problem';
import { createHost } from './tauri';

const OFFER: Offer = { id: 'o1', name: 'shop.csv', kind: 'sheet', files: 1 };
const RECIPE = { format: 'webp', quality: null, maxWidth: null, maxHeight: null, metadata: 'drop' } as const;

type Call = { name: string; sent: Record<string, unknown> };

/** The app, as a test says that it answers; what it was asked comes back. */
function app(answers: Record<string, (sent: never) => unknown>): Call[] {
  const calls: Call[] = [];
  mockIPC((name, sent) => {
    calls.push({ name, sent: sent as Record<string, unknown> });
    const answer = answers[name];
    if (answer === undefined) throw new Error(`the test says nothing of ${name}`);
    return answer(sent as never);
  }, { shouldMockEvents: true });
  mockConvertFileSrc('linux');
  return calls;
}

// Tauri's half lies in the window.
beforeEach(() => { vi.stubGlobal('window', globalThis); });
afterEach(() => { clearMocks(); vi.unstubAllGlobals(); });

describe('the desktop app as a host', () => {
  it('is asked with one argument', async () => {
    const calls = app({ list: () => ({ requests: [request(1)], nextCursor: null }), products: () => null });
    const host = createHost();
    expect((await host.list('c')).requests).toHaveLength(1);
    await host.products(ID, { from: { cursor: 'x' }, limit: 5, onlyFailed: true });
    await host.products(ID, { from: 200, limit: 100 });
    expect(calls).toEqual([
      { name: 'list', sent: { asked: { limit: 50, cursor: 'c' } } },
      { name: 'products', sent: { asked: { requestId: ID, from: null, cursor: 'x', limit: 5, onlyFailed: true, search: '' } } },
      { name: 'products', sent: { asked: { requestId: ID, from: 200, cursor: null, limit: 100, onlyFailed: false, search: '' } } },
    ]);
  });

  it('tells what it refuses, and what cannot be reached', async () => {
    const problem = { type: 'about:blank', title: 'Not Found', status: 404, detail: 'there is no such request', instance: '/', code: 'not_found' };
    app({
      cancel: () => Promise.reject({ is: 'problem', problem }),
      list: () => Promise.reject({ is: 'unreachable', words: 'mill.example cannot be reached: invalid certificate' }),
      report: () => Promise.reject('no such command'),
    });
    const host = createHost();
    const refused: unknown = await host.cancel(ID).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Problem);
    expect(refused).toMatchObject({ status: 404, code: 'not_found', message: 'there is no such request' });
    const away: unknown = await host.list(null).catch((error: unknown) => error);
    expect(away).toBeInstanceOf(Unreachable);
    expect(away).toMatchObject({ message: 'mill.example cannot be reached: invalid certificate' });
    await expect(host.report(ID)).rejects.toThrow('no such command');
  });

  it('is given rows that were pasted once, and holds what was offered', async () => {
    const received = { is: 'received', received: { status: 'received', requestId: ID } };
    const calls = app({ offer_text: () => OFFER, check: () => ({ faults: [] }), submit: () => received });
    const host = createHost();
    const pasted = new File(['a,b\n'], 'pasted rows.csv');
    await host.check(pasted);
    expect(await host.submit(pasted, RECIPE, 'k')).toEqual({ is: 'received', requestId: ID });
    await host.check(OFFER);
    expect(calls.map(({ name }) => name)).toEqual(['offer_text', 'check', 'submit', 'check']);
    expect(calls[0]?.sent).toEqual({ asked: { name: 'pasted rows.csv', content: 'a,b\n' } });
    expect(calls[2]?.sent).toEqual({ asked: { offer: 'o1', recipe: RECIPE, idempotencyKey: 'k' } });
  });

  it('says that a sheet waits', async () => {
    app({ submit: () => ({ is: 'queued', queued: { id: 'q', address: 'https://mill.example/', fileName: 'shop.csv', createdAt: '', why: null } }) });
    expect(await createHost().submit(OFFER, RECIPE, 'k')).toEqual({ is: 'queued' });
  });

  it('changes the way with the key that is kept, another one or none, and ends the app', async () => {
    const calls = app({ change_way: () => ({ way: { is: 'here' }, state: 'ok', why: null, queued: 0 }), quit: () => null });
    const { desktop } = createHost();
    const way = { is: 'server', address: 'mill.example' } as const;
    await desktop?.changeWay(way, undefined);
    await desktop?.changeWay(way, 'pxm_1');
    await desktop?.changeWay(way, null);
    await desktop?.quit();
    expect(calls).toEqual([
      { name: 'change_way', sent: { asked: { way } } },
      { name: 'change_way', sent: { asked: { way, key: 'pxm_1' } } },
      { name: 'change_way', sent: { asked: { way, key: null } } },
      { name: 'quit', sent: { asked: {} } },
    ]);
  });

  it('follows a request by a channel until that is ended', async () => {
    let channel: { onmessage(heard: unknown): void } | undefined;
    const calls = app({ watch: (sent: { channel: typeof channel }) => { channel = sent.channel; return 7; }, unwatch: () => null });
    const watching = { onView: vi.fn(), onLiveness: vi.fn(), onGone: vi.fn() };
    const end = createHost().watch(ID, watching);
    await vi.waitFor(() => expect(channel).toBeDefined());
    channel?.onmessage({ is: 'liveness', liveness: 'live' });
    channel?.onmessage({ is: 'view', view: request(3) });
    channel?.onmessage({ is: 'gone' });
    expect(watching.onLiveness).toHaveBeenCalledWith('live');
    expect(watching.onView).toHaveBeenCalledWith(request(3));
    expect(watching.onGone).toHaveBeenCalledOnce();
    end();
    channel?.onmessage({ is: 'view', view: request(4) });
    expect(watching.onView).toHaveBeenCalledOnce();
    await vi.waitFor(() => expect(calls.at(-1)).toEqual({ name: 'unwatch', sent: { asked: { number: 7 } } }));
  });

  it('shows own renditions by its own scheme, and no others', () => {
    app({});
    const { picture } = createHost();
    const own = `pixmill://localhost/rendition/${ID}/1-mug.webp`;
    expect(picture(`https://mill.example/images/${ID}/1-mug.webp?until=9&sig=x`)).toBe(own);
    expect(picture(own)).toBe(own);
    expect(picture(`https://cdn.example/elsewhere/${ID}/1-mug.webp`)).toBeNull();
    expect(picture('mug.webp')).toBeNull();
  });

  it('is heard until that is ended', async () => {
    app({});
    const { desktop } = createHost();
    const heard: boolean[] = [];
    const end = desktop?.hear('held', (isHeld) => heard.push(isHeld));
    await vi.waitFor(async () => { await emit('held', true); expect(heard).not.toEqual([]); });
    end?.();
    const before = heard.length;
    await emit('held', false);
    expect(heard).toHaveLength(before);
  });
});
