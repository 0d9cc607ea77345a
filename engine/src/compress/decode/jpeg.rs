//! Decodes JPEGs, strictly: a picture that is half gray is worse than a failure that says why.

use zune_core::{colorspace::ColorSpace, options::DecoderOptions};
use zune_jpeg::{JpegDecoder, errors::DecodeErrors};

use super::reader::JpegReader;
use crate::{
    compress::{
        CompressError, Stop, colour,
        container::jpeg::{Frame, Jpeg},
        picture::{Layout, Picture},
    },
    model::Format,
};

/// Decodes a JPEG to gray or RGB; inks are converted by `icc` if it is a profile for inks.
///
/// # Errors
/// [`CompressError::Incomplete`] and [`CompressError::Corrupt`]; unusual ways of coding are
/// [`CompressError::UnsupportedVariant`].
pub(crate) fn decode(
    source: &[u8],
    jpeg: &Jpeg<'_>,
    icc: Option<&[u8]>,
    stop: &Stop,
) -> Result<Picture, CompressError> {
    if !jpeg.is_complete {
        return Err(CompressError::Incomplete);
    }
    let Frame { width, height, components, .. } = jpeg.frame;
    let options = DecoderOptions::default()
        .set_max_width(width as usize)
        .set_max_height(height as usize)
        .jpeg_set_max_scans(usize::MAX)
        .set_strict_mode(false);
    let mut decoder = JpegDecoder::new_with_options(JpegReader::new(source, stop), options);
    let failed = |error| failure(error, stop);
    // Headers may be untidy, as those of many programs are; the pixels may not.
    decoder.decode_headers().map_err(failed)?;
    // The limits were checked for the frame that we found: no other one may be decoded.
    if !is_same_frame(&decoder, jpeg.frame) {
        return Err(CompressError::Corrupt("it has more than one frame".to_owned()));
    }
    let stored = decoder.input_colorspace().unwrap_or(ColorSpace::YCbCr);
    let inks = icc.filter(|_| components == 4);
    let wanted = match (components, inks) {
        (1, _) => ColorSpace::Luma,
        (4, Some(_)) => stored,
        _ => ColorSpace::RGB,
    };
    decoder.set_options(options.jpeg_set_out_colorspace(wanted).set_strict_mode(true));
    let length = decoder.output_buffer_size().unwrap_or_default();
    let mut samples = vec![0; length];
    decoder.decode_into(&mut samples).map_err(failed)?;
    stop.check()?;
    if let Some(icc) = inks {
        return from_inks(&mut samples, stored, icc)
            .map(|rgb| Picture::new(width, height, Layout::Rgb, rgb))
            // A profile that does not go with inks is ignored.
            .unwrap_or_else(|| decode(source, jpeg, None, stop));
    }
    let layout = if components == 1 { Layout::Gray } else { Layout::Rgb };
    Picture::new(width, height, layout, samples)
}

fn is_same_frame(decoder: &JpegDecoder<JpegReader<'_>>, frame: Frame) -> bool {
    decoder.info().is_some_and(|found| {
        (u32::from(found.width), u32::from(found.height)) == (frame.width, frame.height)
            && found.components == frame.components
            && found.sof.is_progressive() == frame.is_progressive()
    })
}

/// Says what of the way of coding is not read, before anything is decoded.
pub(crate) fn check(frame: Frame) -> Result<(), CompressError> {
    let variant =
        |detail: String| Err(CompressError::UnsupportedVariant { format: Format::Jpeg, detail });
    match frame.marker {
        0xC0..=0xC2 => {}
        0xC3 | 0xC7 | 0xCB | 0xCF => return variant("it is lossless".to_owned()),
        0xC9..=0xCE => return variant("its coding is arithmetic".to_owned()),
        _ => return variant("its coding is hierarchical".to_owned()),
    }
    if frame.precision != 8 {
        return variant(format!("it has {} bits a sample", frame.precision));
    }
    if !matches!(frame.components, 1 | 3 | 4) {
        return variant(format!("it has {} components", frame.components));
    }
    Ok(())
}

/// Adobe's programs store inks the other way round (255 is none), and all others follow them.
fn from_inks(samples: &mut [u8], stored: ColorSpace, icc: &[u8]) -> Option<Vec<u8>> {
    for pixel in samples.chunks_exact_mut(4) {
        if stored == ColorSpace::YCCK {
            let [r, g, b] = ycc_to_rgb([pixel[0], pixel[1], pixel[2]]);
            pixel.copy_from_slice(&[r, g, b, 255 - pixel[3]]);
        } else {
            pixel.iter_mut().for_each(|ink| *ink = 255 - *ink);
        }
    }
    colour::inks_to_srgb(samples, icc)
}

/// JFIF 1.02, page 3.
fn ycc_to_rgb(ycc: [u8; 3]) -> [u8; 3] {
    let [y, cb, cr] = [f32::from(ycc[0]), f32::from(ycc[1]) - 128.0, f32::from(ycc[2]) - 128.0];
    // A cast from f32 saturates.
    [y + 1.402 * cr, y - 0.344_136 * cb - 0.714_136 * cr, y + 1.772 * cb].map(|v| v.round() as u8)
}

fn failure(error: DecodeErrors, stop: &Stop) -> CompressError {
    if let Err(stopped) = stop.check() {
        return stopped;
    }
    if let DecodeErrors::Unsupported(scheme) = error {
        let detail = format!("{scheme:?}");
        return CompressError::UnsupportedVariant { format: Format::Jpeg, detail };
    }
    if matches!(error, DecodeErrors::ExhaustedData) {
        return CompressError::Incomplete;
    }
    CompressError::Corrupt(error.to_string().trim().to_owned())
}

#[cfg(test)]
mod tests {
    use mozjpeg::{ColorSpace as Stored, Compress};

    use super::*;
    use crate::compress::container::jpeg::{ICC, marker, segment};

    /// A JPEG of 32 x 32 equal pixels, given in one way and stored in another.
    fn written(given: Stored, stored: Stored, pixel: &[u8], icc: &[u8]) -> Vec<u8> {
        let mut encoder = Compress::new(given);
        encoder.set_size(32, 32);
        encoder.set_quality(95.0);
        encoder.set_color_space(stored);
        let mut encoder = encoder.start_compress(Vec::new()).unwrap();
        encoder.write_scanlines(&pixel.repeat(32 * 32)).unwrap();
        let file = encoder.finish().unwrap();
        let profile = segment(marker::APP2, &[ICC, &[1, 1], icc]).unwrap();
        [&file[..2], if icc.is_empty() { &[] } else { &profile }, &file[2..]].concat()
    }

    fn first_pixel(source: &[u8]) -> [u8; 3] {
        let jpeg = Jpeg::parse(source).unwrap();
        let picture = decode(source, &jpeg, jpeg.icc().as_deref(), &Stop::new()).unwrap();
        *picture.samples.first_chunk().unwrap()
    }

    fn is_near(a: [u8; 3], b: [u8; 3]) -> bool {
        a.iter().zip(b).all(|(a, b)| a.abs_diff(b) < 8)
    }

    #[test]
    fn every_way_of_storing_colours_shows_the_same_colour() {
        // Inks without a profile, the other way round: no black, and of the rest what is not red.
        let (colour, inks) = ([200, 90, 30], [200, 90, 30, 255]);
        for (given, stored, pixel) in [
            (Stored::JCS_RGB, Stored::JCS_YCbCr, &colour[..]),
            (Stored::JCS_RGB, Stored::JCS_RGB, &colour[..]),
            (Stored::JCS_CMYK, Stored::JCS_CMYK, &inks[..]),
            (Stored::JCS_CMYK, Stored::JCS_YCCK, &inks[..]),
        ] {
            let shown = first_pixel(&written(given, stored, pixel, &[]));
            assert!(is_near(shown, colour), "{stored:?} shows {shown:?}");
        }
    }

    #[test]
    fn only_the_frame_whose_limits_were_checked_is_decoded() {
        let file = written(Stored::JCS_RGB, Stored::JCS_YCbCr, &[1, 2, 3], &[]);
        let sound = Jpeg::parse(&file).unwrap().frame;
        for frame in [
            Frame { width: 16, ..sound },
            Frame { height: 16, ..sound },
            Frame { width: 64, ..sound },
            Frame { components: 1, ..sound },
            Frame { marker: if sound.is_progressive() { 0xC0 } else { 0xC2 }, ..sound },
        ] {
            let jpeg = Jpeg { frame, ..Jpeg::parse(&file).unwrap() };
            let refused = decode(&file, &jpeg, None, &Stop::new());
            assert!(matches!(refused, Err(CompressError::Corrupt(_))), "{frame:?}");
        }
    }

    #[test]
    fn inks_with_a_profile_show_what_it_says() {
        let icc = colour::inks_profile();
        let cyan = colour::inks_to_srgb(&[255, 0, 0, 0], &icc).unwrap();
        for stored in [Stored::JCS_CMYK, Stored::JCS_YCCK] {
            let shown = first_pixel(&written(Stored::JCS_CMYK, stored, &[0, 255, 255, 255], &icc));
            assert!(is_near(shown, *cyan.first_chunk().unwrap()), "{stored:?} shows {shown:?}");
        }
    }

    #[test]
    fn a_profile_that_is_not_for_inks_is_ignored() {
        let file = written(Stored::JCS_CMYK, Stored::JCS_YCCK, &[200, 90, 30, 255], b"nonsense");
        assert!(is_near(first_pixel(&file), [200, 90, 30]));
    }
}
