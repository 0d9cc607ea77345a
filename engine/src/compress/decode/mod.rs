//! Turns a source into pixels, with what else has to be known to show them.

mod jpeg;
mod reader;
mod tiff;

use image::{
    AnimationDecoder, DynamicImage, Frames, ImageDecoder,
    codecs::{
        bmp::BmpDecoder, gif::GifDecoder, png::PngDecoder, tiff::TiffDecoder, webp::WebPDecoder,
    },
    metadata::Orientation,
};

pub(crate) use jpeg::check as check_jpeg;
use reader::Reader;
pub(crate) use tiff::pieces;

use super::{
    CompressError, Limits, Stop,
    container::jpeg::{self as segments, Jpeg, marker},
    picture::Picture,
};
use crate::model::Format;

/// What a source says about itself besides its pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct About {
    pub(crate) orientation: Orientation,
    /// The colour profile.
    pub(crate) icc: Option<Vec<u8>>,
    /// EXIF, beginning with its TIFF header.
    pub(crate) exif: Option<Vec<u8>>,
    pub(crate) xmp: Option<Vec<u8>>,
}

/// Decodes the picture; of an animation, the first one.
pub(crate) fn decode(
    source: &[u8],
    format: Format,
    limits: &Limits,
    stop: &Stop,
) -> Result<(Picture, About), CompressError> {
    if format == Format::Jpeg {
        let jpeg = Jpeg::parse(source)?;
        let about = about_jpeg(&jpeg);
        let picture = jpeg::decode(source, &jpeg, about.icc.as_deref(), stop)?;
        return Ok((picture, about));
    }
    let mut decoder = open(source, format, limits, stop)?;
    let about = about(&mut decoder);
    let image = DynamicImage::from_decoder(decoder);
    let picture = Picture::from_image(image.map_err(|error| failure(format, error, stop))?)?;
    Ok((picture, about))
}

/// The frames of an animation, each as it is shown: laid over what it leaves of those before it.
///
/// # Errors
/// [`CompressError::Internal`] where the format has no animations; each frame may fail too.
pub(crate) fn frames<'a>(
    source: &'a [u8],
    format: Format,
    limits: &Limits,
    stop: &'a Stop,
) -> Result<(Frames<'a>, About), CompressError> {
    let failed = |error| failure(format, error, stop);
    let reader = Reader::new(source, stop);
    match format {
        Format::Gif => {
            let decoder = GifDecoder::new(reader).map_err(failed)?;
            let mut decoder = limited(decoder, limits).map_err(failed)?;
            let about = about(&mut decoder);
            Ok((decoder.into_frames(), about))
        }
        Format::Webp => {
            let mut decoder = WebPDecoder::new(reader).map_err(failed)?;
            let about = about(&mut decoder);
            Ok((decoder.into_frames(), about))
        }
        Format::Png => {
            let decoder = PngDecoder::with_limits(reader, png_limits(limits)).map_err(failed)?;
            let mut decoder = limited(decoder, limits).map_err(failed)?;
            let about = about(&mut decoder);
            Ok((decoder.apng().map_err(failed)?.into_frames(), about))
        }
        Format::Jpeg | Format::Avif | Format::Tiff | Format::Bmp => {
            Err(CompressError::Internal(format!("{format} has no animations")))
        }
    }
}

/// Reads the headers of anything but a JPEG; decodes nothing yet.
pub(crate) fn open<'a>(
    source: &'a [u8],
    format: Format,
    limits: &Limits,
    stop: &'a Stop,
) -> Result<Box<dyn ImageDecoder + 'a>, CompressError> {
    let reader = Reader::new(source, stop);
    let decoder: Result<Box<dyn ImageDecoder + 'a>, _> = match format {
        Format::Webp => WebPDecoder::new(reader).map(|decoder| Box::new(decoder) as _),
        Format::Gif => GifDecoder::new(reader).map(|decoder| Box::new(decoder) as _),
        Format::Bmp => BmpDecoder::new(reader).map(|decoder| Box::new(decoder) as _),
        Format::Tiff => TiffDecoder::new(reader).map(|decoder| Box::new(decoder) as _),
        Format::Png => PngDecoder::with_limits(reader, png_limits(limits))
            .map(|decoder| Box::new(decoder) as _),
        Format::Jpeg | Format::Avif => {
            return Err(CompressError::Internal(format!("{format} is not opened here")));
        }
    };
    let failed = |error| failure(format, error, stop);
    decoder.and_then(|decoder| limited(decoder, limits)).map_err(failed)
}

/// What a decoder's error means, unless it was told to end.
pub(crate) fn failure(format: Format, error: image::ImageError, stop: &Stop) -> CompressError {
    stop.check().err().unwrap_or_else(|| CompressError::decoding(format, error))
}

/// What a JPEG says about itself.
pub(crate) fn about_jpeg(jpeg: &Jpeg<'_>) -> About {
    let exif = jpeg.app(marker::APP1, segments::EXIF).map(<[u8]>::to_vec);
    About {
        orientation: orientation(exif.as_deref()),
        icc: jpeg.icc(),
        exif,
        xmp: jpeg.app(marker::APP1, segments::XMP).map(<[u8]>::to_vec),
    }
}

/// What an open decoder says; what of it cannot be read is as good as absent.
pub(crate) fn about(decoder: &mut impl ImageDecoder) -> About {
    let exif = decoder.exif_metadata().ok().flatten().map(|mut exif| {
        // Some programs write the start of a JPEG's segment into other formats too.
        if exif.starts_with(segments::EXIF) { exif.split_off(segments::EXIF.len()) } else { exif }
    });
    About {
        orientation: match decoder.orientation() {
            Ok(orientation) if exif.is_none() => orientation,
            Ok(_) | Err(_) => orientation(exif.as_deref()),
        },
        icc: decoder.icc_profile().ok().flatten(),
        exif,
        xmp: decoder.xmp_metadata().ok().flatten(),
    }
}

fn orientation(exif: Option<&[u8]>) -> Orientation {
    exif.and_then(Orientation::from_exif_chunk).unwrap_or(Orientation::NoTransforms)
}

fn limited<D: ImageDecoder>(mut decoder: D, limits: &Limits) -> image::ImageResult<D> {
    let mut strict = image::Limits::no_limits();
    strict.max_alloc = Some(limits.max_decoded_bytes);
    decoder.set_limits(strict)?;
    Ok(decoder)
}

/// The PNG decoder counts only what it unpacks besides the pixels, so it gets a limit of its own.
fn png_limits(limits: &Limits) -> image::Limits {
    let mut strict = image::Limits::no_limits();
    strict.max_alloc = Some(limits.max_metadata_bytes);
    strict
}

#[cfg(test)]
mod tests {
    use image::{ImageFormat, RgbImage};

    use super::*;

    /// The same noise in every format, too large to be read in one go.
    fn sources() -> Vec<(Format, Vec<u8>)> {
        let noise =
            |x: u32, y: u32| ((x * 7919) ^ (y * 104_729)).wrapping_mul(2_654_435_761).to_le_bytes();
        let image = RgbImage::from_fn(200, 200, |x, y| {
            let [_, r, g, b] = noise(x, y);
            image::Rgb([r, g, b])
        });
        let formats = [
            (Format::Jpeg, ImageFormat::Jpeg),
            (Format::Png, ImageFormat::Png),
            (Format::Webp, ImageFormat::WebP),
            (Format::Gif, ImageFormat::Gif),
            (Format::Tiff, ImageFormat::Tiff),
            (Format::Bmp, ImageFormat::Bmp),
        ];
        let written = formats.map(|(format, written)| {
            let mut file = std::io::Cursor::new(Vec::new());
            image.write_to(&mut file, written).unwrap();
            (format, file.into_inner())
        });
        written.to_vec()
    }

    #[test]
    fn every_decoder_ends_when_it_is_asked_to() {
        for (format, source) in sources() {
            let stop = Stop::new();
            stop.request();
            let ended = decode(&source, format, &Limits::default(), &stop).unwrap_err();
            assert_eq!(ended, CompressError::Stopped, "{format}");
        }
    }

    #[test]
    fn no_decoder_makes_do_with_a_part() {
        for (format, source) in sources() {
            for tenths in 1..10 {
                let part = &source[..source.len() * tenths / 10];
                let outcome = decode(part, format, &Limits::default(), &Stop::new());
                assert!(outcome.is_err(), "{format}: {tenths} tenths");
            }
        }
    }
}
