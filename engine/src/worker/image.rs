//! One image: fetched, compressed, kept.

use thiserror::Error;
use tokio_util::sync::CancellationToken;

use super::{Tools, twins::Cell};
use crate::{
    gallery::{GalleryError, RenditionName},
    model::{Failure, Image, ImageState, Product, Recipe, Rendition, Request, TwinKey},
    store::StoreError,
};

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

/// The image at one place of a sheet.
pub(super) struct Place<'a> {
    pub(super) request: &'a Request,
    pub(super) product: &'a Product,
    pub(super) image: &'a Image,
    /// The place of the image in its product, counted from 1.
    pub(super) number: usize,
}

impl Place<'_> {
    fn recipe(&self) -> Recipe {
        self.request.recipe.changed_by(&self.product.recipe_change)
    }

    /// Makes the rendition, or finds out why there is none. Of several images with the same link
    /// and recipe only one is fetched; the others get its outcome through `cell`.
    pub(super) async fn make(
        &self,
        tools: &Tools,
        cell: &Cell,
        stop: &CancellationToken,
    ) -> Result<ImageState, Setback> {
        let outcome = cell.get_or_try_init(|| async {
            let twin = TwinKey::new(&self.image.link, &self.product.recipe_change);
            match tools.requests.find_twin(self.request, twin).await? {
                Some(state) => Ok(state),
                None => self.make_new(tools, stop).await,
            }
        });
        match outcome.await? {
            ImageState::Done(rendition) => match self.name_own(tools, rendition).await {
                // Somebody has deleted the file of the twin.
                Err(Setback::Gallery(GalleryError::NotFound(_))) => {
                    self.make_new(tools, stop).await
                }
                named => named,
            },
            state @ (ImageState::Failed(_) | ImageState::Kept { .. } | ImageState::Waiting) => {
                Ok(state.clone())
            }
        }
    }

    async fn make_new(
        &self,
        tools: &Tools,
        stop: &CancellationToken,
    ) -> Result<ImageState, Setback> {
        let fetched = tokio::select! {
            fetched = tools.fetcher.fetch(&self.image.link) => fetched,
            () = stop.cancelled() => return Err(Setback::Stopped),
        };
        let source = match fetched {
            Ok(source) => source,
            Err(error) => return Ok(ImageState::Failed(Failure::from(error))),
        };
        let compressed = match tools.pool.compress(source.bytes.clone(), self.recipe()).await {
            Ok(compressed) => compressed,
            Err(failure) => return Ok(ImageState::Failed(failure)),
        };
        let name = RenditionName::new(
            &self.product.serial_number,
            &self.product.product_name,
            self.number,
            compressed.format,
        );
        let rendition = Rendition {
            name: name.to_string(),
            format: compressed.format,
            width: compressed.width,
            height: compressed.height,
            bytes: compressed.bytes.len() as u64,
            source_bytes: source.bytes.len() as u64,
            source_width: compressed.source_width,
            source_height: compressed.source_height,
        };
        drop(source);
        tools.gallery.keep(self.request.id, &name, compressed.bytes.into()).await?;
        Ok(ImageState::Done(rendition))
    }

    /// Each place has a file of its own, under its own name.
    async fn name_own(&self, tools: &Tools, made: &Rendition) -> Result<ImageState, Setback> {
        let Product { serial_number, product_name, .. } = self.product;
        let own = RenditionName::new(serial_number, product_name, self.number, made.format);
        if let Ok(made) = made.name.parse::<RenditionName>()
            && made != own
        {
            let id = self.request.id;
            tools.gallery.copy((id, &made), (id, &own)).await?;
        }
        Ok(ImageState::Done(Rendition { name: own.to_string(), ..made.clone() }))
    }
}
