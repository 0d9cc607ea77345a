//! What a download may cost, in time, bytes and other people's patience.

use std::time::Duration;

/// What downloads may cost.
///
/// A count of nothing makes no sense for connections and tries: 0 is taken as 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long a connection may take to be made, the look-up of the name included. Default: 5 s.
    pub connect: Duration,
    /// How long one try may take from the first question to the last byte, redirects included;
    /// waiting for a free connection or for memory does not count. Default: 60 s.
    pub whole: Duration,
    /// How long an answer may take to begin, and its body may go without getting on by
    /// [`least_bytes_per_second`]. Default: 15 s.
    ///
    /// [`least_bytes_per_second`]: Self::least_bytes_per_second
    pub stalled: Duration,
    /// The speed that counts as getting on: this many bytes for each second of [`stalled`] must
    /// come in every stretch of that length. Default: 1024.
    ///
    /// [`stalled`]: Self::stalled
    pub least_bytes_per_second: u64,
    /// How many bytes a source may have, unpacked. Default: 64 MiB.
    pub max_source_bytes: u64,
    /// How many redirects are followed in one try. Default: 5.
    pub max_redirects: u32,
    /// How many downloads from one host may run at a time. Default: 8.
    pub per_host: usize,
    /// How many downloads may run at a time. Default: 64.
    pub connections: usize,
    /// How many downloaded bytes may be in memory at a time; they may be exceeded by one source of
    /// [`max_source_bytes`](Self::max_source_bytes), and no more. Default: 128 MiB.
    pub memory_bytes: u64,
    /// How often a download is tried in all. Default: 4.
    pub max_tries: u32,
    /// The longest wait before the second try; it doubles with each further one. Default: 0.5 s.
    pub backoff: Duration,
    /// The longest wait between two tries; a server that asks for more is given up on.
    /// Default: 60 s.
    pub longest_wait: Duration,
}

const MIB: u64 = 1024 * 1024;

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connect: Duration::from_secs(5),
            whole: Duration::from_secs(60),
            stalled: Duration::from_secs(15),
            least_bytes_per_second: 1024,
            max_source_bytes: 64 * MIB,
            max_redirects: 5,
            per_host: 8,
            connections: 64,
            memory_bytes: 128 * MIB,
            max_tries: 4,
            backoff: Duration::from_millis(500),
            longest_wait: Duration::from_secs(60),
        }
    }
}
