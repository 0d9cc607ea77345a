//! Makes a picture smaller, never larger, in good quality.

use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer,
    images::{Image, ImageRef},
};

use super::{
    CompressError,
    picture::{Layout, Picture},
};
use crate::model::MaxSide;

/// The largest size of the same shape, not above the given one, that both limits allow; at least
/// one pixel a side.
pub(crate) fn fit(
    (width, height): (u32, u32),
    max_width: Option<MaxSide>,
    max_height: Option<MaxSide>,
) -> (u32, u32) {
    let max_width = max_width.map_or(width, MaxSide::pixels).min(width);
    let max_height = max_height.map_or(height, MaxSide::pixels).min(height);
    let scaled = |side: u32, by: u32, of: u32, max: u32| {
        let (side, by, of) = (u64::from(side), u64::from(by), u64::from(of));
        u32::try_from((side * by + of / 2) / of).unwrap_or(max).clamp(1, max)
    };
    // Of the two limits, the one that shrinks more decides.
    if u64::from(max_width) * u64::from(height) <= u64::from(max_height) * u64::from(width) {
        (max_width, scaled(height, max_width, width, max_height))
    } else {
        (scaled(width, max_height, height, max_width), max_height)
    }
}

/// Resizes with a Lanczos filter of three lobes; colours are weighted by how opaque they are, so
/// that what is invisible does not bleed into what is seen.
pub(crate) fn resize(
    picture: Picture,
    (width, height): (u32, u32),
) -> Result<Picture, CompressError> {
    if (picture.width, picture.height) == (width, height) {
        return Ok(picture);
    }
    let pixel = match picture.layout {
        Layout::Gray => PixelType::U8,
        Layout::Rgb => PixelType::U8x3,
        Layout::Rgba => PixelType::U8x4,
    };
    let fault = |error: &dyn std::fmt::Display| CompressError::Internal(error.to_string());
    let source = ImageRef::new(picture.width, picture.height, &picture.samples, pixel)
        .map_err(|error| fault(&error))?;
    let mut small = Image::new(width, height, pixel);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    Resizer::new().resize(&source, &mut small, &options).map_err(|error| fault(&error))?;
    Picture::new(width, height, picture.layout, small.into_vec())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn side(pixels: u32) -> Option<MaxSide> {
        Some(MaxSide::try_from(pixels).unwrap())
    }

    #[test]
    fn the_limit_that_shrinks_more_decides() {
        assert_eq!(fit((4000, 3000), side(800), None), (800, 600));
        assert_eq!(fit((4000, 3000), side(800), side(300)), (400, 300));
        assert_eq!(fit((4000, 3000), side(5000), side(3000)), (4000, 3000));
        assert_eq!(fit((10_000, 3), side(100), None), (100, 1));
    }

    #[test]
    fn the_invisible_does_not_bleed_into_the_seen() {
        let pixels = [[200, 0, 0, 255], [0, 255, 0, 0]].concat();
        let picture = Picture::new(64, 32, Layout::Rgba, pixels.repeat(32 * 32)).unwrap();
        let small = resize(picture, (16, 8)).unwrap();
        assert!(small.samples.chunks(4).all(|pixel| pixel[0] > 195 && pixel[1] < 5));
    }

    proptest! {
        #[test]
        fn a_size_only_shrinks_and_keeps_its_shape(
            w in 1u32..70_000, h in 1u32..70_000,
            max_w in proptest::option::of(1u32..=65_535), max_h in proptest::option::of(1u32..=65_535),
        ) {
            let (new_w, new_h) = fit((w, h), max_w.and_then(side), max_h.and_then(side));
            prop_assert!(new_w >= 1 && new_w <= w.min(max_w.unwrap_or(w)));
            prop_assert!(new_h >= 1 && new_h <= h.min(max_h.unwrap_or(h)));
            // Within a pixel of the true shape.
            let (w, h, new_w, new_h) = (f64::from(w), f64::from(h), f64::from(new_w), f64::from(new_h));
            let off = (new_w - w * new_h / h).abs().min((new_h - h * new_w / w).abs());
            prop_assert!(off <= 1.0, "{w}x{h} became {new_w}x{new_h}");
        }
    }
}
