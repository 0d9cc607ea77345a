//! What a source is and what it will cost, told from its headers before anything is decoded.

use image::{ImageDecoder, metadata::Orientation};

use super::{
    CompressError, Limits, Stop,
    container::{gif, jpeg::Jpeg, png, riff},
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
}

impl Probe {
    /// Bytes that the whole compression holds at most, the encoder's own included: what a caller
    /// takes from its budget before it calls [`compress`](super::compress).
    #[must_use]
    pub fn peak_bytes(&self, recipe: &Recipe) -> u64 {
        let Recipe { format, quality, max_width, max_height, metadata: _ } = *recipe;
        let (width, height) = resize::fit((self.width, self.height), max_width, max_height);
        let small = u64::from(width) * u64::from(height);
        let pixels = u64::from(self.width) * u64::from(self.height);
        let format = match format {
            FormatChoice::Convert(format) => format,
            FormatChoice::Keep => self.format,
        };
        // While the encoder works, the picture that it encodes is there and the decoder is not.
        let may_be_drawn = self.format != Format::Jpeg;
        let encoding = small * 4 + encode::working_bytes(format, quality, may_be_drawn, small);
        // Turning and resizing hold the picture twice.
        let between = pixels * 4 + small * 4;
        self.decoded_bytes.max(encoding).max(between)
    }
}

/// Probes a source.
///
/// # Errors
/// What [`compress`](super::compress) would find out too, as far as the headers tell it: not an
/// image, not a kind that is read, over one of the `limits`, or damaged.
pub fn probe(source: &[u8], limits: &Limits) -> Result<Probe, CompressError> {
    guard::decoding(|| {
        let format = sniff::sniff(source)?;
        let measured = match format {
            Format::Jpeg => jpeg(source, limits)?,
            Format::Webp
            | Format::Png
            | Format::Gif
            | Format::Tiff
            | Format::Bmp
            | Format::Avif => other(source, format, limits)?,
        };
        let (width, height) = orient::shown_size(measured.size, measured.orientation);
        let (frames, plays) = match format {
            Format::Gif => gif::animation(source),
            Format::Webp => riff::animation(source).unwrap_or((1, 1)),
            Format::Png => png::animation(source).unwrap_or((1, 1)),
            Format::Jpeg | Format::Avif | Format::Tiff | Format::Bmp => (1, 1),
        };
        check_frames(frames, width, height, limits)?;
        let decoded_bytes =
            measured.decoded_bytes + if frames > 1 { measured.pixels() * 12 } else { 0 };
        check_bytes(decoded_bytes, limits)?;
        Ok(Probe { format, width, height, frames: frames.max(1), plays, decoded_bytes })
    })
}

struct Measured {
    size: (u32, u32),
    orientation: Orientation,
    decoded_bytes: u64,
}

impl Measured {
    fn pixels(&self) -> u64 {
        u64::from(self.size.0) * u64::from(self.size.1)
    }
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
    let samples = pixels * u64::from(frame.components);
    // Scans that come one after the other are gathered as coefficients of two bytes.
    let coefficients = if jpeg.scans > 1 { samples * 2 } else { 0 };
    Ok(Measured {
        size: (frame.width, frame.height),
        orientation: decode::about_jpeg(&jpeg).orientation,
        decoded_bytes: samples + coefficients,
    })
}

fn other(source: &[u8], format: Format, limits: &Limits) -> Result<Measured, CompressError> {
    if let Some((width, height)) = png::size(source) {
        // Before the decoder makes room for a row.
        check_pixels(width, height, limits)?;
    }
    let stop = Stop::new();
    let mut decoder = decode::open(source, format, limits, &stop)?;
    let (width, height) = decoder.dimensions();
    let pixels = check_pixels(width, height, limits)?;
    let stored = u64::from(decoder.color_type().bytes_per_pixel());
    let channels = u64::from(decoder.color_type().channel_count());
    let bytes = match format {
        // The frame that is decoded is laid onto the canvas.
        Format::Gif => stored * 2,
        // The planes of colour differences, or a picture that is then copied.
        Format::Webp => stored + 4,
        // The TIFF decoder keeps a picture of its own; inks take four samples for our three.
        Format::Tiff => stored * 3 + channels,
        Format::Png | Format::Bmp if stored > channels => stored + channels,
        Format::Png | Format::Bmp | Format::Jpeg | Format::Avif => stored,
    };
    Ok(Measured {
        size: (width, height),
        orientation: decode::about(&mut decoder).orientation,
        decoded_bytes: pixels * bytes,
    })
}

fn check_pixels(width: u32, height: u32, limits: &Limits) -> Result<u64, CompressError> {
    if width == 0 || height == 0 {
        return Err(CompressError::Corrupt(format!("its size is {width} x {height} pixels")));
    }
    let pixels = u64::from(width) * u64::from(height);
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
    let pixels = u64::from(width) * u64::from(height) * u64::from(frames);
    if frames > 1 && (frames > limits.max_frames || pixels > limits.max_animation_pixels) {
        return Err(CompressError::TooManyFrames { frames, width, height });
    }
    Ok(())
}

fn check_bytes(needed: u64, limits: &Limits) -> Result<(), CompressError> {
    if needed > limits.max_decoded_bytes {
        return Err(CompressError::TooMuchMemory);
    }
    Ok(())
}
