/** The host of the desktop app: the engine is asked by Tauri's commands, and tells by its events. */

import { Channel, convertFileSrc, invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';

import type { Offer, Refusal, Watched } from './commands';
import { desktop, type Ask, type Hear } from './desktop';
import { isGone, Problem, Unreachable } from './problem';
import type { Host, ProductsWanted, Sheet, Watching } from './types';

const PAGE = 50;

const ask: Ask = (name, asked) => call(name, { asked });

async function call<T>(name: string, sent: Record<string, unknown>): Promise<T> {
  try {
    return await invoke<T>(name, sent);
  } catch (refusal) {
    throw errorOf(refusal);
  }
}

const hear: Hear = (name, heard) => {
  let isOver = false;
  const listening = listen<Parameters<typeof heard>[0]>(name, ({ payload }) => { if (!isOver) heard(payload); });
  return () => {
    isOver = true;
    void listening.then((end) => end());
  };
};

/** A host that asks the app whose window the page is in. */
export function createHost(): Host {
  return {
    session: () => ask('session', {}),
    // The app keeps it in the system's keyring, and takes it by its settings.
    useKey: () => {},

    check: async (sheet) => ask('check', { offer: await offered(sheet) }),
    marked: async (sheet) => ask('marked', { offer: await offered(sheet) }),
    sample: () => ask('sample', {}),
    submit: async (sheet, recipe, idempotencyKey) => {
      const handed = await ask('submit', { offer: await offered(sheet), recipe, idempotencyKey });
      return handed.is === 'queued' ? { is: 'queued' } : { is: 'received', requestId: handed.received.requestId };
    },

    list: (cursor) => ask('list', { limit: PAGE, cursor }),
    products: (requestId, wanted) => ask('products', { requestId, ...asAsked(wanted) }),
    report: (requestId) => ask('report', { requestId }),
    watch,
    cancel: (requestId) => ask('cancel', { requestId }),
    retry: (requestId, reason) => ask('retry', { requestId, reason }),
    remove: async (requestId) => { await ask('remove', { requestId }); },
    save: (requestId, what) => ask('save', { requestId, what }),
    picture,
    source: async (requestId, row, image) => new Blob([await ask('source', { requestId, row, image })]),

    webhooks: (cursor) => ask('webhooks', { cursor }),
    webhook: (webhookId) => ask('webhook', { webhookId }),
    addWebhook: (draft) => ask('add_webhook', draft),
    changeWebhook: (webhookId, change) => ask('change_webhook', { webhookId, change }),
    rotateWebhook: (webhookId) => ask('rotate_webhook', { webhookId }),
    removeWebhook: async (webhookId) => { await ask('remove_webhook', { webhookId }); },
    testWebhook: (webhookId) => ask('test_webhook', { webhookId }),
    deliveries: (webhookId, cursor) => ask('deliveries', { webhookId, cursor }),
    redeliver: (webhookId, messageId) => ask('redeliver', { webhookId, messageId }),

    keys: (cursor) => ask('keys', { cursor }),
    addKey: (order) => ask('add_key', order),
    rotateKey: (keyId) => ask('rotate_key', { keyId }),
    revokeKey: (keyId) => ask('revoke_key', { keyId }),

    desktop: desktop(ask, hear),
  };
}

const offers = new WeakMap<File, Promise<Offer>>();

/** What the app knows a sheet by. A file of the page, as one that was pasted, is given to it once. */
async function offered(sheet: Sheet): Promise<string> {
  if (!(sheet instanceof File)) return sheet.id;
  const known = offers.get(sheet) ?? sheet.text().then((content) => ask('offer_text', { name: sheet.name, content }));
  offers.set(sheet, known);
  return (await known).id;
}

function watch(requestId: string, watching: Watching): () => void {
  let isOver = false;
  const channel = new Channel<Watched>((heard) => {
    if (isOver) return;
    switch (heard.is) {
      case 'view': return watching.onView(heard.view);
      case 'liveness': return watching.onLiveness(heard.liveness);
      case 'gone': return watching.onGone();
    }
  });
  const begun = call<number>('watch', { asked: { requestId }, channel });
  begun.catch((error: unknown) => {
    if (isOver) return;
    if (isGone(error)) watching.onGone();
    else watching.onLiveness('offline');
  });
  return () => {
    isOver = true;
    // What was never begun need not be ended.
    begun.then((number) => ask('unwatch', { number })).catch(() => {});
  };
}

const RENDITION = /^\/(?:images|rendition)\/([0-9a-f-]{36})\/([^/]+)$/;

/** Renditions are shown by the app itself, which has them or fetches them with its key. */
function picture(output: string): string | null {
  if (!URL.canParse(output)) return null;
  const [, id, name] = RENDITION.exec(new URL(output).pathname) ?? [];
  return id === undefined || name === undefined ? null : `${convertFileSrc('', 'pixmill')}rendition/${id}/${name}`;
}

function asAsked({ from, limit, onlyFailed = false, search = '' }: ProductsWanted) {
  const isCursor = typeof from === 'object';
  return { from: isCursor ? null : (from ?? null), cursor: isCursor ? from.cursor : null, limit, onlyFailed, search };
}

function errorOf(refusal: unknown): Error {
  if (typeof refusal !== 'object' || refusal === null || !('is' in refusal)) return new Error(String(refusal));
  const told = refusal as Refusal;
  return told.is === 'problem' ? Problem.from(told.problem) : new Unreachable(told, told.words);
}
