// What the desktop app is asked and tells. Made by `make wire`: not to be changed by hand.

import type {
  SessionView,
  ProblemView,
  CheckView,
  ReceivedView,
  RecipeView,
  RequestView,
  RequestList,
  StatusView,
  ReportView,
  WebhookDraft,
  WebhookChange,
  WebhookView,
  WebhookSecretView,
  WebhookList,
  DeliveryView,
  DeliveryList,
  KeyOrder,
  KeyView,
  NewKeyView,
  KeyList,
  FolderView,
  WatchedSheetView,
  SyncView,
} from './wire';

export type Refusal = { "is": "problem", 
/**
 * What.
 */
problem: ProblemView, } | { "is": "unreachable", 
/**
 * Why, in words for people.
 */
words: string, };
export type OfferKind = "sheet" | "images";
export type Offer = { 
/**
 * By what the page names it: a UUID.
 */
id: string, 
/**
 * What it is called, for people.
 */
name: string, 
/**
 * What it is.
 */
kind: OfferKind, 
/**
 * How many files it is: one sheet, or so many images.
 */
files: number, };
export type Saved = { 
/**
 * The file, to be shown.
 */
path: string, };
export type QueuedView = { 
/**
 * By what it is named: a UUID.
 */
id: string, 
/**
 * The server that it is for.
 */
address: string, 
/**
 * What the sheet is called.
 */
fileName: string, 
/**
 * When it was handed in (RFC 3339).
 */
createdAt: string, 
/**
 * Why it was not taken yet; `null` where nobody has said.
 */
why: string | null, };
export type Handed = { "is": "received", 
/**
 * The request.
 */
received: ReceivedView, } | { "is": "queued", 
/**
 * What waits.
 */
queued: QueuedView, };
export type Way = { "is": "here" } | { "is": "server", 
/**
 * Where the server is.
 */
address: string, };
export type WayState = "ok" | "unreachable" | "refused";
export type WayView = { 
/**
 * Where the work is done.
 */
way: Way, 
/**
 * Whether it can be.
 */
state: WayState, 
/**
 * Why it cannot, or what else there is to know of it, in words for people.
 */
why: string | null, 
/**
 * How many sheets wait to be sent.
 */
queued: number, };
export type SyncSetting = { 
/**
 * Where its database is, without user and password.
 */
address: string, 
/**
 * What there is to know of how the address is kept, in words for people.
 */
note: string | null, };
export type SettingsView = { 
/**
 * Where the work is done.
 */
way: Way, 
/**
 * The address of the server that was worked with last; `null` where there never was one.
 */
lastServer: string | null, 
/**
 * Whether there is a key for the server.
 */
hasKey: boolean, 
/**
 * The deployment that requests are shared with; `null` where there is none.
 */
sync: SyncSetting | null, 
/**
 * The folder for what the app keeps.
 */
dataFolder: string, 
/**
 * The folder that results are put in.
 */
outFolder: string, 
/**
 * Whether the app starts with the session.
 */
autostart: boolean, 
/**
 * The version of the app.
 */
version: string, };
export type ChosenFolder = { 
/**
 * By what the page names it: a UUID.
 */
id: string, 
/**
 * The folder, to be shown.
 */
path: string, };
export type Destination = { "is": "beside" } | { "is": "same" } | { "is": "chosen", 
/**
 * By what it was told.
 */
id: string, };
export type FolderSettingView = { 
/**
 * By what it is named: a UUID.
 */
id: string, 
/**
 * How the images of its sheets are compressed.
 */
recipe: RecipeView, 
/**
 * Whether results are put beside the sheets.
 */
beside: boolean, 
/**
 * How it stands with it.
 */
status: FolderView, };
export type Changed = { 
/**
 * The request.
 */
requestId: string, };
export type Liveness = "live" | "polling" | "offline";
export type Watched = { "is": "view", 
/**
 * The request.
 */
view: RequestView, } | { "is": "liveness", 
/**
 * How they come.
 */
liveness: Liveness, } | { "is": "gone" };
export type Choice = "sheets" | "images" | "folder";
export type OwnFolder = "data" | "out";
export type Nothing = Record<symbol, never>;
export type OfOffer = { offer: string, };
export type Submitting = { offer: string, recipe: RecipeView, idempotencyKey: string, };
export type Listing = { limit: number, cursor: string | null, };
export type OfRequest = { requestId: string, };
export type Products = { requestId: string, from: number | null, cursor: string | null, limit: number, onlyFailed: boolean, search: string, };
export type Retrying = { requestId: string, reason: string | null, };
export type Saving = { requestId: string, what: 'results.csv' | 'images.zip', };
export type OfImage = { requestId: string, row: number, image: number, };
export type OfNumber = { number: number, };
export type FromCursor = { cursor: string | null, };
export type OfWebhook = { webhookId: string, };
export type ChangingWebhook = { webhookId: string, change: Partial<WebhookChange>, };
export type Deliveries = { webhookId: string, cursor: string | null, };
export type OfDelivery = { webhookId: string, messageId: string, };
export type OfKey = { keyId: string, };
export type Choosing = { what: Choice, };
export type Text = { name: string, content: string, };
export type ChangingWay = { way: Way, key?: string | null, };
export type Switch = { on: boolean, };
export type ShowingFolder = { what: OwnFolder, };
export type OfQueued = { id: string, };
export type AddingFolder = { folder: string, destination: Destination, recipe: RecipeView, };
export type ChangingFolder = { id: string, destination: Destination, recipe: RecipeView, };
export type OfFolder = { id: string, };
export type SettingSync = { address: string | null, };

export interface Commands {
  check: { asked: OfOffer; answer: CheckView };
  marked: { asked: OfOffer; answer: Saved | null };
  sample: { asked: Nothing; answer: Offer };
  submit: { asked: Submitting; answer: Handed };
  session: { asked: Nothing; answer: SessionView };
  list: { asked: Listing; answer: RequestList };
  products: { asked: Products; answer: StatusView };
  report: { asked: OfRequest; answer: ReportView };
  cancel: { asked: OfRequest; answer: RequestView };
  retry: { asked: Retrying; answer: RequestView };
  remove: { asked: OfRequest; answer: null };
  save: { asked: Saving; answer: Saved | null };
  show_results: { asked: OfRequest; answer: null };
  source: { asked: OfImage; answer: ArrayBuffer };
  watch: { asked: OfRequest; answer: number };
  unwatch: { asked: OfNumber; answer: null };
  webhooks: { asked: FromCursor; answer: WebhookList };
  webhook: { asked: OfWebhook; answer: WebhookView };
  add_webhook: { asked: WebhookDraft; answer: WebhookSecretView };
  change_webhook: { asked: ChangingWebhook; answer: WebhookView };
  rotate_webhook: { asked: OfWebhook; answer: WebhookSecretView };
  remove_webhook: { asked: OfWebhook; answer: null };
  test_webhook: { asked: OfWebhook; answer: DeliveryView };
  deliveries: { asked: Deliveries; answer: DeliveryList };
  redeliver: { asked: OfDelivery; answer: DeliveryView };
  keys: { asked: FromCursor; answer: KeyList };
  add_key: { asked: KeyOrder; answer: NewKeyView };
  rotate_key: { asked: OfKey; answer: NewKeyView };
  revoke_key: { asked: OfKey; answer: KeyView | null };
  offers: { asked: Nothing; answer: Array<Offer> };
  choose: { asked: Choosing; answer: Array<Offer> };
  offer_text: { asked: Text; answer: Offer };
  settings: { asked: Nothing; answer: SettingsView };
  way: { asked: Nothing; answer: WayView };
  change_way: { asked: ChangingWay; answer: WayView };
  set_autostart: { asked: Switch; answer: SettingsView };
  show_folder: { asked: ShowingFolder; answer: null };
  queue: { asked: Nothing; answer: Array<QueuedView> };
  unqueue: { asked: OfQueued; answer: null };
  quit: { asked: Nothing; answer: null };
  choose_folder: { asked: Nothing; answer: ChosenFolder | null };
  folders: { asked: Nothing; answer: Array<FolderSettingView> };
  add_folder: { asked: AddingFolder; answer: FolderSettingView };
  change_folder: { asked: ChangingFolder; answer: FolderSettingView };
  remove_folder: { asked: OfFolder; answer: null };
  pause_folder: { asked: OfFolder; answer: FolderSettingView };
  resume_folder: { asked: OfFolder; answer: FolderSettingView };
  watched_sheets: { asked: Nothing; answer: Array<WatchedSheetView> };
  sync: { asked: Nothing; answer: SyncView };
  set_sync: { asked: SettingSync; answer: SettingsView };
  pause_sync: { asked: Nothing; answer: SyncView };
  resume_sync: { asked: Nothing; answer: SyncView };
  retry_parked: { asked: Nothing; answer: SyncView };
}

export interface Events {
  offered: Offer;
  left_out: Array<string>;
  held: boolean;
  changed: Changed;
  way: WayView;
  queued: Array<QueuedView>;
  folder: FolderSettingView;
  watched_sheet: WatchedSheetView;
  sync: SyncView;
}
