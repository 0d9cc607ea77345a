//! Writes JPEG by mozjpeg: progressive, with trellis quantisation and optimised tables.

use std::borrow::Cow;

use mozjpeg::{ColorSpace, Compress};

use super::Order;
use crate::{
    compress::{
        CompressError, Stop, guard, metadata,
        picture::{Layout, Picture},
    },
    model::Format,
};

/// The quality from which on colours are kept as fine as brightness.
pub(super) const FINE_COLOURS: u8 = 90;

/// Rows that are handed over at a time; between them the stop is looked at.
const ROWS: usize = 64;

pub(super) fn encode(picture: &Picture, order: &Order<'_>) -> Result<Vec<u8>, CompressError> {
    let picture = match picture.layout {
        Layout::Gray | Layout::Rgb => Cow::Borrowed(picture),
        Layout::Rgba => Cow::Owned(picture.on_white()),
    };
    let image = guard::encoding(|| {
        write(&picture, u8::from(order.quality), order.stop)
            .map_err(|error| CompressError::encoding(Format::Jpeg, error))
    });
    order.stop.check()?;
    Ok(metadata::into_jpeg(image?, order.kept))
}

fn write(picture: &Picture, quality: u8, stop: &Stop) -> std::io::Result<Vec<u8>> {
    let (space, channels) = match picture.layout {
        Layout::Gray => (ColorSpace::JCS_GRAYSCALE, 1),
        Layout::Rgb | Layout::Rgba => (ColorSpace::JCS_RGB, 3),
    };
    let width = picture.width as usize;
    let mut encoder = Compress::new(space);
    encoder.set_size(width, picture.height as usize);
    encoder.set_quality(f32::from(quality));
    if channels == 3 {
        let size = if quality >= FINE_COLOURS { (1, 1) } else { (2, 2) };
        encoder.set_chroma_sampling_pixel_sizes(size, size);
    }
    let mut encoder = encoder.start_compress(Vec::new())?;
    for rows in picture.samples.chunks(width * channels * ROWS) {
        if stop.is_requested() {
            return Err(std::io::ErrorKind::TimedOut.into());
        }
        encoder.write_scanlines(rows)?;
    }
    encoder.finish()
}
