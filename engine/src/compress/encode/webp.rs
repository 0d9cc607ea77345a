//! Writes WebP by libwebp.

use webp::{Encoder, PixelLayout, WebPConfig};

use super::{Order, coloured};
use crate::{
    compress::{
        CompressError,
        container::riff,
        guard, metadata,
        picture::{Layout, Picture},
    },
    model::{Format, Quality},
};

/// The quality from which on nothing is lost.
const LOSSLESS: u8 = 100;

/// Pictures with no more colours than this are drawings, which lossless coding often suits better.
const FEW_COLOURS: usize = 256;

/// Lossless coding is not tried on larger pictures than this: it takes three times the memory.
pub(super) const MAX_DRAWN_PIXELS: u64 = 8_000_000;

/// Whether anything of the picture may be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// As much as this quality allows.
    Upto(Quality),
    /// Nothing.
    None,
}

pub(super) fn encode(picture: &Picture, order: &Order<'_>) -> Result<Vec<u8>, CompressError> {
    let image = smaller(picture, order)?;
    Ok(metadata::into_webp(image, order.kept, picture.width, picture.height))
}

/// Writes a still picture without metadata; drawings both ways, of which the smaller is taken.
fn smaller(picture: &Picture, order: &Order<'_>) -> Result<Vec<u8>, CompressError> {
    let loss = Loss::of(order.quality);
    let image = still(picture, loss)?;
    let is_drawn = order.may_be_drawn
        && u64::from(picture.width) * u64::from(picture.height) <= MAX_DRAWN_PIXELS
        && picture.has_few_colours(FEW_COLOURS);
    if loss == Loss::None || !is_drawn {
        return Ok(image);
    }
    order.stop.check()?;
    let lossless = still(picture, Loss::None)?;
    Ok(if lossless.len() <= image.len() { lossless } else { image })
}

impl Loss {
    pub(crate) fn of(quality: Quality) -> Self {
        if u8::from(quality) == LOSSLESS { Loss::None } else { Loss::Upto(quality) }
    }
}

/// Writes one picture as a WebP of its own.
pub(crate) fn still(picture: &Picture, loss: Loss) -> Result<Vec<u8>, CompressError> {
    let picture = coloured(picture);
    let layout = match picture.layout {
        Layout::Gray | Layout::Rgb => PixelLayout::Rgb,
        Layout::Rgba => PixelLayout::Rgba,
    };
    let config = config(loss)?;
    guard::encoding(|| {
        let encoder = Encoder::new(&picture.samples, layout, picture.width, picture.height);
        let image = encoder
            .encode_advanced(&config)
            .map_err(|error| CompressError::encoding(Format::Webp, format!("{error:?}")))?;
        Ok(image.to_vec())
    })
}

/// The chunks of a still WebP that hold its pixels, ready to be put into another container.
pub(crate) fn pixel_chunks(image: &[u8]) -> Vec<u8> {
    let mut chunks = Vec::with_capacity(image.len());
    for chunk in riff::chunks(image) {
        if matches!(&chunk.kind, b"ALPH" | b"VP8 " | b"VP8L") {
            riff::push(&mut chunks, chunk.kind, &[chunk.payload]);
        }
    }
    chunks
}

fn config(loss: Loss) -> Result<WebPConfig, CompressError> {
    let mut config = WebPConfig::new()
        .map_err(|()| CompressError::Internal("libwebp is of another version".to_owned()))?;
    match loss {
        Loss::Upto(quality) => {
            config.quality = f32::from(u8::from(quality));
            // Measured: half the time of the default effort at equal bytes and score.
            config.method = 2;
        }
        Loss::None => {
            config.lossless = 1;
            // Of lossless coding these two are its effort.
            config.quality = 60.0;
            config.method = 3;
        }
    }
    Ok(config)
}
