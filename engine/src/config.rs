//! What a host tells the engine.

use std::path::PathBuf;

use crate::{
    compress, fetch, gallery::Layout, sheet, vault::KeySource, webhook::Terms, worker::Work,
};

/// What a host tells the engine. [`Config::new`] gives sensible defaults for all but the folder.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the embedded store lies.
    pub store: PathBuf,
    /// How many bytes of pages the embedded store keeps in memory. Default: 8 MiB.
    pub store_cache_bytes: u64,
    /// The key with which secrets are sealed. Default: in the file `secret.key`.
    pub key: KeySource,
    /// Where the gallery lies.
    pub gallery: PathBuf,
    /// How the gallery is arranged. Default: by request.
    pub layout: Layout,
    /// What sheets may hold. Default: web links only, 1 million rows, 256 MiB.
    pub sheet: sheet::Options,
    /// The folder that file links are relative to, where sheets may hold them. Default: none.
    pub files: Option<PathBuf>,
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

impl Config {
    /// The defaults, with all that is kept in a folder.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Config {
            store: folder.join("store"),
            store_cache_bytes: 8 << 20,
            key: KeySource::File(folder.join("secret.key")),
            gallery: folder.join("gallery"),
            layout: Layout::default(),
            sheet: sheet::Options::default(),
            files: None,
            fetch: fetch::Limits::default(),
            access: fetch::Access::default(),
            compress: compress::Limits::default(),
            work: Work::default(),
            webhooks: Terms::default(),
        }
    }
}
