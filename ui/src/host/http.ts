/** The host over HTTP: the server that the page came from. */

import { download, followLink } from './download';
import { Problem, Unreachable } from './problem';
import type { Host, ProductsWanted, Recipe, Sheet } from './types';
import { follow } from './watch';
import type { DownloadView, ProblemView, ReceivedView } from './wire';

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
interface Sent {
  readonly body?: BodyInit;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
  readonly keepalive?: boolean;
}

/** A host that sends its requests to the page's own origin. */
export function createHost(origin = location.origin): Host {
  let key: string | null = null;

  async function send(method: Method, path: string, sent: Sent = {}): Promise<Response> {
    const headers = new Headers(sent.headers);
    if (key !== null) headers.set('Authorization', `Bearer ${key}`);
    let response: Response;
    try {
      response = await fetch(new URL(path, origin), { ...sent, method, headers, cache: 'no-store' });
    } catch (error) {
      throw new Unreachable(error);
    }
    if (response.ok) return response;
    throw await problemOf(response);
  }

  async function ask<T>(method: Method, path: string, body?: unknown): Promise<T> {
    const headers = { 'Content-Type': 'application/json' };
    const sent = body === undefined ? {} : { headers, body: JSON.stringify(body) };
    return (await (await send(method, path, sent)).json()) as T;
  }

  /** The path of a rendition of this server, with its signature. */
  function own(output: string): string | null {
    if (!URL.canParse(output)) return null;
    const url = new URL(output);
    return url.pathname.startsWith('/images/') ? url.pathname + url.search : null;
  }

  return {
    session: () => ask('GET', '/session'),
    useKey: (next) => { key = next; },

    check: async (sheet) => (await send('POST', '/check', { body: sheetForm(sheet) })).json(),
    marked: async (sheet) => {
      const response = await send('POST', '/check/marked.csv', { body: sheetForm(sheet) });
      download(nameBesides(sheet.name, 'marked'), await response.blob());
      return null;
    },
    sample: async () => {
      const response = await send('GET', '/samples/products.csv');
      return new File([await response.blob()], 'products.csv', { type: 'text/csv' });
    },
    submit: async (sheet, recipe, idempotencyKey) => {
      const headers = { 'Idempotency-Key': idempotencyKey };
      const response = await send('POST', '/upload', { body: sheetForm(sheet, recipe), headers });
      const { requestId } = (await response.json()) as ReceivedView;
      return { is: 'received', requestId };
    },

    list: (cursor) => ask('GET', `/requests${query({ limit: 50, cursor })}`),
    products: (id, wanted) => ask('GET', `/status/${id}${query(asQuery(wanted))}`),
    report: (id) => ask('GET', `/requests/${id}/report`),
    watch: (id, watching) => follow({
      show: () => ask('GET', `/requests/${id}`),
      stream: async (signal) => {
        const response = await send('GET', `/requests/${id}/events`, { signal });
        if (response.body === null) throw new Unreachable('an answer without a body');
        return response.body;
      },
    }, watching),
    cancel: (id) => ask('POST', `/requests/${id}/cancel`),
    retry: (id, reason) => ask('POST', `/requests/${id}/retry${query({ reason })}`),
    // It goes through although the page is being left.
    remove: async (id) => { await send('DELETE', `/requests/${id}`, { keepalive: true }); },
    save: async (id, what) => {
      const { link } = await ask<DownloadView>('POST', `/requests/${id}/downloads`, { what });
      followLink(link);
      return null;
    },
    picture: own,
    source: async (id, row, image) => (await send('GET', `/requests/${id}/sources/${row}/${image}`)).blob(),

    webhooks: (cursor) => ask('GET', `/webhooks${query({ cursor })}`),
    webhook: (id) => ask('GET', `/webhooks/${id}`),
    addWebhook: (draft) => ask('POST', '/webhooks', draft),
    changeWebhook: (id, change) => ask('PATCH', `/webhooks/${id}`, change),
    rotateWebhook: (id) => ask('POST', `/webhooks/${id}/rotate`),
    removeWebhook: async (id) => { await send('DELETE', `/webhooks/${id}`); },
    testWebhook: (id) => ask('POST', `/webhooks/${id}/test`),
    deliveries: (id, cursor) => ask('GET', `/webhooks/${id}/deliveries${query({ limit: 50, cursor })}`),
    redeliver: (id, message) => ask('POST', `/webhooks/${id}/deliveries/${encodeURIComponent(message)}/redeliver`),

    keys: (cursor) => ask('GET', `/keys${query({ cursor })}`),
    addKey: (order) => ask('POST', '/keys', order),
    rotateKey: (id) => ask('POST', `/keys/${id}/rotate`),
    revokeKey: async (id) => {
      const response = await send('DELETE', `/keys/${id}`);
      return response.status === 204 ? null : response.json();
    },
  };
}

async function problemOf(response: Response): Promise<Problem> {
  const type = response.headers.get('Content-Type') ?? '';
  if (type.startsWith('application/problem+json')) {
    return Problem.from((await response.json()) as ProblemView);
  }
  return new Problem(response.status, 'unknown', `HTTP ${response.status} ${response.statusText}`.trim());
}

function sheetForm(sheet: Sheet, recipe?: Recipe): FormData {
  if (!(sheet instanceof File)) throw new TypeError('only the desktop app holds files for the page');
  const form = new FormData();
  if (recipe !== undefined) {
    // The fields come before the file, so that a wrong one is refused before all is sent.
    for (const [name, value] of Object.entries(recipe)) {
      if (value !== null) form.append(name, String(value));
    }
  }
  form.append('file', sheet, sheet.name);
  return form;
}

function asQuery({ from, limit, onlyFailed, search }: ProductsWanted): Record<string, unknown> {
  const place = typeof from === 'object' ? { cursor: from.cursor } : { from };
  return { ...place, limit, failed: onlyFailed === true ? true : undefined, search: search === '' ? undefined : search };
}

function query(values: Record<string, unknown>): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text === '' ? '' : `?${text}`;
}

/** `products.csv` becomes `products.marked.csv`. */
function nameBesides(name: string, word: string): string {
  const stem = name.replace(/\.[^.]*$/, '');
  return `${stem === '' ? 'sheet' : stem}.${word}.csv`;
}
