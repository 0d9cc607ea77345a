//! Writes AVIF by ravif, on one thread: the threads are for images, not for parts of them.

use ravif::{Encoder, Img};
use rgb::FromSlice;

use super::{Order, coloured};
use crate::{
    compress::{
        CompressError, guard,
        picture::{Layout, Picture},
    },
    model::Format,
};

/// From 1 (slow) to 10. Measured: at 9 a megapixel takes 1.4 s; 8 takes twice as long for 6% less.
const SPEED: u8 = 9;

pub(super) fn encode(picture: &Picture, order: &Order<'_>) -> Result<Vec<u8>, CompressError> {
    let quality = f32::from(u8::from(order.quality));
    let mut encoder = Encoder::new()
        .with_quality(quality)
        .with_alpha_quality(quality)
        .with_speed(SPEED)
        .with_num_threads(Some(1));
    if let Some(exif) = &order.kept.exif {
        encoder = encoder.with_exif(exif.as_slice());
    }
    let picture = coloured(picture);
    let (width, height) = (picture.width as usize, picture.height as usize);
    let image = guard::encoding(|| {
        let image = match picture.layout {
            Layout::Gray | Layout::Rgb => {
                encoder.encode_rgb(Img::new(picture.samples.as_rgb(), width, height))
            }
            Layout::Rgba => encoder.encode_rgba(Img::new(picture.samples.as_rgba(), width, height)),
        };
        image.map_err(|error| CompressError::encoding(Format::Avif, error))
    })?;
    Ok(image.avif_file)
}
