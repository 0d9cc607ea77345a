// What the desktop app is asked and tells. Stands in until it is made from src-tauri.

import type {
  CheckView, DeliveryList, DeliveryView, FolderView, KeyList, KeyOrder, KeyView, NewKeyView, ProblemView, ReceivedView,
  RecipeView, ReportView, RequestList, RequestView, SessionView, StatusView, WatchedSheetView, WebhookChange,
  WebhookDraft, WebhookList, WebhookSecretView, WebhookView,
} from './wire';

export type Refusal = { is: 'problem'; problem: ProblemView } | { is: 'unreachable'; words: string };

export type OfferKind = 'sheet' | 'images';
export type Offer = { id: string; name: string; kind: OfferKind; files: number };
export type ChosenFolder = { id: string; path: string };
export type Saved = { path: string };
export type Way = { is: 'here' } | { is: 'server'; address: string };
export type WayState = 'ok' | 'unreachable' | 'refused';
export type WayView = { way: Way; state: WayState; why: string | null; queued: number };
export type SettingsView = {
  way: Way; hasKey: boolean; sync: { address: string } | null; dataFolder: string; outFolder: string;
  autostart: boolean; version: string;
};
export type QueuedView = { id: string; fileName: string; createdAt: string; why: string | null };
export type Handed = { is: 'received'; received: ReceivedView } | { is: 'queued'; queued: QueuedView };
export type FolderSettingView = { id: string; recipe: RecipeView; beside: boolean; status: FolderView };
export type Destination = { is: 'beside' } | { is: 'same' } | { is: 'chosen'; id: string };
export type Watched =
  | { is: 'view'; view: RequestView }
  | { is: 'liveness'; liveness: 'live' | 'polling' | 'offline' }
  | { is: 'gone' };

type Nothing = Record<string, never>;
type Cursor = { cursor: string | null };
type OfRequest = { requestId: string };
type OfWebhook = { webhookId: string };

export interface Commands {
  session: { asked: Nothing; answer: SessionView };
  check: { asked: { offer: string }; answer: CheckView };
  marked: { asked: { offer: string }; answer: Saved | null };
  sample: { asked: Nothing; answer: Offer };
  submit: { asked: { offer: string; recipe: RecipeView; idempotencyKey: string }; answer: Handed };
  list: { asked: Cursor & { limit: number }; answer: RequestList };
  show: { asked: OfRequest; answer: RequestView };
  products: {
    asked: OfRequest & { from: number | null; cursor: string | null; limit: number; onlyFailed: boolean; search: string };
    answer: StatusView;
  };
  report: { asked: OfRequest; answer: ReportView };
  watch: { asked: OfRequest; answer: number };
  unwatch: { asked: { number: number }; answer: null };
  cancel: { asked: OfRequest; answer: RequestView };
  retry: { asked: OfRequest & { reason: string | null }; answer: RequestView };
  remove: { asked: OfRequest; answer: null };
  save: { asked: OfRequest & { what: 'results.csv' | 'images.zip' }; answer: Saved | null };
  show_results: { asked: OfRequest; answer: null };
  source: { asked: OfRequest & { row: number; image: number }; answer: ArrayBuffer };

  webhooks: { asked: Cursor; answer: WebhookList };
  webhook: { asked: OfWebhook; answer: WebhookView };
  add_webhook: { asked: WebhookDraft; answer: WebhookSecretView };
  change_webhook: { asked: OfWebhook & { change: Partial<WebhookChange> }; answer: WebhookView };
  rotate_webhook: { asked: OfWebhook; answer: WebhookSecretView };
  remove_webhook: { asked: OfWebhook; answer: null };
  test_webhook: { asked: OfWebhook; answer: DeliveryView };
  deliveries: { asked: OfWebhook & Cursor; answer: DeliveryList };
  redeliver: { asked: OfWebhook & { messageId: string }; answer: DeliveryView };

  keys: { asked: Cursor; answer: KeyList };
  add_key: { asked: KeyOrder; answer: NewKeyView };
  rotate_key: { asked: { keyId: string }; answer: NewKeyView };
  revoke_key: { asked: { keyId: string }; answer: KeyView | null };

  offers: { asked: Nothing; answer: Array<Offer> };
  choose: { asked: { what: 'sheets' | 'images' | 'folder' }; answer: Array<Offer> };
  offer_text: { asked: { name: string; content: string }; answer: Offer };

  settings: { asked: Nothing; answer: SettingsView };
  way: { asked: Nothing; answer: WayView };
  change_way: { asked: { way: Way; key?: string | null }; answer: WayView };
  set_autostart: { asked: { on: boolean }; answer: SettingsView };
  show_folder: { asked: { what: 'data' | 'out' }; answer: null };
  queue: { asked: Nothing; answer: Array<QueuedView> };
  unqueue: { asked: { id: string }; answer: null };

  choose_folder: { asked: Nothing; answer: ChosenFolder | null };
  folders: { asked: Nothing; answer: Array<FolderSettingView> };
  add_folder: { asked: { folder: string; destination: Destination; recipe: RecipeView }; answer: FolderSettingView };
  change_folder: { asked: { id: string; destination: Destination; recipe: RecipeView }; answer: FolderSettingView };
  remove_folder: { asked: { id: string }; answer: null };
  pause_folder: { asked: { id: string }; answer: FolderSettingView };
  resume_folder: { asked: { id: string }; answer: FolderSettingView };
  watched_sheets: { asked: Nothing; answer: Array<WatchedSheetView> };
}

export interface Events {
  offered: Offer;
  held: boolean;
  changed: { requestId: string };
  way: WayView;
  queued: Array<QueuedView>;
  folder: FolderSettingView;
  watched_sheet: WatchedSheetView;
}
