//! Who does the work: the engine of this computer, or a server. The commands ask both alike.

mod here;
mod away;

use std::path::Path;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use pixmill_engine::{
    gallery::RenditionName,
    model::{EndpointId, KeyId, MessageId, Recipe, RequestId},
    wire::{
        CheckView, DeliveryList, DeliveryView, Download, KeyList, KeyOrder, KeyView, NewKeyView,
        ReceivedView, ReportView, RequestList, RequestView, SessionView, StatusView, WebhookChange,
        WebhookDraft, WebhookList, WebhookSecretView, WebhookView,
    },
};

pub(crate) use away::{Away, address};
pub(crate) use here::Here;

use crate::{
    offers::Sheet,
    refusal::Answer,
    wire::{Listing, Products, Watched},
};

/// A sheet that is handed in.
#[derive(Clone, Debug)]
pub(crate) struct Handing {
    /// The sheet.
    pub(crate) sheet: Sheet,
    /// How its images are to be compressed, where a row does not say otherwise.
    pub(crate) recipe: Recipe,
    /// The same word with the same sheet makes one request, however often it is handed in.
    pub(crate) idempotency_key: String,
}

/// Who takes sheets.
#[async_trait]
pub(crate) trait Takes: Send + Sync {
    /// Takes a sheet.
    async fn submit(&self, handing: &Handing) -> Answer<ReceivedView>;
}

/// Who does the work.
#[async_trait]
pub(crate) trait Host: Takes {
    /// Who asks.
    async fn session(&self) -> Answer<SessionView>;

    /// What a sheet holds and what is wrong in it.
    async fn check(&self, sheet: &Sheet) -> Answer<CheckView>;
    /// Writes a sheet with what is wrong in it to a file.
    async fn mark(&self, sheet: &Sheet, to: &Path) -> Answer<()>;
    /// A sheet to try it with; what it needs is put into a folder.
    async fn sample(&self, folder: &Path) -> Answer<Sheet>;

    /// A page of requests, newest first.
    async fn list(&self, asked: Listing) -> Answer<RequestList>;
    /// One request.
    async fn show(&self, id: RequestId) -> Answer<RequestView>;
    /// A request with a page of its products.
    async fn products(&self, asked: Products) -> Answer<StatusView>;
    /// What has become of its images, looked at as a whole.
    async fn report(&self, id: RequestId) -> Answer<ReportView>;
    /// What is heard of it from now on, until it has ended.
    fn follow(&self, id: RequestId) -> BoxStream<'static, Watched>;
    /// Gives it up.
    async fn cancel(&self, id: RequestId) -> Answer<RequestView>;
    /// Sends failed images round again: those of one reason, or all.
    async fn retry(&self, id: RequestId, reason: Option<String>) -> Answer<RequestView>;
    /// Deletes it.
    async fn remove(&self, id: RequestId) -> Answer<()>;

    /// Writes what has come of it to a file. What the results sheet of this computer names is put
    /// beside it.
    async fn save(&self, id: RequestId, what: Download, to: &Path) -> Answer<()>;
    /// The bytes of a rendition.
    async fn rendition(&self, id: RequestId, name: &RenditionName) -> Answer<Bytes>;
    /// The bytes of the source of an image, at a place of a row of the sheet.
    async fn source(&self, id: RequestId, row: u64, image: u32) -> Answer<Bytes>;

    /// A page of webhooks.
    async fn webhooks(&self, cursor: Option<String>) -> Answer<WebhookList>;
    /// One webhook.
    async fn webhook(&self, id: EndpointId) -> Answer<WebhookView>;
    /// Registers one.
    async fn add_webhook(&self, draft: WebhookDraft) -> Answer<WebhookSecretView>;
    /// Changes one.
    async fn change_webhook(&self, id: EndpointId, change: WebhookChange) -> Answer<WebhookView>;
    /// Gives one a new secret.
    async fn rotate_webhook(&self, id: EndpointId) -> Answer<WebhookSecretView>;
    /// Takes one away.
    async fn remove_webhook(&self, id: EndpointId) -> Answer<()>;
    /// Tries one.
    async fn test_webhook(&self, id: EndpointId) -> Answer<DeliveryView>;
    /// A page of what was sent to one.
    async fn deliveries(&self, id: EndpointId, after: Option<MessageId>) -> Answer<DeliveryList>;
    /// Sends something again.
    async fn redeliver(&self, id: EndpointId, message: MessageId) -> Answer<DeliveryView>;

    /// A page of keys.
    async fn keys(&self, cursor: Option<String>) -> Answer<KeyList>;
    /// Makes a key.
    async fn add_key(&self, order: KeyOrder) -> Answer<NewKeyView>;
    /// Gives a key another token.
    async fn rotate_key(&self, id: KeyId) -> Answer<NewKeyView>;
    /// Takes a key back; gives it where it is still shown.
    async fn revoke_key(&self, id: KeyId) -> Answer<Option<KeyView>>;
}
