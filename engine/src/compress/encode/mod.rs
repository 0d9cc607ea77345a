//! Writes a picture in the format of its rendition.

mod avif;
mod jpeg;
mod plain;
mod png;
pub(crate) mod webp;

use super::{
    CompressError, Stop,
    metadata::Kept,
    picture::{Layout, Picture},
};
use crate::model::{Format, Quality};

/// How a picture is to be written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order<'a> {
    pub(crate) format: Format,
    pub(crate) quality: Quality,
    /// What of the source's metadata goes along.
    pub(crate) kept: &'a Kept,
    /// The picture may be a drawing rather than a photograph: its source is not a JPEG.
    pub(crate) may_be_drawn: bool,
    pub(crate) stop: &'a Stop,
}

/// The quality that a format is written at where the recipe names none.
///
/// WebP and JPEG: 75, a good web photograph. AVIF: 70, which its scale means by about the same.
/// PNG: 85, the palette that is taken only where nobody sees the difference. The others have no
/// choice to make and are written as they are.
#[must_use]
pub fn default_quality(format: Format) -> Quality {
    let quality: u8 = match format {
        Format::Webp | Format::Jpeg => 75,
        Format::Avif => 70,
        Format::Png => 85,
        Format::Gif | Format::Tiff | Format::Bmp => 100,
    };
    Quality::try_from(quality).expect("it is between 1 and 100")
}

/// Writes the picture.
///
/// # Errors
/// [`CompressError::Encoder`], and [`CompressError::SideTooLong`] as [`check_size`] has it.
pub(crate) fn encode(picture: &Picture, order: &Order<'_>) -> Result<Vec<u8>, CompressError> {
    check_size(order.format, picture.width, picture.height)?;
    order.stop.check()?;
    match order.format {
        Format::Webp => webp::encode(picture, order),
        Format::Jpeg => jpeg::encode(picture, order),
        Format::Png => png::encode(picture, order),
        Format::Avif => avif::encode(picture, order),
        Format::Gif => plain::gif(picture),
        Format::Tiff => plain::tiff(picture),
        Format::Bmp => plain::bmp(picture),
    }
}

/// Refuses what the format cannot hold, before any work has been done for it.
///
/// # Errors
/// [`CompressError::SideTooLong`].
pub(crate) fn check_size(format: Format, width: u32, height: u32) -> Result<(), CompressError> {
    let max = match format {
        Format::Webp => 16_383,
        Format::Jpeg | Format::Gif | Format::Avif => 65_535,
        Format::Png | Format::Tiff | Format::Bmp => i32::MAX as u32,
    };
    if width.max(height) > max {
        return Err(CompressError::SideTooLong { format, width, height, max });
    }
    Ok(())
}

/// What decides how much memory an encoder takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) format: Format,
    pub(crate) quality: Quality,
    /// Samples a pixel: 1, 3 or 4.
    pub(crate) channels: u64,
    pub(crate) may_be_drawn: bool,
}

impl Load {
    /// Bytes that the encoder itself holds at most for so many pixels; measured with noise, and
    /// rounded up.
    pub(crate) fn working_bytes(&self, pixels: u64) -> u64 {
        let Load { format, quality, channels, may_be_drawn } = *self;
        let has_alpha = channels == 4;
        let on_white = if has_alpha { 3 } else { 0 };
        let is_fine = u8::from(quality) >= jpeg::FINE_COLOURS;
        let is_lossless = webp::Loss::of(quality) == webp::Loss::None
            || may_be_drawn && pixels <= webp::MAX_DRAWN_PIXELS;
        let per_pixel = match format {
            // Alpha is written without loss.
            Format::Webp if has_alpha => 40,
            Format::Webp if is_lossless => 30,
            Format::Webp => 7,
            Format::Jpeg if is_fine => 16 + on_white,
            Format::Jpeg => 8 + on_white,
            Format::Png if has_alpha => 20,
            Format::Png => 12,
            Format::Avif if has_alpha => 60,
            Format::Avif => 36,
            Format::Gif => 12,
            Format::Tiff | Format::Bmp => 8,
        };
        let in_colour = match format {
            Format::Webp | Format::Avif if channels == 1 => 3,
            Format::Webp
            | Format::Jpeg
            | Format::Png
            | Format::Avif
            | Format::Gif
            | Format::Tiff
            | Format::Bmp => 0,
        };
        pixels * (per_pixel + in_colour)
    }
}

/// The picture in colour; a copy only where it is gray.
fn coloured(picture: &Picture) -> std::borrow::Cow<'_, Picture> {
    match picture.layout {
        Layout::Gray => std::borrow::Cow::Owned(picture.gray_to_rgb()),
        Layout::Rgb | Layout::Rgba => std::borrow::Cow::Borrowed(picture),
    }
}
