//! One image: fetched, compressed, kept.

use std::{path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use thiserror::Error;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use tracing::debug;

use super::{Tools, cells::Cell, held::Held, insist::insist};
use crate::{
    compress::Compressed,
    fetch::{Fetched, Source},
    gallery::{GalleryError, RenditionName},
    model::{
        Failure, Format, Image, ImageState, Product, Recipe, Remembered, Rendition, Request,
        RequestId, SourceKey, TwinKey, Validators,
    },
    store::StoreError,
};

/// How long what is being compressed may go on when the process is being stopped.
const FINISH_WITHIN: Duration = Duration::from_secs(5);

/// Why work on a batch stopped although nothing is wrong with its images.
#[derive(Debug, Error)]
pub enum Setback {
    /// The store failed, or the claim is lost.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The gallery failed.
    #[error(transparent)]
    Gallery(#[from] GalleryError),
    /// The process is being stopped, or the request has been given up.
    #[error("stopped")]
    Stopped,
}

/// A source for all images of a request with its link, or why there is none.
pub(super) type Sourced = Result<Arc<Source>, Failure>;

/// The image at one place of a sheet.
pub(super) struct Place<'a> {
    pub(super) tools: &'a Tools,
    pub(super) stop: &'a CancellationToken,
    /// The claim without which nothing is kept.
    pub(super) held: &'a Held,
    pub(super) request: &'a Request,
    pub(super) product: &'a Product,
    pub(super) image: &'a Image,
    /// The place of the image in its product, counted from 1.
    pub(super) number: usize,
}

/// The recipe for the images of a row.
fn recipe(request: &Request, product: &Product) -> Recipe {
    request.recipe.changed_by(&product.recipe_change)
}

/// What an image shares with its twins.
pub(super) fn twin(request: &Request, product: &Product, image: &Image) -> TwinKey {
    TwinKey::new(&image.link, &recipe(request, product))
}

impl Place<'_> {
    /// Makes the rendition, or finds out why there is none. Of several images with the same link
    /// and recipe only one is made; the others get its outcome through `cell`, which an image
    /// without twins does not need.
    pub(super) async fn make(
        &self,
        cell: Option<&Cell<ImageState>>,
    ) -> Result<ImageState, Setback> {
        let Some(cell) = cell else { return self.make_new().await };
        let outcome = cell.get_or_try_init(|| async {
            let twin = twin(self.request, self.product, self.image);
            let requests = &self.tools.requests;
            let find = || requests.find_twin(self.request, twin);
            match insist(self.tools.lease, self.stop, find).await? {
                Some(state) => Ok(state),
                None => self.make_new().await,
            }
        });
        match outcome.await? {
            ImageState::Done(made) => match self.take_over(self.request.id, made).await? {
                Some(own) => Ok(ImageState::Done(own)),
                // Somebody has deleted the file of the twin.
                None => self.make_new().await,
            },
            state @ (ImageState::Failed(_) | ImageState::Kept { .. } | ImageState::Waiting) => {
                Ok(state.clone())
            }
        }
    }

    /// Makes the rendition, unless an earlier request has had the same made.
    ///
    /// 1. The server may say that the source is the one that it was.
    /// 2. The bytes may be the same as those of an earlier source, wherever that lay.
    /// 3. Otherwise the source is compressed, and the rendition remembered for later requests.
    async fn make_new(&self) -> Result<ImageState, Setback> {
        let recipe = recipe(self.request, self.product);
        let owner = self.request.owner;
        let sources = self.tools.sources.cell((self.request.id, self.image.link.clone()));
        let link_key = SourceKey::of_link(owner, &self.image.link, &recipe);
        if let Some(earlier) = self.recall(&link_key).await
            && !earlier.validators.is_empty()
            && sources.get().is_none()
        {
            let known = &earlier.validators;
            let fetched = self.tools.fetcher.fetch_unless(&self.image.link, self.folder(), known);
            match self.unless_stopped(fetched).await? {
                Ok(Fetched::Unchanged) => {
                    if let Some(own) = self.take_over(earlier.request, &earlier.rendition).await? {
                        // Of two copies the younger one will be there for longer.
                        self.remember([link_key], &own, &earlier.validators).await;
                        return Ok(ImageState::Done(own));
                    }
                }
                // Others may have fetched it meanwhile; theirs is as good.
                Ok(Fetched::Source(source)) => drop(sources.set(Ok(Arc::new(source)))),
                Err(error) => drop(sources.set(Err(Failure::from(error)))),
            }
        }
        let source = match sources.get_or_try_init(|| self.source()).await? {
            Ok(source) => Arc::clone(source),
            Err(failure) => return Ok(ImageState::Failed(failure.clone())),
        };
        let bytes_key = SourceKey::of_bytes(owner, &source.bytes, &recipe);
        if let Some(earlier) = self.recall(&bytes_key).await
            && let Some(own) = self.take_over(earlier.request, &earlier.rendition).await?
        {
            // Of two copies in one request neither will be there for longer, and where many links
            // lead to the same bytes all would write to the same document.
            let is_younger = earlier.request != self.request.id;
            let keys = [link_key].into_iter().chain(is_younger.then_some(bytes_key));
            self.remember(keys, &own, &source.validators).await;
            return Ok(ImageState::Done(own));
        }
        let compressed = match self.compress(&source, recipe).await? {
            Ok(compressed) => compressed,
            Err(failure) => return Ok(ImageState::Failed(failure)),
        };
        let rendition = self.keep(compressed, &source).await?;
        self.remember([link_key, bytes_key], &rendition, &source.validators).await;
        Ok(ImageState::Done(rendition))
    }

    /// The folder that the files of the sheet lie in, if it may name any.
    fn folder(&self) -> Option<&Path> {
        self.request.sheet.folder.as_deref()
    }

    async fn source(&self) -> Result<Sourced, Setback> {
        let download = self.tools.fetcher.fetch(&self.image.link, self.folder());
        let fetched = self.unless_stopped(download).await?;
        Ok(fetched.map(Arc::new).map_err(Failure::from))
    }

    /// Waits for a download, and no longer than the process works.
    async fn unless_stopped<T>(&self, download: impl Future<Output = T>) -> Result<T, Setback> {
        tokio::select! {
            done = download => Ok(done),
            () = self.stop.cancelled() => Err(Setback::Stopped),
        }
    }

    /// Compresses a source; what waits for its turn when the process is being stopped is left.
    async fn compress(
        &self,
        source: &Source,
        recipe: Recipe,
    ) -> Result<Result<Compressed, Failure>, Setback> {
        let too_late = async {
            self.stop.cancelled().await;
            sleep(FINISH_WITHIN).await;
        };
        tokio::select! {
            compressed = self.tools.pool.compress(source.bytes.clone(), recipe) => Ok(compressed),
            () = too_late => Err(Setback::Stopped),
        }
    }

    async fn keep(&self, compressed: Compressed, source: &Source) -> Result<Rendition, Setback> {
        let name = self.name(compressed.format);
        let rendition = Rendition {
            name: name.to_string(),
            format: compressed.format,
            width: compressed.width,
            height: compressed.height,
            bytes: compressed.bytes.len() as u64,
            source_bytes: source.bytes.len() as u64,
            source_width: compressed.source_width,
            source_height: compressed.source_height,
            source_format: compressed.source_format,
            fetch_ms: u32::try_from(source.took.as_millis()).ok(),
        };
        let bytes = Bytes::from(compressed.bytes);
        let keep = || async {
            self.held.make_sure(&self.tools.requests).await?;
            Ok::<_, Setback>(self.tools.gallery.keep(self.request.id, &name, bytes.clone()).await?)
        };
        insist(self.tools.lease, self.stop, keep).await?;
        Ok(rendition)
    }

    /// Has the rendition of another place under this one's name as well; `None` where it is not
    /// there any more.
    async fn take_over(
        &self,
        from: RequestId,
        made: &Rendition,
    ) -> Result<Option<Rendition>, Setback> {
        let own = self.name(made.format);
        let is_own = from == self.request.id && made.name == own.as_str();
        if !is_own && let Ok(name) = made.name.parse::<RenditionName>() {
            let make_sure = || self.held.make_sure(&self.tools.requests);
            insist(self.tools.lease, self.stop, make_sure).await?;
            match self.tools.gallery.copy((from, &name), (self.request.id, &own)).await {
                Ok(()) => {}
                Err(GalleryError::NotFound(_)) => return Ok(None),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Some(Rendition { name: own.to_string(), fetch_ms: None, ..made.clone() }))
    }

    fn name(&self, format: Format) -> RenditionName {
        let Product { serial_number, product_name, .. } = self.product;
        RenditionName::new(serial_number, product_name, self.number, format)
    }

    /// What is remembered under a key. That a store cannot tell costs time, and nothing else.
    async fn recall(&self, key: &SourceKey) -> Option<Remembered> {
        self.tools.reuse.as_ref()?;
        let recalled = self.tools.memory.recall(key).await;
        recalled.unwrap_or_else(|error| {
            debug!(%error, "cannot tell whether there is an earlier rendition");
            None
        })
    }

    async fn remember(
        &self,
        keys: impl IntoIterator<Item = SourceKey>,
        rendition: &Rendition,
        validators: &Validators,
    ) {
        let Some(reuse) = &self.tools.reuse else { return };
        let remembered = |key, until| Remembered {
            key,
            request: self.request.id,
            rendition: rendition.clone(),
            validators: validators.clone(),
            until,
        };
        if let Err(error) = self.tools.memory.remember(keys, remembered, reuse.life).await {
            debug!(%error, "cannot remember a rendition");
        }
    }
}
