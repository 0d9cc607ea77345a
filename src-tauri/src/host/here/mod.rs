//! The engine of this computer.

mod follow;
mod sample;

use std::path::Path;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream::BoxStream};
use pixmill_engine::{
    Engine, Outlet, Submitted, Upload,
    gallery::RenditionName,
    model::{Again, Caller, EndpointId, KeyId, MessageId, RequestId, Sight},
    sync::Sync,
    wire::{
        CheckView, DeliveryList, DeliveryView, Download, InvalidCursor, KeyList, KeyOrder, KeyView,
        Limit, NewKeyView, ProductCursor, ProductStart, ProductsWanted, ReceivedView, ReportView,
        RequestList, RequestView, SessionView, StatusView, WebhookChange, WebhookDraft,
        WebhookList, WebhookSecretView, WebhookView,
    },
};
use tokio::task::spawn_blocking;
use url::Url;

use super::{Handing, Host, Takes};
use crate::{
    files::{Aside, images_of, write_stream},
    offers::Sheet,
    refusal::{Answer, Refusal},
    wire::{Listing, Products, Watched},
};

/// The engine of this computer. Nobody needs a key, and everything is in sight.
pub(crate) struct Here {
    pub(crate) engine: Engine,
    /// What others have made comes by this.
    pub(crate) sync: Sync,
    /// How links to renditions begin, as the page is shown them.
    pub(crate) pictures: Url,
}

impl Here {
    /// Puts what has come of a request into a folder: the results sheet with a name, the images in a
    /// folder beside it.
    pub(crate) async fn put_out(&self, id: RequestId, folder: &Path, name: &str) -> Answer<()> {
        let images = images_of(name, id);
        let _held = self.sync.fetch_images(id).await?;
        let outlet = Outlet { folder: folder.to_owned(), results: name.to_owned(), images };
        Ok(self.engine.export(id, &outlet).await?)
    }
}

#[async_trait]
impl Takes for Here {
    async fn submit(&self, handing: &Handing) -> Answer<ReceivedView> {
        let Handing { sheet, recipe, idempotency_key } = handing.clone();
        let Sheet { path, folder, name, kind: _ } = sheet;
        let upload = Upload {
            sheet: path,
            folder,
            file_name: Some(name),
            recipe,
            owner: None,
            hook: None,
            idempotency_key: Some(idempotency_key),
        };
        let Submitted { id, .. } = self.engine.submit(upload).await?;
        Ok(ReceivedView::new(id, None))
    }
}

#[async_trait]
impl Host for Here {
    async fn session(&self) -> Answer<SessionView> {
        Ok(self.engine.session(Caller::Anybody, env!("CARGO_PKG_VERSION")).await?)
    }

    async fn check(&self, sheet: &Sheet) -> Answer<CheckView> {
        Ok(self.engine.check(sheet.path.clone(), sheet.folder.as_deref()).await?)
    }

    async fn mark(&self, sheet: &Sheet, to: &Path) -> Answer<()> {
        let unwritable = Refusal::failed("write the sheet");
        let aside = Aside::of(to).map_err(&unwritable)?;
        let out = aside.writer().map_err(&unwritable)?;
        self.engine.mark(sheet.path.clone(), sheet.folder.as_deref(), out).await?;
        aside.put().map_err(unwritable)
    }

    async fn sample(&self, folder: &Path) -> Answer<Sheet> {
        let folder = folder.to_owned();
        let written = spawn_blocking(move || sample::write(&folder)).await;
        written.map_err(std::io::Error::from).flatten().map_err(Refusal::failed("write the sample"))
    }

    async fn list(&self, asked: Listing) -> Answer<RequestList> {
        let Listing { limit, cursor } = asked;
        Ok(self.engine.list(Sight::All, cursor, limit_of(limit)?).await?)
    }

    async fn show(&self, id: RequestId) -> Answer<RequestView> {
        Ok(self.engine.show(id).await?)
    }

    async fn products(&self, asked: Products) -> Answer<StatusView> {
        let Products { request_id, from, cursor, limit, only_failed, search } = asked;
        let start = match (cursor, from) {
            (Some(cursor), _) => ProductStart::Cursor(cursor.parse().map_err(invalid_cursor)?),
            (None, Some(row)) => ProductStart::Row(row),
            (None, None) => ProductStart::Cursor(ProductCursor::default()),
        };
        let search = Some(search).filter(|search| !search.is_empty());
        let wanted = ProductsWanted { start, only_failed, search };
        let mut view = self.engine.status(request_id, wanted, limit_of(limit)?).await?;
        for product in &mut view.processed_data {
            for rendition in &product.renditions {
                let output = product.output_image_urls.get_mut(rendition.index);
                // The engine names it as a file beside a results sheet; the page is shown it.
                if let Some(Some(output)) = output {
                    let name = output.rsplit('/').next().unwrap_or_default();
                    *output = format!("{}rendition/{request_id}/{name}", self.pictures);
                }
            }
        }
        Ok(view)
    }

    async fn report(&self, id: RequestId) -> Answer<ReportView> {
        Ok(self.engine.report(id).await?)
    }

    fn follow(&self, id: RequestId) -> BoxStream<'static, Watched> {
        follow::follow(self.engine.clone(), id).boxed()
    }

    async fn cancel(&self, id: RequestId) -> Answer<RequestView> {
        Ok(self.engine.cancel(id).await?)
    }

    async fn retry(&self, id: RequestId, reason: Option<String>) -> Answer<RequestView> {
        Ok(self.engine.retry(id, reason.map_or(Again::All, Again::Reason)).await?)
    }

    async fn remove(&self, id: RequestId) -> Answer<()> {
        Ok(self.engine.remove(id).await?)
    }

    async fn save(&self, id: RequestId, what: Download, to: &Path) -> Answer<()> {
        match what {
            Download::Results => {
                let folder = to.parent().unwrap_or(Path::new("."));
                let name = to.file_name().unwrap_or_default().to_string_lossy();
                self.put_out(id, folder, &name).await
            }
            Download::Images => {
                let _held = self.sync.fetch_images(id).await?;
                let body = self.engine.archive(id).await?.body;
                let written = write_stream(to, body).await;
                written.map_err(Refusal::failed("write the file"))
            }
        }
    }

    async fn rendition(&self, id: RequestId, name: &RenditionName) -> Answer<Bytes> {
        let rendered = self.sync.image(id, name, None).await?;
        let pieces: Vec<Bytes> =
            rendered.body.try_collect().await.map_err(Refusal::failed("read the image"))?;
        Ok(pieces.concat().into())
    }

    async fn source(&self, id: RequestId, row: u64, image: u32) -> Answer<Bytes> {
        let source = self.engine.source(id, row, image).await?.source;
        Ok(Bytes::copy_from_slice(source.as_ref()))
    }

    async fn webhooks(&self, cursor: Option<String>) -> Answer<WebhookList> {
        let before = cursor.map(|cursor| cursor.parse()).transpose().map_err(|_| no_cursor())?;
        let limit = limit_of(PAGE)?;
        let found = self.engine.webhooks().list(Sight::All, before, limit.and_one_more()).await?;
        Ok(WebhookList::page(found, limit))
    }

    async fn webhook(&self, id: EndpointId) -> Answer<WebhookView> {
        Ok(WebhookView::new(&self.engine.webhooks().show(Sight::All, id).await?))
    }

    async fn add_webhook(&self, draft: WebhookDraft) -> Answer<WebhookSecretView> {
        let draft = draft.try_into()?;
        let (endpoint, secret) = self.engine.webhooks().create(None, Sight::All, draft).await?;
        Ok(WebhookSecretView::new(&endpoint, secret.reveal()))
    }

    async fn change_webhook(&self, id: EndpointId, change: WebhookChange) -> Answer<WebhookView> {
        let change = change.try_into()?;
        Ok(WebhookView::new(&self.engine.webhooks().update(Sight::All, id, change).await?))
    }

    async fn rotate_webhook(&self, id: EndpointId) -> Answer<WebhookSecretView> {
        let (endpoint, secret) = self.engine.webhooks().rotate(Sight::All, id).await?;
        Ok(WebhookSecretView::new(&endpoint, secret.reveal()))
    }

    async fn remove_webhook(&self, id: EndpointId) -> Answer<()> {
        Ok(self.engine.webhooks().remove(Sight::All, id).await?)
    }

    async fn test_webhook(&self, id: EndpointId) -> Answer<DeliveryView> {
        let (request, delivery) = self.engine.webhooks().test(Sight::All, id).await?;
        Ok(DeliveryView::new(request, &delivery))
    }

    async fn deliveries(&self, id: EndpointId, after: Option<MessageId>) -> Answer<DeliveryList> {
        let limit = limit_of(PAGE)?;
        let webhooks = self.engine.webhooks();
        let found = webhooks.deliveries(Sight::All, id, after, limit.and_one_more()).await?;
        Ok(DeliveryList::page(found, limit))
    }

    async fn redeliver(&self, id: EndpointId, message: MessageId) -> Answer<DeliveryView> {
        let (request, delivery) = self.engine.webhooks().redeliver(Sight::All, id, message).await?;
        Ok(DeliveryView::new(request, &delivery))
    }

    async fn keys(&self, _: Option<String>) -> Answer<KeyList> {
        Ok(KeyList { keys: Vec::new(), next_cursor: None })
    }

    async fn add_key(&self, _: KeyOrder) -> Answer<NewKeyView> {
        Err(no_keys())
    }

    async fn rotate_key(&self, _: KeyId) -> Answer<NewKeyView> {
        Err(no_keys())
    }

    async fn revoke_key(&self, _: KeyId) -> Answer<Option<KeyView>> {
        Err(no_keys())
    }
}

/// How many entries a page of webhooks or deliveries has.
const PAGE: u32 = 50;

fn limit_of(entries: u32) -> Answer<Limit> {
    entries
        .to_string()
        .parse()
        .map_err(|error| Refusal::new(422, "invalid_value", format!("limit: {error}")))
}

fn invalid_cursor(error: InvalidCursor) -> Refusal {
    Refusal::new(422, "invalid_value", format!("cursor: {error}"))
}

fn no_cursor() -> Refusal {
    invalid_cursor(InvalidCursor)
}

fn no_keys() -> Refusal {
    let words = "nobody needs a key to work on this computer: keys are made on a server";
    Refusal::new(409, "no_keys_here", words)
}
