//! A Pixmill server, asked by its REST API.

mod call;
mod follow;
mod reach;
mod sse;

use std::{fs::File, io, path::Path};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream::BoxStream};
use pixmill_engine::{
    gallery::RenditionName,
    model::{EndpointId, KeyId, MessageId, RequestId},
    sheet::{Options, preview},
    wire::{
        CheckView, DeliveryList, DeliveryView, Download, KeyList, KeyOrder, KeyView, NewKeyView,
        ReceivedView, RecipeView, ReportView, RequestList, RequestView, SessionView, StatusView,
        WebhookChange, WebhookDraft, WebhookList, WebhookSecretView, WebhookView,
    },
};
use reqwest::{
    Method, RequestBuilder, Response, StatusCode,
    multipart::{Form, Part},
};
use tokio::task::spawn_blocking;
use url::Url;

use super::{Handing, Host, Takes};
use crate::{
    files::write_stream,
    offers::Sheet,
    refusal::{Answer, Refusal},
    wire::{Listing, OfferKind, Products, Watched},
};
pub(crate) use call::address;
use call::{Caller, Upload, read};
pub(crate) use reach::Reach;

/// How many entries a page of a list has.
const PAGE: u32 = 50;

/// A Pixmill server.
#[derive(Clone)]
pub(crate) struct Away {
    call: Caller,
}

impl Away {
    /// A server at an address, asked with a key if there is one. Nothing is sent yet.
    ///
    /// # Errors
    /// Where this computer cannot make connections.
    pub(crate) fn new(base: Url, key: Option<String>) -> Answer<Self> {
        Ok(Away { call: Caller::new(base, key)? })
    }

    /// How it stands with the server, as far as it was asked.
    pub(crate) fn reach(&self) -> &Reach {
        &self.call.reach
    }
}

/// Nothing to add to what is sent.
fn plain(request: RequestBuilder) -> RequestBuilder {
    request
}

/// A sheet as the field of a form; it is read while it is sent.
async fn part(sheet: &Sheet) -> Answer<(Part, u64)> {
    // It is for whoever hands it in: no server has anything to do with it.
    let unreadable = |error: io::Error| {
        Refusal::new(422, "unreadable_sheet", format!("the sheet cannot be read: {error}"))
    };
    let file = tokio::fs::File::open(&sheet.path).await.map_err(unreadable)?;
    let size = file.metadata().await.map_err(unreadable)?.len();
    Ok((Part::stream_with_length(file, size).file_name(sheet.name.clone()), size))
}

/// The form of an upload. The fields come before the file, so that a wrong one is refused before all
/// is sent.
async fn form(sheet: &Sheet, recipe: Option<RecipeView>) -> Answer<Upload> {
    let mut form = Form::new();
    if let Some(RecipeView { format, quality, max_width, max_height, metadata }) = recipe {
        let numbers = [
            ("quality", quality.map(u32::from)),
            ("maxWidth", max_width),
            ("maxHeight", max_height),
        ];
        form = form.text("format", format).text("metadata", metadata);
        for (name, number) in numbers {
            if let Some(number) = number {
                form = form.text(name, number.to_string());
            }
        }
    }
    let (part, bytes) = part(sheet).await?;
    Ok(Upload { form: form.part("file", part), bytes })
}

/// Refuses what no server can see.
fn is_for_servers(sheet: &Sheet) -> Answer<()> {
    match sheet.kind {
        OfferKind::Sheet => Ok(()),
        OfferKind::Images => {
            let words = "a server cannot see the images of this computer: choose `This computer` in \
                         the settings to work on them";
            Err(Refusal::new(409, "images_stay_here", words))
        }
    }
}

#[async_trait]
impl Takes for Away {
    async fn submit(&self, handing: &Handing) -> Answer<ReceivedView> {
        let Handing { sheet, recipe, idempotency_key } = handing;
        is_for_servers(sheet)?;
        let form = form(sheet, Some(RecipeView::new(recipe))).await?;
        let sent = |request: RequestBuilder| request.header("Idempotency-Key", idempotency_key);
        read(self.call.upload("upload", form, sent).await?).await
    }
}

#[async_trait]
impl Host for Away {
    async fn session(&self) -> Answer<SessionView> {
        self.call.ask(Method::GET, "session", plain).await
    }

    async fn check(&self, sheet: &Sheet) -> Answer<CheckView> {
        is_for_servers(sheet)?;
        let form = form(sheet, None).await?;
        match self.call.upload("check", form, plain).await {
            // It reads sheets by the same rules.
            Err(Refusal::Unreachable { .. }) => {
                let path = sheet.path.clone();
                let read = spawn_blocking(move || preview(File::open(path)?, Options::default()));
                let read = read.await.map_err(io::Error::from).flatten();
                Ok(read.map_err(Refusal::failed("read the sheet"))?.into())
            }
            checked => read(checked?).await,
        }
    }

    async fn mark(&self, sheet: &Sheet, to: &Path) -> Answer<()> {
        is_for_servers(sheet)?;
        let form = form(sheet, None).await?;
        save(self.call.upload("check/marked.csv", form, plain).await?, to).await
    }

    async fn sample(&self, folder: &Path) -> Answer<Sheet> {
        let made = tokio::fs::create_dir_all(folder).await;
        made.map_err(Refusal::failed("make the folder for the sample"))?;
        let path = folder.join("sample.csv");
        save(self.call.send(Method::GET, "samples/products.csv", plain).await?, &path).await?;
        let name = "products.csv".to_owned();
        Ok(Sheet { path, folder: None, name, kind: OfferKind::Sheet })
    }

    async fn list(&self, asked: Listing) -> Answer<RequestList> {
        let Listing { limit, cursor } = asked;
        let query = [("limit", Some(limit.to_string())), ("cursor", cursor.map(String::from))];
        self.call.list("requests", &query).await
    }

    async fn show(&self, id: RequestId) -> Answer<RequestView> {
        self.call.ask(Method::GET, &format!("requests/{id}"), plain).await
    }

    async fn products(&self, asked: Products) -> Answer<StatusView> {
        let Products { request_id, from, cursor, limit, only_failed, search } = asked;
        let query = [
            ("cursor", cursor),
            ("from", from.map(|row| row.to_string())),
            ("limit", Some(limit.to_string())),
            ("failed", only_failed.then(|| "true".to_owned())),
            ("search", Some(search).filter(|search| !search.is_empty())),
        ];
        self.call.list(&format!("status/{request_id}"), &query).await
    }

    async fn report(&self, id: RequestId) -> Answer<ReportView> {
        self.call.ask(Method::GET, &format!("requests/{id}/report"), plain).await
    }

    fn follow(&self, id: RequestId) -> BoxStream<'static, Watched> {
        follow::follow(self.call.clone(), id).boxed()
    }

    async fn cancel(&self, id: RequestId) -> Answer<RequestView> {
        self.call.ask(Method::POST, &format!("requests/{id}/cancel"), plain).await
    }

    async fn retry(&self, id: RequestId, reason: Option<String>) -> Answer<RequestView> {
        let query = reason.map(|reason| [("reason", reason)]);
        let sent = |request: RequestBuilder| request.query(&query.unwrap_or_default());
        self.call.ask(Method::POST, &format!("requests/{id}/retry"), sent).await
    }

    async fn remove(&self, id: RequestId) -> Answer<()> {
        self.call.send(Method::DELETE, &format!("requests/{id}"), plain).await.map(drop)
    }

    async fn save(&self, id: RequestId, what: Download, to: &Path) -> Answer<()> {
        let path = format!("requests/{id}/{}", what.name());
        save(self.call.send(Method::GET, &path, plain).await?, to).await
    }

    async fn rendition(&self, id: RequestId, name: &RenditionName) -> Answer<Bytes> {
        self.call.bytes(&format!("images/{id}/{}", name.as_str())).await
    }

    async fn source(&self, id: RequestId, row: u64, image: u32) -> Answer<Bytes> {
        self.call.bytes(&format!("requests/{id}/sources/{row}/{image}")).await
    }

    async fn webhooks(&self, cursor: Option<String>) -> Answer<WebhookList> {
        self.call.list("webhooks", &[("cursor", cursor)]).await
    }

    async fn webhook(&self, id: EndpointId) -> Answer<WebhookView> {
        self.call.ask(Method::GET, &format!("webhooks/{id}"), plain).await
    }

    async fn add_webhook(&self, draft: WebhookDraft) -> Answer<WebhookSecretView> {
        self.call.ask(Method::POST, "webhooks", |request| request.json(&draft)).await
    }

    async fn change_webhook(&self, id: EndpointId, change: WebhookChange) -> Answer<WebhookView> {
        let sent = |request: RequestBuilder| request.json(&change);
        self.call.ask(Method::PATCH, &format!("webhooks/{id}"), sent).await
    }

    async fn rotate_webhook(&self, id: EndpointId) -> Answer<WebhookSecretView> {
        self.call.ask(Method::POST, &format!("webhooks/{id}/rotate"), plain).await
    }

    async fn remove_webhook(&self, id: EndpointId) -> Answer<()> {
        self.call.send(Method::DELETE, &format!("webhooks/{id}"), plain).await.map(drop)
    }

    async fn test_webhook(&self, id: EndpointId) -> Answer<DeliveryView> {
        self.call.ask(Method::POST, &format!("webhooks/{id}/test"), plain).await
    }

    async fn deliveries(&self, id: EndpointId, after: Option<MessageId>) -> Answer<DeliveryList> {
        let cursor = after.map(|message| message.to_string());
        let query = [("limit", Some(PAGE.to_string())), ("cursor", cursor)];
        self.call.list(&format!("webhooks/{id}/deliveries"), &query).await
    }

    async fn redeliver(&self, id: EndpointId, message: MessageId) -> Answer<DeliveryView> {
        let path = format!("webhooks/{id}/deliveries/{message}/redeliver");
        self.call.ask(Method::POST, &path, plain).await
    }

    async fn keys(&self, cursor: Option<String>) -> Answer<KeyList> {
        self.call.list("keys", &[("cursor", cursor)]).await
    }

    async fn add_key(&self, order: KeyOrder) -> Answer<NewKeyView> {
        self.call.ask(Method::POST, "keys", |request| request.json(&order)).await
    }

    async fn rotate_key(&self, id: KeyId) -> Answer<NewKeyView> {
        self.call.ask(Method::POST, &format!("keys/{id}/rotate"), plain).await
    }

    async fn revoke_key(&self, id: KeyId) -> Answer<Option<KeyView>> {
        let response = self.call.send(Method::DELETE, &format!("keys/{id}"), plain).await?;
        if response.status() == StatusCode::NO_CONTENT { Ok(None) } else { read(response).await }
    }
}

/// Writes an answer to a file.
async fn save(answer: Response, to: &Path) -> Answer<()> {
    let written = write_stream(to, answer.bytes_stream().map_err(io::Error::other)).await;
    written.map_err(Refusal::failed("write the file"))
}
