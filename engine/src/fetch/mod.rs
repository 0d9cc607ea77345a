//! Downloads sources, from an internet where a link may point at anything.
//!
//! What may be reached is for the [`Guard`], how much it may cost for the [`Limits`]. A download
//! that fails is tried again where that may help, and otherwise tells in plain words why it failed.
//! Nothing here knows images: what comes may still be damaged or no image at all.

mod limits;
mod ranges;
mod carried;
mod guard;
mod size;
mod sniff;
mod error;
mod retry;
mod allowance;
mod courtesy;
mod budget;
mod resolve;
mod client;
mod diagnose;
mod download;
mod file;
mod fetcher;

use std::time::Duration;

use bytes::Bytes;

use crate::model::Validators;
pub(crate) use client::{build, guarded};
pub(crate) use diagnose::no_answer;

pub use error::{FetchError, Received};
pub use fetcher::{Fetcher, SetupError};
pub use guard::{Access, Guard, PrivateAddresses, Refused};
pub use limits::Limits;
pub use ranges::Special;
pub(crate) use retry::retry_after;
pub use sniff::NotImage;

/// The downloaded bytes of one image.
///
/// They count against [`Limits::memory_bytes`] until the source is dropped; a clone of `bytes` that
/// outlives it does not count.
#[derive(Debug)]
pub struct Source {
    /// The bytes, unpacked; there is at least one.
    pub bytes: Bytes,
    /// What the server said that a later download can be compared by.
    pub validators: Validators,
    /// How long it took from the last question to the last byte.
    pub took: Duration,
    _memory: budget::Memory,
}

impl AsRef<[u8]> for Source {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// What came of asking for a source of which an earlier download is known.
#[derive(Debug)]
pub enum Fetched {
    /// It is another one, or the server cannot tell.
    Source(Source),
    /// It is the same as then; nothing was downloaded.
    Unchanged,
}
