//! One source on its way to its rendition: the steps of a compression in their order.

use super::{
    CompressError, Limits, Probe, Stop,
    animation::{self, Shown},
    colour,
    decode::{self, About},
    encode, guard,
    metadata::Kept,
    orient,
    picture::Picture,
    probe::probe_until,
    resize, strip,
};
use crate::model::{Format, FormatChoice, Metadata, Quality, Recipe};

/// One source and what is to become of it.
pub(super) struct Work<'a> {
    source: &'a [u8],
    probe: Probe,
    /// The rendition's format.
    pub(super) format: Format,
    quality: Quality,
    /// The rendition's size as it is shown.
    pub(super) size: (u32, u32),
    metadata: Metadata,
    limits: &'a Limits,
    stop: &'a Stop,
}

impl<'a> Work<'a> {
    pub(super) fn new(
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
        let quality = quality.unwrap_or_else(|| encode::default_quality(format));
        let size = resize::fit((probe.width, probe.height), max_width, max_height);
        Work { source, probe, format, quality, size, metadata, limits, stop }
    }

    /// Whether the rendition differs from its source in nothing but how it is packed.
    fn is_same(&self) -> bool {
        self.format == self.probe.format && self.size == (self.probe.width, self.probe.height)
    }

    /// The rendition's file.
    pub(super) fn rendition(&self) -> Result<Vec<u8>, CompressError> {
        if self.is_same() && self.is_best_as_it_is() {
            let about = self.check_frames()?;
            if let Some(original) = self.original(&about) {
                return Ok(original);
            }
        }
        let is_animated = animation::survives(self.probe.frames, self.format);
        let (made, about) = if is_animated { self.make_animation() } else { self.make_still() }?;
        // (7)
        let original = self.original(&about).filter(|original| original.len() <= made.len());
        Ok(original.unwrap_or(made))
    }

    /// Whether writing it anew could only lose: colours in a GIF, the animation in a PNG.
    fn is_best_as_it_is(&self) -> bool {
        match self.format {
            Format::Gif => true,
            Format::Png => self.probe.frames > 1,
            Format::Webp | Format::Jpeg | Format::Avif | Format::Tiff | Format::Bmp => false,
        }
    }

    fn make_still(&self) -> Result<(Vec<u8>, About), CompressError> {
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
        Ok((encode::encode(&picture, &order)?, about))
    }

    fn make_animation(&self) -> Result<(Vec<u8>, About), CompressError> {
        guard::decoding(|| {
            let (frames, about) = self.frames()?;
            let frames = self.finished(frames, &about);
            let order = animation::Order {
                plays: self.probe.plays,
                quality: self.quality,
                kept: &Kept::of(&about, self.metadata),
                stop: self.stop,
            };
            let file = match self.format {
                Format::Gif => animation::gif(frames, self.probe.plays)?,
                Format::Png => {
                    let colours = animation::Colours::of(frames)?;
                    let (again, _) = self.frames()?;
                    animation::png(self.finished(again, &about), &colours, &order)?
                }
                Format::Webp | Format::Jpeg | Format::Avif | Format::Tiff | Format::Bmp => {
                    animation::webp(frames, &order)?
                }
            };
            Ok((file, about))
        })
    }

    fn finished(
        &self,
        frames: impl Iterator<Item = Result<Shown, CompressError>>,
        about: &About,
    ) -> impl Iterator<Item = Result<Shown, CompressError>> {
        frames.map(move |frame| {
            let Shown { picture, millis } = frame?;
            Ok(Shown { picture: self.finish(picture, about)?, millis })
        })
    }

    /// Decodes all there is, to be certain that others can.
    fn check_frames(&self) -> Result<About, CompressError> {
        guard::decoding(|| {
            let (mut frames, about) = self.frames()?;
            frames.try_for_each(|frame| frame.map(drop))?;
            Ok(about)
        })
    }

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
    fn original(&self, about: &About) -> Option<Vec<u8>> {
        if !self.is_same() {
            return None;
        }
        match self.metadata {
            Metadata::Keep => Some(self.source.to_vec()),
            Metadata::Drop => strip::strip(self.source, self.format, about).filter(|stripped| {
                // To be certain that it is still the same image to a reader.
                probe_until(stripped, self.limits, self.stop)
                    .is_ok_and(|stripped| stripped == self.probe)
            }),
        }
    }
}
