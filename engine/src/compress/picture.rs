//! A decoded picture: eight bits a sample, in one of three layouts.

use image::DynamicImage;

use super::CompressError;

/// A decoded picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) layout: Layout,
    /// Rows from top to bottom without padding.
    pub(crate) samples: Vec<u8>,
}

/// What the samples of a pixel are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Brightness alone.
    Gray,
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue, and how opaque it is; the colours are not multiplied by it.
    Rgba,
}

impl Layout {
    /// Samples a pixel.
    pub(crate) fn channels(self) -> usize {
        match self {
            Layout::Gray => 1,
            Layout::Rgb => 3,
            Layout::Rgba => 4,
        }
    }
}

impl Picture {
    /// A picture of these samples.
    ///
    /// # Errors
    /// [`CompressError::Internal`] where their number is wrong.
    pub(crate) fn new(
        width: u32,
        height: u32,
        layout: Layout,
        samples: Vec<u8>,
    ) -> Result<Self, CompressError> {
        if samples.len() as u64 == u64::from(width) * u64::from(height) * layout.channels() as u64 {
            Ok(Picture { width, height, layout, samples })
        } else {
            Err(CompressError::Internal(format!(
                "{} samples for {width} x {height} pixels",
                samples.len()
            )))
        }
    }

    /// Takes over a picture of the `image` crate, with as few copies as its layout allows.
    pub(crate) fn from_image(image: DynamicImage) -> Result<Self, CompressError> {
        let (width, height) = (image.width(), image.height());
        let color = image.color();
        let (layout, samples) = if color.has_alpha() {
            (Layout::Rgba, image.into_rgba8().into_raw())
        } else if color.has_color() {
            (Layout::Rgb, image.into_rgb8().into_raw())
        } else {
            (Layout::Gray, image.into_luma8().into_raw())
        };
        Picture::new(width, height, layout, samples)
    }

    /// Hands the picture over to the `image` crate, without a copy.
    pub(crate) fn into_image(self) -> Result<DynamicImage, CompressError> {
        let Picture { width, height, layout, samples } = self;
        let image = match layout {
            Layout::Gray => image::GrayImage::from_raw(width, height, samples).map(Into::into),
            Layout::Rgb => image::RgbImage::from_raw(width, height, samples).map(Into::into),
            Layout::Rgba => image::RgbaImage::from_raw(width, height, samples).map(Into::into),
        };
        image.ok_or_else(|| CompressError::Internal("a picture of the wrong size".to_owned()))
    }

    /// The same picture in colour, for encoders that know no gray.
    pub(crate) fn gray_to_rgb(&self) -> Picture {
        let samples = self.samples.iter().flat_map(|gray| [*gray; 3]).collect();
        Picture { samples, layout: Layout::Rgb, ..*self }
    }

    /// The same picture laid on white, for formats that know no transparency.
    pub(crate) fn on_white(&self) -> Picture {
        let mut samples = Vec::with_capacity(self.samples.len() / 4 * 3);
        for pixel in self.samples.chunks_exact(4) {
            let alpha = u32::from(pixel[3]);
            let mix = |c: u8| ((u32::from(c) * alpha + 255 * (255 - alpha) + 127) / 255) as u8;
            samples.extend([mix(pixel[0]), mix(pixel[1]), mix(pixel[2])]);
        }
        Picture { samples, layout: Layout::Rgb, ..*self }
    }

    /// Whether it has at most `max` different pixels, as drawings do and photographs do not.
    pub(crate) fn has_few_colours(&self, max: usize) -> bool {
        let mut seen = std::collections::HashSet::with_capacity(max + 1);
        let mut last: &[u8] = &[];
        for pixel in self.samples.chunks_exact(self.layout.channels()) {
            if pixel != last {
                seen.insert(pixel);
                last = pixel;
                if seen.len() > max {
                    return false;
                }
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shines_through_is_laid_on_white() {
        let samples = vec![9, 9, 9, 0, 0, 100, 200, 128, 1, 2, 3, 255];
        let picture = Picture::new(3, 1, Layout::Rgba, samples).unwrap();
        assert_eq!(picture.on_white().samples, [255, 255, 255, 127, 177, 227, 1, 2, 3]);
    }

    #[test]
    fn colours_are_counted_up_to_a_bound() {
        let picture = Picture::new(4, 1, Layout::Gray, vec![1, 2, 1, 3]).unwrap();
        assert!(picture.has_few_colours(3));
        assert!(!picture.has_few_colours(2));
    }

    #[test]
    fn a_wrong_number_of_samples_is_an_error() {
        assert!(Picture::new(2, 2, Layout::Rgb, vec![0; 11]).is_err());
    }
}
