//! What a host tells the engine.

use std::{num::NonZeroUsize, path::PathBuf, time::Duration};

use crate::{compress, fetch, gallery::Layout, sheet};

/// What a host tells the engine. [`Config::new`] gives sensible defaults for all but the folder.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the embedded store lies.
    pub store: PathBuf,
    /// How many bytes of pages the embedded store keeps in memory. Default: 64 MiB.
    pub store_cache_bytes: u64,
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
}

/// How the work is shared out.
#[derive(Clone, Debug)]
pub struct Work {
    /// How many images are compressed at once. Default: one a core.
    pub threads: NonZeroUsize,
    /// How many bytes decoded images may take at once, in all. Default: 1 GiB.
    pub decoded_bytes: u64,
    /// How long compressing one image may take. Default: 60 s.
    pub time_limit: Duration,
    /// About how many images a batch holds. Default: 64.
    pub batch_images: usize,
    /// How many batches a process works on at once at most. Default: 8.
    pub batches_in_hand: usize,
    /// How long a claim is good without renewal. Default: 30 s.
    pub lease: Duration,
    /// How long an idle worker waits before it looks for work again. Default: 2 s.
    pub idle: Duration,
}

impl Config {
    /// The defaults, with all that is kept in a folder.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Config {
            store: folder.join("store"),
            store_cache_bytes: 64 << 20,
            gallery: folder.join("gallery"),
            layout: Layout::default(),
            sheet: sheet::Options::default(),
            files: None,
            fetch: fetch::Limits::default(),
            access: fetch::Access::default(),
            compress: compress::Limits::default(),
            work: Work::default(),
        }
    }
}

impl Default for Work {
    fn default() -> Self {
        Work {
            threads: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            decoded_bytes: 1 << 30,
            time_limit: Duration::from_secs(60),
            batch_images: 64,
            batches_in_hand: 8,
            lease: Duration::from_secs(30),
            idle: Duration::from_secs(2),
        }
    }
}
