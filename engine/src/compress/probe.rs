//! What a source is and what it will cost, told from its headers before anything is decoded.

use image::{ImageDecoder, metadata::Orientation};

use super::{
    CompressError, Limits, Stop, animation,
    container::{gif, jpeg::Jpeg, png, riff, webp},
    decode, encode, guard, orient, resize, sniff,
};
use crate::model::{Format, FormatChoice, Recipe};

/// What a source is and what it will cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The source's format, told by its content.
    pub format: Format,
    /// Width in pixels as it is shown, that is after its orientation has been applied.
    pub width: u32,
    /// Height in pixels as it is shown.
    pub height: u32,
    /// Frames of an animation; 1 for a still picture.
    pub frames: u32,
    /// How often the animation plays; 0 is for ever.
    pub plays: u32,
    /// Bytes that decoding holds at most, the decoder's own included.
    pub decoded_bytes: u64,
    /// Samples a pixel once it is decoded: 1, 3 or 4.
    channels: u64,
}

impl Probe {
    /// Bytes that the whole compression holds at most, the encoder's own included.
    #[must_use]
    pub fn peak_bytes(&self, recipe: &Recipe) -> u64 {
        self.before_encoding(recipe).max(self.while_encoding(recipe))
    }

    /// What a caller takes from its budget before it calls [`compress`](super::compress): the
    /// [`peak_bytes`](Self::peak_bytes).
    ///
    /// # Errors
    /// [`CompressError::TooMuchMemory`] or [`CompressError::TooMuchMemoryToWrite`] where that is
    /// more than the whole `budget`.
    pub fn within(&self, budget: u64, recipe: &Recipe) -> Result<u64, CompressError> {
        check_bytes(self.before_encoding(recipe), budget)?;
        let needed = self.while_encoding(recipe);
        if needed > budget {
            let format = self.format_of(recipe.format);
            let (needed, allowed) = (needed.div_ceil(1 << 20), budget >> 20);
            return Err(CompressError::TooMuchMemoryToWrite { format, needed, allowed });
        }
        Ok(self.peak_bytes(recipe))
    }

    /// Bytes until the picture is ready for the encoder.
    fn before_encoding(&self, recipe: &Recipe) -> u64 {
        let Recipe { format: _, quality: _, max_width, max_height, metadata: _ } = *recipe;
        let small = resize::fit((self.width, self.height), max_width, max_height);
        let large = (self.width, self.height);
        // Both are there while the one is made of the other, and a turned one is as large.
        let mut pictures = pixels(large) + pixels(small);
        if small != large {
            // One side is made smaller after the other, of colours that are multiplied by alpha.
            pictures += pixels((small.0, large.1)).max(pixels((large.0, small.1)));
            pictures += if self.channels == 4 { pixels(large) } else { 0 };
        }
        self.decoded_bytes.max(pictures * self.channels)
    }

    /// Bytes while the picture, or a frame, is written.
    fn while_encoding(&self, recipe: &Recipe) -> u64 {
        let Recipe { format, quality, max_width, max_height, metadata: _ } = *recipe;
        let small = pixels(resize::fit((self.width, self.height), max_width, max_height));
        let format = self.format_of(format);
        let quality = quality.unwrap_or_else(|| encode::default_quality(format));
        let is_animated = animation::survives(self.frames, format);
        let load = encode::Load {
            format,
            quality,
            // Frames are, whatever the picture of the file is.
            channels: if is_animated { 4 } else { self.channels },
            may_be_drawn: self.format != Format::Jpeg,
        };
        let bytes = small * load.channels + load.working_bytes(small);
        // The decoder is still there, and so are the frame before and the part that differs.
        if is_animated { bytes + self.decoded_bytes + small * load.channels * 2 } else { bytes }
    }

    fn format_of(&self, choice: FormatChoice) -> Format {
        match choice {
            FormatChoice::Convert(format) => format,
            FormatChoice::Keep => self.format,
        }
    }
}

/// Probes a source.
///
/// # Errors
/// What [`compress`](super::compress) would find out too, as far as the headers tell it: not an
/// image, not a kind that is read, over one of the `limits`, or damaged.
pub fn probe(source: &[u8], limits: &Limits) -> Result<Probe, CompressError> {
    probe_until(source, limits, &Stop::new())
}

/// Probes a source, until `stop` is requested.
///
/// # Errors
/// As [`probe`] has it, and [`CompressError::Stopped`].
pub fn probe_until(source: &[u8], limits: &Limits, stop: &Stop) -> Result<Probe, CompressError> {
    stop.check()?;
    guard::decoding(|| {
        let format = sniff::sniff(source)?;
        let measured = match format {
            Format::Jpeg => jpeg(source, limits)?,
            Format::Webp
            | Format::Png
            | Format::Gif
            | Format::Tiff
            | Format::Bmp
            | Format::Avif => other(source, format, limits, stop)?,
        };
        let (width, height) = orient::shown_size(measured.size, measured.orientation);
        let (frames, plays) = match format {
            Format::Gif => gif::animation(source),
            Format::Webp => riff::animation(source).unwrap_or((1, 1)),
            Format::Png => png::animation(source).unwrap_or((1, 1)),
            Format::Jpeg | Format::Avif | Format::Tiff | Format::Bmp => (1, 1),
        };
        check_frames(frames, width, height, limits)?;
        // What is shown, what is left of it for the next frame, and the frame that is handed out.
        let animated = if frames > 1 { pixels(measured.size) * 12 } else { 0 };
        let decoded_bytes = measured.decoded_bytes + animated;
        check_bytes(decoded_bytes, limits.max_decoded_bytes)?;
        let (frames, channels) = (frames.max(1), measured.channels);
        Ok(Probe { format, width, height, frames, plays, decoded_bytes, channels })
    })
}

struct Measured {
    size: (u32, u32),
    orientation: Orientation,
    decoded_bytes: u64,
    channels: u64,
}

fn jpeg(source: &[u8], limits: &Limits) -> Result<Measured, CompressError> {
    let jpeg = Jpeg::parse(source)?;
    let frame = jpeg.frame;
    decode::check_jpeg(frame)?;
    let pixels = check_pixels(frame.width, frame.height, limits)?;
    if frame.is_progressive() && pixels * u64::from(jpeg.scans) > limits.max_scan_pixels {
        let (width, height) = (frame.width, frame.height);
        return Err(CompressError::TooManyScans { scans: jpeg.scans, width, height });
    }
    Ok(Measured {
        size: (frame.width, frame.height),
        orientation: decode::about_jpeg(&jpeg).orientation,
        decoded_bytes: jpeg.decoded_bytes(),
        // Inks become colours.
        channels: u64::from(frame.components.min(3)),
    })
}

fn other(
    source: &[u8],
    format: Format,
    limits: &Limits,
    stop: &Stop,
) -> Result<Measured, CompressError> {
    if let Some((width, height)) = png::size(source).or_else(|| bmp_size(source, format)) {
        // Before the decoder makes room for a row, or calls no size at all too large.
        check_pixels(width, height, limits)?;
    }
    let mut decoder = decode::open(source, format, limits, stop)?;
    let (width, height) = decoder.dimensions();
    let pixels = check_pixels(width, height, limits)?;
    let stored = u64::from(decoder.color_type().bytes_per_pixel());
    let channels = u64::from(decoder.color_type().channel_count());
    let decoded_bytes = match format {
        // The frame that is decoded is laid onto the canvas.
        Format::Gif => stored * (pixels + pixels.max(largest_frame(source, limits)?)),
        // The planes of colour differences, or a picture that is then copied.
        Format::Webp => {
            webp::check(source)?;
            pixels * (stored + 4)
        }
        // The TIFF decoder keeps a picture of its own; inks take four samples for our three.
        Format::Tiff => pixels * (stored * 3 + channels) + tiff_piece(source, limits, stop)?,
        Format::Png | Format::Bmp if stored > channels => pixels * (stored + channels),
        Format::Png | Format::Bmp | Format::Jpeg | Format::Avif => pixels * stored,
    };
    Ok(Measured {
        size: (width, height),
        orientation: decode::about(&mut decoder).orientation,
        decoded_bytes,
        // Gray that lets something shine through becomes colour.
        channels: if channels == 2 { 4 } else { channels },
    })
}

/// The width and height that the header of a BMP tells, but for the oldest kind.
fn bmp_size(source: &[u8], format: Format) -> Option<(u32, u32)> {
    const OLDEST: u8 = 12;
    let header =
        source.get(14..26).filter(|header| format == Format::Bmp && header[0] != OLDEST)?;
    let side = |at| Some(i32::from_le_bytes(*header.get(at..)?.first_chunk()?).unsigned_abs());
    Some((side(4)?, side(8)?))
}

/// The pixels of the largest frame of a GIF.
fn largest_frame(source: &[u8], limits: &Limits) -> Result<u64, CompressError> {
    match gif::largest_frame(source) {
        Some((width, height)) => check_pixels(width, height, limits),
        None => Ok(0),
    }
}

/// What the decoder holds of a strip or tile of a TIFF besides the picture.
fn tiff_piece(source: &[u8], limits: &Limits, stop: &Stop) -> Result<u64, CompressError> {
    /// Of any kind of pixel that is read.
    const MOST_BYTES: u64 = 16;
    let pieces = decode::pieces(source, stop)?;
    check_pixels(pieces.width, pieces.height, limits)?;
    Ok(u64::from(pieces.width) * MOST_BYTES + pieces.jpeg_bytes)
}

fn pixels((width, height): (u32, u32)) -> u64 {
    u64::from(width) * u64::from(height)
}

fn check_pixels(width: u32, height: u32, limits: &Limits) -> Result<u64, CompressError> {
    if width == 0 || height == 0 {
        return Err(CompressError::Corrupt(format!("its size is {width} x {height} pixels")));
    }
    let pixels = pixels((width, height));
    if pixels > limits.max_pixels {
        let max = limits.max_pixels / 1_000_000;
        return Err(CompressError::TooManyPixels { width, height, max });
    }
    Ok(pixels)
}

fn check_frames(
    frames: u32,
    width: u32,
    height: u32,
    limits: &Limits,
) -> Result<(), CompressError> {
    let pixels = pixels((width, height)) * u64::from(frames);
    if frames > 1 && (frames > limits.max_frames || pixels > limits.max_animation_pixels) {
        return Err(CompressError::TooManyFrames { frames, width, height });
    }
    Ok(())
}

fn check_bytes(needed: u64, allowed: u64) -> Result<(), CompressError> {
    if needed > allowed {
        return Err(CompressError::TooMuchMemory);
    }
    Ok(())
}
