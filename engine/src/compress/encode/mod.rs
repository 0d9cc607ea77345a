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

/// Bytes that the encoder itself holds at most for so many pixels; measured, and rounded up.
pub(crate) fn working_bytes(
    format: Format,
    quality: Option<Quality>,
    may_be_drawn: bool,
    pixels: u64,
) -> u64 {
    let loss = webp::Loss::of(quality.unwrap_or_else(|| default_quality(format)));
    let per_pixel = match format {
        Format::Webp if loss == webp::Loss::None => 26,
        Format::Webp if may_be_drawn && pixels <= webp::MAX_DRAWN_PIXELS => 26,
        Format::Webp => 8,
        Format::Jpeg => 12,
        Format::Png => 16,
        Format::Avif => 48,
        Format::Gif | Format::Tiff | Format::Bmp => 8,
    };
    pixels * per_pixel
}

/// The picture in colour; a copy only where it is gray.
fn coloured(picture: &Picture) -> std::borrow::Cow<'_, Picture> {
    match picture.layout {
        Layout::Gray => std::borrow::Cow::Owned(picture.gray_to_rgb()),
        Layout::Rgb | Layout::Rgba => std::borrow::Cow::Borrowed(picture),
    }
}
