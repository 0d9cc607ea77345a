// The views of engine/src/wire. Made by `make wire`: not to be changed by hand.

export type SessionView = { 
/**
 * Whether anybody without a key is refused.
 */
needsKey: boolean, 
/**
 * `uploader`, `viewer` or `admin`; `null` where no key is needed.
 */
role: string | null, 
/**
 * What the key is called; `null` where none is needed.
 */
name: string | null, 
/**
 * The version of the server.
 */
version: string, };
export type ProblemView = { 
/**
 * Always `about:blank`: the status says what kind of problem it is.
 */
type: string, 
/**
 * The words that HTTP has for the status.
 */
title: string, 
/**
 * The HTTP status.
 */
status: number, 
/**
 * What went wrong, in a sentence for people.
 */
detail: string, 
/**
 * The path that was asked for.
 */
instance: string, 
/**
 * A stable word for programs, such as `not_found` or `sheet_refused`.
 */
code: string, 
/**
 * What is wrong in the sheet: the first 100 faults, in order of line.
 */
faults?: Array<FaultView> | null, 
/**
 * How many faults there are besides those.
 */
moreFaults?: number | null, };
export type FaultView = { 
/**
 * The line of the file, counted from 1.
 */
line: number, 
/**
 * The header of the column as the sheet spells it; `null` where it is about the whole line.
 */
column: string | null, 
/**
 * What kind of fault it is, such as `missing_field`.
 */
code: string, 
/**
 * The same in words, and what to do about it.
 */
message: string, };
export type RowView = { 
/**
 * The line of the file on which it begins, counted from 1.
 */
line: number, 
/**
 * Whether rows were left out before this one.
 */
isAfterGap: boolean, 
/**
 * The cells, each cut to 400 characters.
 */
cells: Array<string>, };
export type CheckView = { 
/**
 * How many rows it has.
 */
products: number, 
/**
 * How many images its good rows name.
 */
images: number, 
/**
 * The headers of its columns; none where the file is no sheet at all.
 */
header: Array<string>, 
/**
 * The first rows of a sheet without faults; otherwise those with the listed faults.
 */
rows: Array<RowView>, 
/**
 * What is wrong in it: the first 100 faults, in order of line.
 */
faults: Array<FaultView>, 
/**
 * How many faults there are besides those.
 */
moreFaults: number, };
export type ReceivedView = { 
/**
 * Always `received`.
 */
status: string, 
/**
 * The name of the new request: a UUIDv7.
 */
requestId: string, 
/**
 * What events to the `webhookUrl` of the upload are signed with, as the libraries of Standard
 * Webhooks take it; left out where the upload named none. Keep it: it is not shown again, not
 * even where the same upload is sent again with its `Idempotency-Key`. Whoever missed it hands
 * the sheet in with another key.
 */
webhookSecret?: string | null, };
export type RecipeView = { 
/**
 * `webp`, `jpeg`, `png`, `avif` or `keep`.
 */
format: string, 
/**
 * 1 to 100; `null` is the format's own default.
 */
quality: number | null, 
/**
 * The largest width in pixels; `null` where there is none.
 */
maxWidth: number | null, 
/**
 * The largest height in pixels; `null` where there is none.
 */
maxHeight: number | null, 
/**
 * `drop` or `keep`.
 */
metadata: string, };
export type ProgressView = { 
/**
 * How many images the sheet names.
 */
total: number, 
/**
 * How many have a rendition.
 */
done: number, 
/**
 * How many failed.
 */
failed: number, 
/**
 * Bytes of the sources that were compressed.
 */
bytesIn: number, 
/**
 * Bytes of their renditions.
 */
bytesOut: number, };
export type RequestView = { 
/**
 * The name of the request: a UUIDv7.
 */
requestId: string, 
/**
 * `received`, `processing`, `completed`, `error` or `cancelled`.
 */
status: string, 
/**
 * What went wrong in one sentence; `null` where nothing did.
 */
errorMessage: string | null, 
/**
 * What the sheet's file was called, if whoever sent it said.
 */
fileName: string | null, 
/**
 * How its images are compressed, where a row does not say otherwise.
 */
recipe: RecipeView, 
/**
 * How many rows the sheet has.
 */
products: number, 
/**
 * How far the request is.
 */
progress: ProgressView, 
/**
 * When the sheet was accepted (RFC 3339).
 */
createdAt: string, 
/**
 * When the status last changed (RFC 3339).
 */
updatedAt: string, 
/**
 * Whether it was made elsewhere, on a computer or in a deployment that this one syncs with: then
 * it can be cancelled or tried again only there.
 */
madeElsewhere: boolean, };
export type RequestList = { 
/**
 * The requests.
 */
requests: Array<RequestView>, 
/**
 * Where the next page begins; `null` on the last.
 */
nextCursor: string | null, };
export type FailureView = { 
/**
 * The place of the image in `inputImageUrls`, counted from 0.
 */
index: number, 
/**
 * What kind of failure it is, such as `http_status`.
 */
code: string, 
/**
 * The same in words.
 */
message: string, 
/**
 * Whether the same image may succeed when it is tried again.
 */
retryable: boolean, };
export type RenditionView = { 
/**
 * The place of the image in `inputImageUrls`, counted from 0.
 */
index: number, 
/**
 * `webp`, `jpeg`, `png`, `avif`, `gif`, `tiff` or `bmp`.
 */
format: string, 
/**
 * Width in pixels.
 */
width: number, 
/**
 * Height in pixels.
 */
height: number, 
/**
 * Size in bytes.
 */
bytes: number, 
/**
 * The source's format, as `format` has it.
 */
sourceFormat: string, 
/**
 * The source's width in pixels, as it is shown.
 */
sourceWidth: number, 
/**
 * The source's height in pixels, as it is shown.
 */
sourceHeight: number, 
/**
 * The source's size in bytes.
 */
sourceBytes: number, };
export type ProductView = { 
/**
 * The place of the row in the sheet, counted from 0.
 */
row: number, 
/**
 * What the sheet calls the row.
 */
serialNumber: string, 
/**
 * The product's name.
 */
productName: string, 
/**
 * Where the images come from, in the order of the cell.
 */
inputImageUrls: Array<string>, 
/**
 * Where the renditions are: one place for each input, `null` where there is none (yet).
 */
outputImageUrls: Array<string | null>, 
/**
 * What the renditions are that were made for this request.
 */
renditions: Array<RenditionView>, 
/**
 * Why images have no rendition.
 */
errors: Array<FailureView>, };
export type StatusView = { 
/**
 * The name of the request: a UUIDv7.
 */
requestId: string, 
/**
 * `received`, `processing`, `completed`, `error` or `cancelled`.
 */
status: string, 
/**
 * A page of the sheet's rows in order, with what has become of their images.
 */
processedData: Array<ProductView>, 
/**
 * What went wrong in one sentence; `null` where nothing did.
 */
errorMessage: string | null, 
/**
 * How far the request is.
 */
progress: ProgressView, 
/**
 * When the sheet was accepted (RFC 3339).
 */
createdAt: string, 
/**
 * When the status last changed (RFC 3339).
 */
updatedAt: string, 
/**
 * Where the next page begins; `null` on the last.
 */
nextCursor: string | null, };
export type FailureGroupView = { 
/**
 * The reason in short, such as `HTTP 404`: what `retry` takes to try these again.
 */
reason: string, 
/**
 * What kind of failure it is, such as `http_status`.
 */
code: string, 
/**
 * What is said of the first of the images.
 */
message: string, 
/**
 * How many images it is.
 */
images: number, 
/**
 * Whether trying again may help.
 */
retryable: boolean, };
export type SavingView = { 
/**
 * From how many percent on; `null` for images that grew.
 */
fromPercent: number | null, 
/**
 * To below how many percent.
 */
toPercent: number, 
/**
 * How many images it is.
 */
images: number, };
export type HostView = { 
/**
 * The host's name or address.
 */
host: string, 
/**
 * How many images it had.
 */
images: number, 
/**
 * How many of them failed.
 */
failed: number, 
/**
 * How long a download took on average, in milliseconds; `null` where nothing was downloaded.
 */
meanMs: number | null, 
/**
 * How long the slowest download took, in milliseconds; `null` where nothing was downloaded.
 */
slowestMs: number | null, };
export type ReportView = { 
/**
 * The request.
 */
request: RequestView, 
/**
 * What failed, by reason, the commonest first.
 */
failures: Array<FailureGroupView>, 
/**
 * How many images saved how much.
 */
savings: Array<SavingView>, 
/**
 * The slowest hosts, the slowest first.
 */
hosts: Array<HostView>, 
/**
 * How many hosts there are besides those.
 */
moreHosts: number, };
export type DownloadOrder = { 
/**
 * `results.csv` or `images.zip`.
 */
what: string, };
export type DownloadView = { 
/**
 * A path on this server; good for five minutes without a key.
 */
link: string, };
export type WebhookDraft = { 
/**
 * Its name for people: 1 to 100 characters.
 */
name: string, 
/**
 * Where events are sent: http or https, at a public address unless the server allows others.
 */
url: string, 
/**
 * The types of the events that it wants. Default: all.
 */
events: Array<string> | null, 
/**
 * Whether events are sent to it. Default: true.
 */
enabled: boolean | null, };
export type WebhookChange = { 
/**
 * Its name for people: 1 to 100 characters.
 */
name: string | null, 
/**
 * Where events are sent.
 */
url: string | null, 
/**
 * The types of the events that it wants.
 */
events: Array<string> | null, 
/**
 * Whether events are sent to it. `true` also takes back that it was disabled because it failed.
 */
enabled: boolean | null, };
export type WebhookView = { 
/**
 * The name of the endpoint: a UUID.
 */
webhookId: string, 
/**
 * Its name for people.
 */
name: string, 
/**
 * Where events are sent.
 */
url: string, 
/**
 * The types of the events that it wants.
 */
events: Array<string>, 
/**
 * Of whose requests it hears: `own`, `all`, or `server` where the server's settings name it
 * and it hears of all.
 */
scope: string, 
/**
 * Whether events are sent to it.
 */
enabled: boolean, 
/**
 * Why no events are sent to it, in a sentence; `null` where they are.
 */
disabledReason: string | null, 
/**
 * Since when none are sent to it (RFC 3339); `null` where they are.
 */
disabledAt: string | null, 
/**
 * Since when all that was tried has failed (RFC 3339); `null` where the last try got through.
 */
failingSince: string | null, 
/**
 * Up to when events are also signed with the secret before the present one (RFC 3339); `null`
 * where there was none.
 */
previousSecretUntil: string | null, 
/**
 * When it was made (RFC 3339).
 */
createdAt: string, };
export type WebhookSecretView = { 
/**
 * The endpoint.
 */
webhook: WebhookView, 
/**
 * The secret, as the libraries of Standard Webhooks take it. Keep it: it is not shown again.
 */
secret: string, };
export type WebhookList = { 
/**
 * The endpoints.
 */
webhooks: Array<WebhookView>, 
/**
 * Where the next page begins; `null` on the last.
 */
nextCursor: string | null, };
export type TryView = { 
/**
 * When it was begun (RFC 3339).
 */
at: string, 
/**
 * How long it took, in milliseconds.
 */
latencyMs: number, 
/**
 * The status of the answer; `null` where there was none.
 */
statusCode: number | null, 
/**
 * The first KiB of the answer; `null` where there was none.
 */
answer: string | null, 
/**
 * Why there was no answer, in a sentence; `null` where there was one.
 */
error: string | null, };
export type DeliveryView = { 
/**
 * The `webhook-id` that the receiver knows it by.
 */
messageId: string, 
/**
 * The type of the event.
 */
type: string, 
/**
 * The request that it is about; `null` for a test.
 */
requestId: string | null, 
/**
 * `pending`, `delivered` or `dead`.
 */
status: string, 
/**
 * Why it is not tried any more, in a sentence; `null` unless it is dead.
 */
deadReason: string | null, 
/**
 * When it is tried next (RFC 3339), unless one before it is still pending then; `null` unless
 * it is pending.
 */
nextTryAt: string | null, 
/**
 * When the event was made (RFC 3339).
 */
createdAt: string, 
/**
 * How often it was tried in all.
 */
tried: number, 
/**
 * Every try, the earliest first; of more than 350 the last ones.
 */
tries: Array<TryView>, 
/**
 * What is sent, as it is signed.
 */
body: string, };
export type DeliveryList = { 
/**
 * The deliveries.
 */
deliveries: Array<DeliveryView>, 
/**
 * Where the next page begins; `null` on the last.
 */
nextCursor: string | null, };
export type KeyOrder = { 
/**
 * What people are to call it: 1 to 100 characters.
 */
name: string, 
/**
 * `uploader`, `viewer` or `admin`.
 */
role: string, 
/**
 * For a viewer: the key whose requests it is to see. A viewer needs this or `ofAll`.
 */
of: string | null, 
/**
 * For a viewer: whether it is to see the requests of all keys. Default: no.
 */
ofAll: boolean, 
/**
 * For how many seconds it is to be good. Default: until it is revoked.
 */
expiresInSeconds: number | null, };
export type KeyView = { 
/**
 * The name of the key: a UUIDv7. It stays when the token changes.
 */
keyId: string, 
/**
 * What people call it.
 */
name: string, 
/**
 * `uploader`, `viewer` or `admin`.
 */
role: string, 
/**
 * The key whose requests a viewer sees; `null` where it sees those of all, and for other roles.
 */
of: string | null, 
/**
 * `good`, `expired` or `revoked`.
 */
state: string, 
/**
 * When it was made (RFC 3339).
 */
createdAt: string, 
/**
 * When it expires or has expired (RFC 3339); `null` is never.
 */
expiresAt: string | null, 
/**
 * When it was taken back (RFC 3339); `null` where it was not.
 */
revokedAt: string | null, 
/**
 * When its token was last changed (RFC 3339); `null` where it never was.
 */
rotatedAt: string | null, 
/**
 * Until when the token before is good as well (RFC 3339); `null` where there was none.
 */
formerTokenUntil: string | null, };
export type NewKeyView = { 
/**
 * What to send as `Authorization: Bearer` or `X-API-Key`.
 */
token: string, 
/**
 * The key.
 */
key: KeyView, };
export type KeyList = { 
/**
 * The keys.
 */
keys: Array<KeyView>, 
/**
 * Where the next page begins; `null` on the last.
 */
nextCursor: string | null, };
export type FolderState = "waiting" | "working" | "paused" | "unreachable" | "readOnly";
export type FolderView = { 
/**
 * The folder.
 */
folder: string, 
/**
 * The folder that results are put in.
 */
destination: string, 
/**
 * How it stands with it.
 */
state: FolderState, 
/**
 * What keeps it, or one of its sheets, from being worked on, in words for people; `null` where
 * nothing does.
 */
why: string | null, 
/**
 * How many sheets lie there that have not been taken.
 */
waiting: number, 
/**
 * How many sheets are being worked on.
 */
working: number, 
/**
 * How many have been done since it is watched by this process.
 */
done: number, 
/**
 * How many have failed since then.
 */
failed: number, };
export type WatchedSheetState = "taken" | "done" | "failed" | "repeated";
export type WatchedSheetView = { 
/**
 * The folder that it lay in.
 */
folder: string, 
/**
 * What its file was called.
 */
fileName: string, 
/**
 * What its results are called, without an ending.
 */
name: string, 
/**
 * What has become of it.
 */
state: WatchedSheetState, 
/**
 * The request that it was made into; `null` where it was refused.
 */
requestId: string | null, 
/**
 * What went wrong, in one sentence; `null` where nothing did.
 */
why: string | null, };
export type SyncState = "off" | "idle" | "working" | "offline" | "refused" | "paused";
export type ParkedView = { 
/**
 * The request.
 */
requestId: string, 
/**
 * What its sheet is called; `null` where whoever handed it in did not say.
 */
fileName: string | null, 
/**
 * Why it cannot be sent or fetched, in words for people.
 */
why: string, };
export type SyncView = { 
/**
 * How it stands.
 */
state: SyncState, 
/**
 * Why nothing goes on, in words for people; `null` where it does.
 */
why: string | null, 
/**
 * How many requests of this computer have yet to be sent.
 */
waiting: number, 
/**
 * How many bytes of sheets and images are in them.
 */
waitingBytes: number, 
/**
 * The requests that cannot be sent or fetched as they are; all others go on.
 */
parked: Array<ParkedView>, 
/**
 * When all was the same on both sides for the last time; `null` where it never was.
 */
lastSyncedAt: string | null, };
