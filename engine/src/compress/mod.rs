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

use animation::Shown;
use decode::About;
use metadata::Kept;
use picture::Picture;

use crate::model::{Format, FormatChoice, Metadata, Quality, Recipe};

pub use encode::default_quality;
pub use error::CompressError;
pub use limits::{Limits, Stop};
pub use probe::{Probe, probe};

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
    /// The source's width in pixels, as it is shown.
    pub source_width: u32,
    /// The source's height in pixels, as it is shown.
    pub source_height: u32,
}

/// Makes the rendition of a source.
///
/// Animations stay animations in WebP and GIF, and in PNG where nothing has to be changed; of all
/// others the first picture is taken. A rendition in its source's own format and size that would
/// not be smaller is the source's bytes, without metadata unless the recipe keeps it; so is every
/// GIF that is kept as it is, as writing it anew could only lose.
///
/// # Errors
/// [`CompressError`] says why there is none; `limits` and `stop` among the reasons.
pub fn compress(
    source: &[u8],
    recipe: &Recipe,
    limits: &Limits,
    stop: &Stop,
) -> Result<Compressed, CompressError> {
    stop.check()?;
    // (1)
    let probe = probe(source, limits)?;
    let work = Work::new(source, probe, recipe, limits, stop);
    encode::check_size(work.format, work.size.0, work.size.1)?;
    let (made, about) = work.make()?;
    // (7)
    let original = work.original(recipe.metadata, &about);
    let bytes = match (made, original) {
        (Some(made), Some(original)) if made.len() < original.len() => made,
        (_, Some(original)) => original,
        (Some(made), None) => made,
        (None, None) => return Err(CompressError::Internal("neither made nor kept".to_owned())),
    };
    Ok(Compressed {
        bytes,
        format: work.format,
        width: work.size.0,
        height: work.size.1,
        source_width: probe.width,
        source_height: probe.height,
    })
}

/// One source and what is to become of it.
struct Work<'a> {
    source: &'a [u8],
    probe: Probe,
    format: Format,
    quality: Quality,
    /// The rendition's size as it is shown.
    size: (u32, u32),
    metadata: Metadata,
    limits: &'a Limits,
    stop: &'a Stop,
}

impl<'a> Work<'a> {
    fn new(
        source: &'a [u8],
        probe: Probe,
        recipe: &Recipe,
        limits: &'a Limits,
        stop: &'a Stop,
    ) -> Self {
        let Recipe { format, quality, max_width, max_height, metadata } = *recipe;
        let format = match format {
            FormatChoice::Convert(format) => format,
            FormatChoice::Keep => probe.format,
        };
        let quality = quality.unwrap_or_else(|| default_quality(format));
        let size = resize::fit((probe.width, probe.height), max_width, max_height);
        Work { source, probe, format, quality, size, metadata, limits, stop }
    }

    /// Whether the rendition differs from its source in nothing but how it is packed.
    fn is_same(&self) -> bool {
        self.format == self.probe.format && self.size == (self.probe.width, self.probe.height)
    }

    /// The rendition, or none where the source's own bytes are better in any case; what has been
    /// decoded, all of it, has been found sound.
    fn make(&self) -> Result<(Option<Vec<u8>>, About), CompressError> {
        let is_animated = self.probe.frames > 1;
        match self.format {
            Format::Gif if self.is_same() => self.check_frames(),
            Format::Png if self.is_same() && is_animated => self.check_frames(),
            Format::Webp | Format::Gif if is_animated => self.make_animation(),
            Format::Webp
            | Format::Jpeg
            | Format::Png
            | Format::Avif
            | Format::Gif
            | Format::Tiff
            | Format::Bmp => self.make_still(),
        }
    }

    fn make_still(&self) -> Result<(Option<Vec<u8>>, About), CompressError> {
        let (picture, about) = guard::decoding(|| {
            // (2)
            let (picture, about) =
                decode::decode(self.source, self.probe.format, self.limits, self.stop)?;
            Ok((self.finish(picture, &about)?, about))
        })?;
        // (6)
        let order = encode::Order {
            format: self.format,
            quality: self.quality,
            kept: &Kept::of(&about, self.metadata),
            may_be_drawn: self.probe.format != Format::Jpeg,
            stop: self.stop,
        };
        Ok((Some(encode::encode(&picture, &order)?), about))
    }

    fn make_animation(&self) -> Result<(Option<Vec<u8>>, About), CompressError> {
        guard::decoding(|| {
            let (frames, about) = self.frames()?;
            let frames = frames.map(|frame| {
                let Shown { picture, millis } = frame?;
                Ok(Shown { picture: self.finish(picture, &about)?, millis })
            });
            let order = animation::Order {
                plays: self.probe.plays,
                loss: encode::webp::Loss::of(self.quality),
                kept: &Kept::of(&about, self.metadata),
                stop: self.stop,
            };
            let file = match self.format {
                Format::Gif => animation::gif(frames, self.probe.plays)?,
                Format::Webp
                | Format::Jpeg
                | Format::Png
                | Format::Avif
                | Format::Tiff
                | Format::Bmp => animation::webp(frames, &order)?,
            };
            Ok((Some(file), about.clone()))
        })
    }

    /// Decodes all there is, to be certain that others can.
    fn check_frames(&self) -> Result<(Option<Vec<u8>>, About), CompressError> {
        guard::decoding(|| {
            let (mut frames, about) = self.frames()?;
            frames.try_for_each(|frame| frame.map(drop))?;
            Ok((None, about))
        })
    }

    #[expect(clippy::type_complexity, reason = "an iterator of results and what goes with it")]
    fn frames(
        &self,
    ) -> Result<(impl Iterator<Item = Result<Shown, CompressError>> + 'a, About), CompressError>
    {
        let (format, stop) = (self.probe.format, self.stop);
        let (frames, about) = decode::frames(self.source, format, self.limits, stop)?;
        let frames = frames.map(move |frame| {
            stop.check()?;
            let frame = frame.map_err(|error| decode::failure(format, error, stop))?;
            Shown::from_frame(frame, format)
        });
        Ok((frames, about))
    }

    /// Makes a decoded picture what is to be shown.
    fn finish(&self, picture: Picture, about: &About) -> Result<Picture, CompressError> {
        self.stop.check()?;
        // (3)
        let stored = orient::shown_size(self.size, about.orientation);
        let mut picture = resize::resize(picture, stored)?;
        self.stop.check()?;
        // (4)
        if let Some(icc) = &about.icc {
            colour::to_srgb(&mut picture, icc);
        }
        // (5)
        orient::orient(picture, about.orientation)
    }

    /// The source's own bytes as a rendition, where they may stand for one.
    fn original(&self, metadata: Metadata, about: &About) -> Option<Vec<u8>> {
        if !self.is_same() {
            return None;
        }
        match metadata {
            Metadata::Keep => Some(self.source.to_vec()),
            Metadata::Drop => strip::strip(self.source, self.format, about).filter(|stripped| {
                // To be certain that it is still the same image to a reader.
                probe(stripped, self.limits).is_ok_and(|stripped| stripped == self.probe)
            }),
        }
    }
}
