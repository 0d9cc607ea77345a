//! Writes GIF, TIFF and BMP, for those who keep their sources' formats.

use std::io::Cursor;

use image::{ExtendedColorType, ImageEncoder, codecs::bmp::BmpEncoder};
use tiff::encoder::{Compression, DeflateLevel, Predictor, TiffEncoder, colortype};

use crate::{
    compress::{
        CompressError,
        animation::{self, Shown},
        guard,
        picture::{Layout, Picture},
    },
    model::Format,
};

pub(super) fn gif(picture: &Picture) -> Result<Vec<u8>, CompressError> {
    let still = Shown { picture: picture.clone(), millis: 0 };
    animation::gif(std::iter::once(Ok(still)), 1)
}

/// Packed by Deflate with a horizontal predictor, so that it is rarely larger than its source.
pub(super) fn tiff(picture: &Picture) -> Result<Vec<u8>, CompressError> {
    let Picture { width, height, layout, samples } = picture;
    let (width, height) = (*width, *height);
    guard::encoding(|| {
        let mut file = Cursor::new(Vec::new());
        let mut encoder = TiffEncoder::new(&mut file)
            .map_err(|error| CompressError::encoding(Format::Tiff, error))?
            .with_compression(Compression::Deflate(DeflateLevel::Balanced))
            .with_predictor(Predictor::Horizontal);
        match layout {
            Layout::Gray => encoder.write_image::<colortype::Gray8>(width, height, samples),
            Layout::Rgb => encoder.write_image::<colortype::RGB8>(width, height, samples),
            Layout::Rgba => encoder.write_image::<colortype::RGBA8>(width, height, samples),
        }
        .map_err(|error| CompressError::encoding(Format::Tiff, error))?;
        Ok(file.into_inner())
    })
}

pub(super) fn bmp(picture: &Picture) -> Result<Vec<u8>, CompressError> {
    let Picture { width, height, layout, samples } = picture;
    let colour = match layout {
        Layout::Gray => ExtendedColorType::L8,
        Layout::Rgb => ExtendedColorType::Rgb8,
        Layout::Rgba => ExtendedColorType::Rgba8,
    };
    guard::encoding(|| {
        let mut file = Vec::new();
        BmpEncoder::new(&mut file)
            .write_image(samples, *width, *height, colour)
            .map_err(|error| CompressError::encoding(Format::Bmp, error))?;
        Ok(file)
    })
}
