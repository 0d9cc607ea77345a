//! What a compression may cost at most, and the flag by which it is asked to end.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use super::CompressError;

/// What a source may cost at most; all of it is checked before anything is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Pixels of one picture. Default: 100 million.
    pub max_pixels: u64,
    /// Bytes that decoding may hold at a time, the decoder's own included. Default: 512 MiB.
    pub max_decoded_bytes: u64,
    /// Pixels of all the frames of an animation together. Default: 400 million.
    pub max_animation_pixels: u64,
    /// Frames of an animation. Default: 10,000.
    pub max_frames: u32,
    /// Pixels that a progressive JPEG goes over in all of its scans. Default: 2,000 million.
    pub max_scan_pixels: u64,
    /// Bytes that a packed colour profile or text may unpack to. Default: 16 MiB.
    pub max_metadata_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_pixels: 100_000_000,
            max_decoded_bytes: 512 << 20,
            max_animation_pixels: 400_000_000,
            max_frames: 10_000,
            max_scan_pixels: 2_000_000_000,
            max_metadata_bytes: 16 << 20,
        }
    }
}

/// A flag by which whoever watches the time asks a running compression to end.
///
/// It is looked at between the steps, between the frames of an animation, and by every decoder
/// whenever it reads on. What cannot be interrupted is the encoding of one picture or frame, as
/// the encoders offer no way: for each megapixel 0.03 s in WebP, 0.1 s in JPEG, 1 s in PNG, 1.5 s in
/// AVIF.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// A flag that has not been raised.
    #[must_use]
    pub fn new() -> Self {
        Stop::default()
    }

    /// Asks the compressions that watch this flag to end.
    pub fn request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether they have been asked to end.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn check(&self) -> Result<(), CompressError> {
        if self.is_requested() { Err(CompressError::Stopped) } else { Ok(()) }
    }
}
