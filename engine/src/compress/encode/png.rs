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
        guard::quietly(|| Indexed::quantize(picture, &rgba)).filter(|indexed| {
            worst_error(&rgba, picture.width as usize, indexed) <= allowed_error(quality)
        })
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

/// The mean squared error that a quality allows anywhere, of samples from 0 to 255.
///
/// At 85 it is 18. Looked at: 15 cannot be told from the source at four times the size; at 27 a
/// plant has lost its green.
fn allowed_error(quality: Quality) -> u64 {
    let lost = u64::from(LOSSLESS - u8::from(quality));
    lost * lost / 12
}

/// The mean squared error of the worst tile, colours weighted by how opaque they are.
///
/// Of the worst tile, because a photograph that fills a corner of a drawing has to look well too.
fn worst_error(rgba: &[u8], width: usize, indexed: &Indexed) -> u64 {
    const TILE: usize = 64;
    let mut worst = 0;
    let bands = rgba.chunks(width * 4 * TILE).zip(indexed.indices.chunks(width * TILE));
    for (pixels, indices) in bands {
        // For each tile of the band: squares summed, and of how many pixels.
        let mut tiles = vec![(0u64, 0u64); width.div_ceil(TILE)];
        let rows = pixels.chunks_exact(width * 4).zip(indices.chunks_exact(width));
        for (pixels, indices) in rows {
            let runs = pixels.chunks(TILE * 4).zip(indices.chunks(TILE));
            for (tile, (pixels, indices)) in tiles.iter_mut().zip(runs) {
                let pairs = pixels.chunks_exact(4).zip(indices);
                tile.0 +=
                    pairs.map(|(a, b)| square(a, indexed.palette[usize::from(*b)])).sum::<u64>();
                tile.1 += indices.len() as u64;
            }
        }
        let mean = tiles.iter().map(|(sum, pixels)| sum / (pixels * 3));
        worst = worst.max(mean.max().unwrap_or(0));
    }
    worst
}

/// How far a pixel is from a colour of the palette: the sum of the squares over its samples.
fn square(pixel: &[u8], near: oxipng::RGBA8) -> u64 {
    let seen = |sample: u8, alpha: u8| i32::from(sample) * i32::from(alpha) / 255;
    let pairs = pixel.iter().zip([near.r, near.g, near.b]);
    let colours = pairs.map(|(a, b)| (seen(*a, pixel[3]) - seen(b, near.a)).unsigned_abs());
    colours.chain([u32::from(pixel[3].abs_diff(near.a))]).map(|off| u64::from(off * off)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(colours: impl Fn(u32, u32) -> [u8; 3]) -> Picture {
        let samples = (0..100 * 100u32).flat_map(|at| colours(at % 100, at / 100)).collect();
        Picture::new(100, 100, Layout::Rgb, samples).unwrap()
    }

    fn is_indexed(picture: &Picture, quality: u8) -> bool {
        Indexed::within(picture, Quality::try_from(quality).unwrap()).is_some()
    }

    #[test]
    fn a_palette_is_taken_where_it_suffices() {
        let gradient = picture(|x, y| [(x * 2) as u8, (y * 2) as u8, 128]);
        assert!(is_indexed(&gradient, 60));
        assert!(!is_indexed(&gradient, 99));
        assert!(!is_indexed(&gradient, 100));
    }

    #[test]
    fn a_corner_that_a_palette_spoils_counts_as_much_as_the_whole() {
        // Noise in a corner of an even ground: its mean over the whole picture would be small.
        let mixed = |x: u32, y: u32| ((x * 7919) ^ (y * 104_729)).wrapping_mul(2_654_435_761);
        let corner = picture(|x, y| {
            let [_, r, g, b] = mixed(x, y).to_le_bytes();
            if x < 30 && y < 30 { [r, g, b] } else { [9; 3] }
        });
        assert!(!is_indexed(&corner, 95));
        assert!(is_indexed(&corner, 20));
    }
}
