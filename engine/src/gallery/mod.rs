//! Where renditions are kept, and the sheets that asked for them.
//!
//! A gallery knows names and bytes, and nothing of products or batches. What it has acknowledged is
//! durable, and what it serves is whole: a file that was cut off by a crash is never seen.

mod layout;
mod name;
mod objects;
mod gridfs;

#[cfg(test)]
mod contract;
#[cfg(test)]
mod tests;

use std::{fs::File, io, ops::Range, path::Path, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use thiserror::Error;

pub use gridfs::GridFs;
pub use layout::Layout;
pub use name::{InvalidName, RenditionName};
pub use objects::Objects;
#[cfg(test)]
pub(crate) use objects::RETRIED_FOR;

use crate::{
    blame::Blame,
    model::{RequestId, Timestamp},
};

/// Where renditions and sheets are kept.
#[async_trait]
pub trait Gallery: Send + Sync + 'static {
    /// Keeps a rendition; whoever reads the name sees the old bytes or the new ones, never a part.
    async fn keep(&self, id: RequestId, name: &RenditionName, bytes: Bytes) -> Result<()>;

    /// Keeps the bytes of one rendition under the name of another as well.
    ///
    /// # Errors
    /// [`GalleryError::NotFound`]
    async fn copy(
        &self,
        from: (RequestId, &RenditionName),
        to: (RequestId, &RenditionName),
    ) -> Result<()>;

    /// Tells of a rendition without reading any of its bytes.
    ///
    /// # Errors
    /// [`GalleryError::NotFound`]
    async fn look(&self, id: RequestId, name: &RenditionName) -> Result<Outline>;

    /// Opens a rendition for reading: the bytes from start to before end of `range`, or all.
    ///
    /// # Errors
    /// [`GalleryError::NotFound`]
    async fn open(
        &self,
        id: RequestId,
        name: &RenditionName,
        range: Option<Range<u64>>,
    ) -> Result<Rendered>;

    /// Keeps a copy of the sheet of a request.
    async fn keep_sheet(&self, id: RequestId, sheet: &Path) -> Result<()>;

    /// Opens the sheet of a request.
    async fn open_sheet(&self, id: RequestId) -> Result<File>;

    /// Deletes the renditions of a request, and leaves its sheet; deleting what is not there is no
    /// error.
    async fn remove_images(&self, id: RequestId) -> Result<()>;

    /// Deletes all that is kept for a request; deleting what is not there is no error.
    async fn remove(&self, id: RequestId) -> Result<()>;

    /// Deletes what crashes left half written for these requests, if it was begun longer than `age`
    /// ago; what is younger may still be written.
    async fn sweep(&self, requests: &[RequestId], age: Duration) -> Result<()>;

    /// Tells whether the gallery can be written to.
    async fn probe(&self) -> Result<()>;
}

/// What there is to tell of a rendition besides its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// Size of the whole in bytes.
    pub size: u64,
    /// The strong entity tag, in quotes.
    pub etag: String,
    /// When it was kept.
    pub modified: Timestamp,
}

/// A rendition that has been opened.
pub struct Rendered {
    /// What there is to tell of the whole.
    pub outline: Outline,
    /// The bytes of the range that was asked for.
    pub body: BoxStream<'static, io::Result<Bytes>>,
}

/// The result of a gallery's method.
pub type Result<T, E = GalleryError> = std::result::Result<T, E>;

/// Why a gallery did not do what it was asked.
#[derive(Debug, Error)]
pub enum GalleryError {
    /// There is no such rendition or sheet.
    #[error("the gallery has no {0}")]
    NotFound(String),
    /// The gallery cannot be reached, is full or may not be written to; trying again may help.
    #[error("the gallery cannot {action}: {source}")]
    Unavailable {
        /// What was to be done, such as `keep 1-mug-1.webp`.
        action: String,
        /// What the storage says.
        source: io::Error,
    },
}

impl GalleryError {
    /// Whose fault it is, where the storage tells.
    pub(crate) fn blame(&self) -> Blame {
        let GalleryError::Unavailable { action: _, source } = self else { return Blame::Nobody };
        if source.kind() == io::ErrorKind::PermissionDenied {
            return Blame::Asker;
        }
        let inner =
            source.get_ref().and_then(|inner| inner.downcast_ref::<mongodb::error::Error>());
        inner.map_or(Blame::Nobody, Blame::of)
    }
}
