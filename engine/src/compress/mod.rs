//! Makes renditions of sources: bytes and a recipe go in, bytes come out.
//!
//! Nothing here knows a clock, a network or a disk. Bytes from outside meet memory-safe decoders
//! only, within [`Limits`] that are checked before anything is decoded; the C encoders are given
//! pixels that were decoded here. The same bytes and the same recipe give the same rendition.
//!
//! The steps of [`compress`]: (1) probe, (2) decode, (3) make smaller, (4) convert to sRGB, (5) turn
//! upright, (6) encode, (7) take the source's own bytes instead where that is no smaller.

mod animation;
mod colour;
mod container;
mod decode;
mod encode;
mod error;
mod guard;
mod limits;
mod metadata;
mod orient;
mod picture;
mod probe;
mod resize;
mod sniff;
mod strip;
mod work;

use crate::model::{Format, Recipe};
use work::Work;

pub use encode::default_quality;
pub use error::CompressError;
pub use limits::{Limits, Stop};
pub use probe::{Probe, probe, probe_until};

/// A rendition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compressed {
    /// The rendition's file.
    pub bytes: Vec<u8>,
    /// The rendition's format.
    pub format: Format,
    /// The rendition's width in pixels, as it is shown.
    pub width: u32,
    /// The rendition's height in pixels, as it is shown.
    pub height: u32,
    /// The source's format.
    pub source_format: Format,
    /// The source's width in pixels, as it is shown.
    pub source_width: u32,
    /// The source's height in pixels, as it is shown.
    pub source_height: u32,
}

/// Makes the rendition of a source.
///
/// Animations stay animations in WebP, GIF and PNG; in all other formats the first picture is
/// taken. A rendition in its source's own format and size that would not be smaller is the source's
/// bytes, without metadata unless the recipe keeps it; so is every GIF that is kept as it is, as
/// writing it anew could only lose.
///
/// # Errors
/// [`CompressError`] says why there is none; `limits` and `stop` among the reasons.
pub fn compress(
    source: &[u8],
    recipe: &Recipe,
    limits: &Limits,
    stop: &Stop,
) -> Result<Compressed, CompressError> {
    // (1)
    let probe = probe_until(source, limits, stop)?;
    let work = Work::new(source, probe, recipe, limits, stop);
    encode::check_size(work.format, work.size.0, work.size.1)?;
    Ok(Compressed {
        bytes: work.rendition()?,
        format: work.format,
        width: work.size.0,
        height: work.size.1,
        source_format: probe.format,
        source_width: probe.width,
        source_height: probe.height,
    })
}
