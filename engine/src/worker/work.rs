//! How the work is shared out.

use std::time::Duration;

/// How the work is shared out.
#[derive(Clone, Debug)]
pub struct Work {
    /// How many images are compressed at once. Default: one a core.
    pub threads: std::num::NonZeroUsize,
    /// How many bytes decoded images may take at once, in all. Default: 1 GiB.
    pub decoded_bytes: u64,
    /// How long compressing one image may take. Default: 60 s.
    pub time_limit: Duration,
    /// About how many images a batch holds. Default: 64.
    pub batch_images: usize,
    /// How many batches a process works on at once, beside one of each request that would wait
    /// otherwise. Default: 128.
    pub batches_in_hand: usize,
    /// How many it works on at most: what only waits for a slow host takes little but memory.
    /// Default: 1,024.
    pub most_in_hand: usize,
    /// How many of them may be of one request, so that one that only waits for a slow host leaves
    /// room for others. Default: 8.
    pub batches_of_a_request: usize,
    /// Below so many unfinished images another batch is claimed. Default: 64.
    pub unfinished_images: usize,
    /// How long a claim is good without renewal. Default: 30 s.
    pub lease: Duration,
    /// How long an idle worker waits at most before it looks for work again; where nothing wakes it,
    /// it looks sooner at first. Default: 2 s.
    pub idle: Duration,
    /// Whether what was made for one request serves a later one. Default: yes.
    pub reuse: Option<Reuse>,
}

/// How what was made for one request serves later ones of the same owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reuse {
    /// For how long a rendition is remembered. Default: 30 days.
    pub life: Duration,
    /// How many are remembered, twice for each source; each process may add an eighth of that
    /// before the oldest are forgotten. Default: 500,000.
    pub most: u64,
}

impl Default for Reuse {
    fn default() -> Self {
        Reuse { life: Duration::from_secs(30 * 24 * 3_600), most: 500_000 }
    }
}

impl Default for Work {
    fn default() -> Self {
        let cores = std::thread::available_parallelism();
        Work {
            threads: cores.unwrap_or(std::num::NonZeroUsize::MIN),
            decoded_bytes: 1 << 30,
            time_limit: Duration::from_secs(60),
            batch_images: 64,
            batches_in_hand: 128,
            most_in_hand: 1_024,
            batches_of_a_request: 8,
            unfinished_images: 64,
            lease: Duration::from_secs(30),
            idle: Duration::from_secs(2),
            reuse: Some(Reuse::default()),
        }
    }
}
