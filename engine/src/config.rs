//! What a host tells the engine.

use std::{fmt, path::PathBuf};

use url::Url;

use crate::{
    compress, fetch, gallery::Layout, sheet, store::MongoUri, vault::KeySource, webhook::Terms,
    worker::Work,
};

/// What a host tells the engine. [`Config::new`] gives sensible defaults for all but the folder.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where requests and batches are kept.
    pub store: StoreAt,
    /// Where renditions and sheets are kept.
    pub gallery: GalleryAt,
    /// The key with which secrets are sealed. Default: in the file `secret.key`.
    pub key: KeySource,
    /// What sheets may hold. A server never allows files: its sheets are other people's. Default: web
    /// links only, 1 million rows, 256 MiB.
    pub sheet: sheet::Options,
    /// How sources are downloaded.
    pub fetch: fetch::Limits,
    /// Which addresses may be reached. Default: public ones.
    pub access: fetch::Access,
    /// What a source may cost to compress.
    pub compress: compress::Limits,
    /// How the work is shared out.
    pub work: Work,
    /// How webhooks are delivered.
    pub webhooks: Terms,
}

/// Where requests and batches are kept.
#[derive(Clone, Debug)]
pub enum StoreAt {
    /// In a folder that one process uses at a time.
    Folder {
        /// The folder.
        path: PathBuf,
        /// How many bytes of pages are kept in memory. Default: 8 MiB.
        cache_bytes: u64,
    },
    /// In MongoDB, for any number of processes.
    Mongo(MongoUri),
}

/// Where renditions and sheets are kept.
#[derive(Clone)]
pub enum GalleryAt {
    /// In a folder.
    Folder {
        /// The folder.
        path: PathBuf,
        /// How it is arranged. Default: by request.
        layout: Layout,
    },
    /// In S3, or whatever speaks its protocol.
    S3 {
        /// `s3://bucket/prefix`
        url: Url,
        /// Endpoint, region, keys and so on, by the names of the usual environment variables,
        /// such as `AWS_REGION`.
        options: Vec<(String, String)>,
    },
    /// In the database of the store.
    GridFs,
}

impl fmt::Display for GalleryAt {
    /// What tells it from others, without options.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GalleryAt::Folder { path, .. } => path.display().fmt(f),
            GalleryAt::S3 { url, .. } => url.fmt(f),
            GalleryAt::GridFs => f.write_str("gridfs"),
        }
    }
}

impl fmt::Debug for GalleryAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GalleryAt::Folder { path, layout } => {
                f.debug_struct("Folder").field("path", path).field("layout", layout).finish()
            }
            // There are keys among the options.
            GalleryAt::S3 { url, options: _ } => {
                f.debug_struct("S3").field("url", &url.as_str()).finish_non_exhaustive()
            }
            GalleryAt::GridFs => f.write_str("GridFs"),
        }
    }
}

impl Config {
    /// The defaults, with all that is kept in a folder.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Config {
            store: StoreAt::Folder { path: folder.join("store"), cache_bytes: 8 << 20 },
            gallery: GalleryAt::Folder { path: folder.join("gallery"), layout: Layout::default() },
            key: KeySource::File(folder.join("secret.key")),
            sheet: sheet::Options::default(),
            fetch: fetch::Limits::default(),
            access: fetch::Access::default(),
            compress: compress::Limits::default(),
            work: Work::default(),
            webhooks: Terms::default(),
        }
    }
}
