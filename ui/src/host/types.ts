/**
 * What the page asks of whatever carries the engine. Nothing else in the page knows whether it
 * talks to a server or to the desktop app.
 */

import type { Offer, Saved } from './commands';
import type { Desktop } from './desktop';
import type {
  CheckView, DeliveryList, DeliveryView, KeyList, KeyOrder, KeyView, NewKeyView, ReportView, RequestList,
  RequestView, SessionView, StatusView, WebhookChange, WebhookDraft, WebhookList, WebhookSecretView, WebhookView,
} from './wire';

/** What is handed in: a file of the browser, or what the desktop app holds for the page. */
export type Sheet = File | Offer;

/** What has become of a sheet that was handed in. */
export type Handed =
  | { readonly is: 'received'; readonly requestId: string }
  /** The server does not take it yet: it is sent by itself once it does. */
  | { readonly is: 'queued' };

/** How the images of a sheet are to be compressed; what is left out is the format's own default. */
export interface Recipe {
  readonly format: 'webp' | 'jpeg' | 'png' | 'avif' | 'keep';
  readonly quality: number | null;
  readonly maxWidth: number | null;
  readonly maxHeight: number | null;
  readonly metadata: 'drop' | 'keep';
}

/** Which products of a request are wanted. */
export interface ProductsWanted {
  /** The place of the first one in the sheet, counted from 0, or what the page before said. */
  readonly from?: number | { readonly cursor: string };
  /** How many at most: 1 to 1000. */
  readonly limit: number;
  readonly onlyFailed?: boolean;
  /** Words of the product's name or serial number. */
  readonly search?: string;
}

/** How news of a request comes: as it happens, or by asking again and again. */
export type Liveness = 'live' | 'polling' | 'offline';

/** Hears of a request until it is closed. */
export interface Watching {
  onView(view: RequestView): void;
  onLiveness(liveness: Liveness): void;
  /** The request is no more, or cannot be seen. */
  onGone(): void;
}

export interface Host {
  session(): Promise<SessionView>;
  /** Sends this key with all that follows; `null` sends none. */
  useKey(key: string | null): void;

  check(sheet: Sheet): Promise<CheckView>;
  /** Has the person save the same sheet with its faults in a first column. */
  marked(sheet: Sheet): Promise<Saved | null>;
  sample(): Promise<Sheet>;
  submit(sheet: Sheet, recipe: Recipe, idempotencyKey: string): Promise<Handed>;

  list(cursor: string | null): Promise<RequestList>;
  products(id: string, wanted: ProductsWanted): Promise<StatusView>;
  report(id: string): Promise<ReportView>;
  /** Follows a request until what comes back is called or the request has ended. */
  watch(id: string, watching: Watching): () => void;
  cancel(id: string): Promise<RequestView>;
  /** Sends failed images round again: those of one reason, or all. */
  retry(id: string, reason: string | null): Promise<RequestView>;
  remove(id: string): Promise<void>;
  /** Has the person save the results sheet, or all renditions; tells where, as far as that is known. */
  save(id: string, what: 'results.csv' | 'images.zip'): Promise<Saved | null>;
  /** Where a rendition can be shown from; `null` where it lies elsewhere. */
  picture(output: string): string | null;
  /** The source of an image, fetched again; `row` is the product's. */
  source(id: string, row: number, image: number): Promise<Blob>;

  webhooks(cursor: string | null): Promise<WebhookList>;
  webhook(id: string): Promise<WebhookView>;
  addWebhook(draft: WebhookDraft): Promise<WebhookSecretView>;
  changeWebhook(id: string, change: Partial<WebhookChange>): Promise<WebhookView>;
  rotateWebhook(id: string): Promise<WebhookSecretView>;
  removeWebhook(id: string): Promise<void>;
  testWebhook(id: string): Promise<DeliveryView>;
  deliveries(id: string, cursor: string | null): Promise<DeliveryList>;
  redeliver(id: string, message: string): Promise<DeliveryView>;

  keys(cursor: string | null): Promise<KeyList>;
  addKey(order: KeyOrder): Promise<NewKeyView>;
  rotateKey(id: string): Promise<NewKeyView>;
  revokeKey(id: string): Promise<KeyView | null>;

  /** What only the desktop app can do. */
  readonly desktop?: Desktop;
}
