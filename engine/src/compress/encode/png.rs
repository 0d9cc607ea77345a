//! Writes PNG by oxipng, below quality 100 with a palette where it cannot be told from the picture.

use oxipng::{BitDepth, ColorType, Options, RawImage};
use quantizr::{Image, QuantizeResult};

use super::Order;
use crate::{
    compress::{
        CompressError, guard, metadata,
        picture::{Layout, Picture},
    },
    model::{Format, Quality},
};

/// The quality from which on nothing is lost.
const LOSSLESS: u8 = 100;

pub(super) fn encode(picture: &Picture, order: &Order<'_>) -> Result<Vec<u8>, CompressError> {
    let indexed = Indexed::within(picture, order.quality);
    order.stop.check()?;
    guard::encoding(|| {
        let (colour, samples) = match indexed {
            Some(Indexed { palette, indices }) => (ColorType::Indexed { palette }, indices),
            None => (plain_colour(picture.layout), picture.samples.clone()),
        };
        let failed = |error| CompressError::encoding(Format::Png, error);
        let mut image =
            RawImage::new(picture.width, picture.height, colour, BitDepth::Eight, samples)
                .map_err(failed)?;
        for (kind, payload) in metadata::png_chunks(order.kept) {
            image.add_png_chunk(kind, payload);
        }
        let mut options = Options::from_preset(2);
        // What cannot be seen may change, unless nothing may.
        options.optimize_alpha = u8::from(order.quality) < LOSSLESS;
        image.create_optimized_png(&options).map_err(failed)
    })
}

fn plain_colour(layout: Layout) -> ColorType {
    match layout {
        Layout::Gray => ColorType::Grayscale { transparent_shade: None },
        Layout::Rgb => ColorType::RGB { transparent_color: None },
        Layout::Rgba => ColorType::RGBA,
    }
}

struct Indexed {
    palette: Vec<oxipng::RGBA8>,
    indices: Vec<u8>,
}

impl Indexed {
    /// The picture with at most 256 colours and dithered, if it is as close to the picture as the
    /// quality demands.
    fn within(picture: &Picture, quality: Quality) -> Option<Self> {
        if u8::from(quality) >= LOSSLESS {
            return None;
        }
        let rgba = rgba(picture)?;
        guard::quietly(|| Indexed::quantize(picture, &rgba))
            .filter(|indexed| error(&rgba, indexed) <= allowed_error(quality))
    }

    fn quantize(picture: &Picture, rgba: &[u8]) -> Option<Self> {
        let image = Image::new(rgba, picture.width as usize, picture.height as usize).ok()?;
        let mut result = QuantizeResult::quantize(&image, &quantizr::Options::default());
        result.set_dithering_level(1.0).ok()?;
        let mut indices = vec![0; rgba.len() / 4];
        result.remap_image(&image, &mut indices).ok()?;
        let palette = result.get_palette();
        let count = usize::try_from(palette.count).ok()?;
        let palette = palette.entries.get(..count)?;
        let palette = palette.iter().map(|c| oxipng::RGBA8::new(c.r, c.g, c.b, c.a)).collect();
        Some(Indexed { palette, indices })
    }
}

/// The picture in four samples a pixel; gray has no more than 256 tones and needs no palette.
fn rgba(picture: &Picture) -> Option<std::borrow::Cow<'_, [u8]>> {
    match picture.layout {
        Layout::Gray => None,
        Layout::Rgb => Some(
            picture
                .samples
                .chunks_exact(3)
                .flat_map(|p| [p[0], p[1], p[2], 255])
                .collect::<Vec<u8>>()
                .into(),
        ),
        Layout::Rgba => Some((&picture.samples).into()),
    }
}

/// The mean squared error that a quality allows, of samples from 0 to 255.
fn allowed_error(quality: Quality) -> f64 {
    let lost = f64::from(LOSSLESS - u8::from(quality));
    lost * lost / 12.0
}

/// The mean squared error of the samples, weighted by how opaque they are.
fn error(rgba: &[u8], indexed: &Indexed) -> f64 {
    let sum: u64 = rgba
        .chunks_exact(4)
        .zip(&indexed.indices)
        .map(|(pixel, index)| {
            let near = indexed.palette[usize::from(*index)];
            let weigh = |sample: u8, alpha: u8| i32::from(sample) * i32::from(alpha) / 255;
            let off = |a: u8, b: u8| {
                let off = weigh(a, pixel[3]) - weigh(b, near.a);
                u64::from(off.unsigned_abs().pow(2))
            };
            let alpha = u64::from(pixel[3].abs_diff(near.a));
            off(pixel[0], near.r) + off(pixel[1], near.g) + off(pixel[2], near.b) + alpha * alpha
        })
        .sum();
    sum as f64 / (rgba.len() / 4 * 3).max(1) as f64
}
