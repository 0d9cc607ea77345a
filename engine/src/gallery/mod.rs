//! Where renditions are kept, and the sheets that asked for them.
//!
//! A gallery knows names and bytes, and nothing of products or batches. What it has acknowledged is
//! durable, and what it serves is whole: a file that was cut off by a crash is never seen.

mod layout;
mod name;
mod objects;

use std::{fs::File, io, ops::Range, path::Path, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use thiserror::Error;

pub use layout::Layout;
pub use name::{InvalidName, RenditionName};
pub use objects::Objects;

use crate::model::{RequestId, Timestamp};

/// Where renditions and sheets are kept.
#[async_trait]
pub trait Gallery: Send + Sync + 'static {
    /// Keeps a rendition; whoever reads the name sees the old bytes or the new ones, never a part.
    async fn keep(&self, id: RequestId, name: &RenditionName, bytes: Bytes) -> Result<()>;

    /// Keeps the bytes of the rendition `from` under the name `to` as well.
    async fn copy(&self, id: RequestId, from: &RenditionName, to: &RenditionName) -> Result<()>;

    /// Opens a rendition for reading.
    ///
    /// # Errors
    /// [`GalleryError::NotFound`], or [`GalleryError::NotModified`] by the condition in `read`.
    async fn open(&self, id: RequestId, name: &RenditionName, read: Read) -> Result<Rendered>;

    /// Keeps a copy of the sheet of a request.
    async fn keep_sheet(&self, id: RequestId, sheet: &Path) -> Result<()>;

    /// Opens the sheet of a request.
    async fn open_sheet(&self, id: RequestId) -> Result<File>;

    /// Deletes all that is kept for a request; deleting what is not there is no error.
    async fn remove(&self, id: RequestId) -> Result<()>;

    /// Deletes what a crash left half written for a request, if it was begun longer than `age` ago;
    /// what is younger may still be written.
    async fn sweep(&self, id: RequestId, age: Duration) -> Result<()>;

    /// Tells whether the gallery can be written to.
    async fn probe(&self) -> Result<()>;
}

/// Which part of a rendition is wanted, and on what condition (RFC 9110, sections 13 and 14).
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// The entity tags of `If-None-Match`, as the header has them.
    pub if_none_match: Option<String>,
    /// The bytes from start to before end; `None` is all of them.
    pub range: Option<Range<u64>>,
}

/// A rendition that has been opened.
pub struct Rendered {
    /// Size of the whole in bytes.
    pub size: u64,
    /// The strong entity tag, in quotes.
    pub etag: String,
    /// When it was kept.
    pub modified: Timestamp,
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
    /// The rendition is what the reader has already.
    #[error("the rendition is unchanged")]
    NotModified,
    /// The gallery cannot be reached, is full or may not be written to; trying again may help.
    #[error("the gallery cannot {action}: {source}")]
    Unavailable {
        /// What was to be done, such as `keep 1-mug-1.webp`.
        action: String,
        /// What the storage says.
        source: io::Error,
    },
}
