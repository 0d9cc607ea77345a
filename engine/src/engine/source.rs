//! The source of an image, fetched again to be looked at beside its rendition.

use tokio::task::spawn_blocking;

use super::{Engine, submit::ended_early};
use crate::{
    compress,
    error::Error,
    fetch::Source,
    model::{Failure, Format, Link, Request, RequestId},
    store::StoreError,
};

/// The source of an image.
pub struct SourceImage {
    /// What its bytes say that it is.
    pub format: Format,
    /// Its bytes; they count against the memory for downloads until this is dropped.
    pub source: Source,
}

impl Engine {
    /// Fetches the source of the image at a place of a row of the sheet, both counted from 0, by
    /// the same rules as for compressing it. Nothing but an image is given.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::NoImage`] where the sheet has no such place, and
    /// [`Error::Source`] where it cannot be had.
    pub async fn source(&self, id: RequestId, row: u64, image: u32) -> Result<SourceImage, Error> {
        let request = self.0.requests.show(id).await?;
        let link = self.link_at(&request, row, image).await?;
        let link = link.ok_or_else(|| Error::NoImage(format!("{image} in row {row}")))?;
        let folder = request.sheet.folder.as_deref();
        let source = self.0.fetcher.fetch_to_look_at(&link, folder).await.map_err(Failure::from)?;
        let (bytes, limits) = (source.bytes.clone(), self.0.limits);
        let probed = spawn_blocking(move || compress::probe(&bytes, &limits)).await;
        let probe = probed.map_err(ended_early)?.map_err(Failure::from)?;
        Ok(SourceImage { format: probe.format, source })
    }

    async fn link_at(
        &self,
        request: &Request,
        row: u64,
        image: u32,
    ) -> Result<Option<Link>, StoreError> {
        let at = self.cursor_of(request, row).await?;
        let batch = self.batch(request.id, at.seq).await?;
        let product = batch.as_ref().and_then(|batch| batch.products.get(at.product as usize));
        let image = product.and_then(|product| product.images.get(image as usize));
        Ok(image.map(|image| image.link.clone()))
    }
}
