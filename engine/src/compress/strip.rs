//! A source's own bytes without its metadata: what takes the place of a rendition that would not
//! be smaller. What is needed to show the picture stays, to the last bit.

mod bmp;
mod tiff;

use image::metadata::Orientation;

use super::{
    colour,
    container::{
        gif::{self, Kind},
        jpeg::{self, Jpeg, marker},
        png,
        riff::{self, flag},
    },
    decode::About,
    orient,
};
use crate::model::Format;

/// The source's bytes without its metadata; `None` where it is not certain what to leave out.
pub(crate) fn strip(source: &[u8], format: Format, about: &About) -> Option<Vec<u8>> {
    // The pixels stay as they are, and so does which way up they are shown.
    let turned = about.orientation != Orientation::NoTransforms;
    let exif = turned.then(|| orient::minimal_exif(about.orientation));
    let profile = about.icc.as_deref().filter(|icc| !colour::is_srgb(icc));
    match format {
        Format::Jpeg => strip_jpeg(source, exif.as_deref(), profile.is_some()),
        Format::Png => strip_png(source, exif.as_deref()),
        Format::Webp => strip_webp(source, exif.as_deref(), profile.is_some()),
        Format::Gif => strip_gif(source),
        Format::Bmp => bmp::strip(source),
        Format::Tiff => tiff::strip(source, profile.is_some()),
        Format::Avif => None,
    }
}

/// Leaves out the application segments and comments, and whatever follows the end.
fn strip_jpeg(source: &[u8], exif: Option<&[u8]>, keeps_profile: bool) -> Option<Vec<u8>> {
    let jpeg = Jpeg::parse(source).ok().filter(|jpeg| jpeg.is_complete)?;
    let mut file = vec![0xFF, marker::SOI];
    // EXIF comes right after JFIF, which comes first.
    let jfif = jpeg.segments.iter().find(|segment| segment.payload.starts_with(b"JFIF\0"));
    if let Some(payload) = jfif.and_then(|jfif| jfif.payload.get(..12)) {
        // The last two bytes are the size of the thumbnail.
        file.extend(jpeg::segment(marker::APP0, &[payload, &[0, 0]])?);
    }
    if let Some(exif) = exif {
        file.extend(jpeg::segment(marker::APP1, &[jpeg::EXIF, exif])?);
    }
    for segment in &jpeg.segments {
        let stays = match segment.marker {
            marker::APP2 => keeps_profile && segment.payload.starts_with(jpeg::ICC),
            marker::APP14 => segment.payload.starts_with(jpeg::ADOBE),
            marker::APP0..=marker::APP15 | marker::COM => false,
            _ => true,
        };
        if stays {
            file.extend_from_slice(segment.raw);
        }
    }
    file.extend([0xFF, marker::EOI]);
    Some(file)
}

/// Keeps what is needed to show the picture (PNG, third edition, 11.3) and the animation.
fn strip_png(source: &[u8], exif: Option<&[u8]>) -> Option<Vec<u8>> {
    const SHOWN: [&[u8; 4]; 18] = [
        b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP",
        b"mDCV", b"cLLI", b"sBIT", b"bKGD", b"pHYs", b"acTL", b"fcTL", b"fdAT",
    ];
    let mut file = png::SIGNATURE.to_vec();
    let mut last = [0; 4];
    for chunk in png::chunks(source) {
        if SHOWN.contains(&&chunk.kind) {
            file.extend_from_slice(chunk.raw);
        }
        if chunk.kind == *b"IHDR" {
            file.extend(exif.map(|exif| png::chunk(*b"eXIf", exif)).unwrap_or_default());
        }
        last = chunk.kind;
    }
    (last == *b"IEND").then_some(file)
}

/// Keeps the chunks that RFC 9649 names except those for metadata.
fn strip_webp(source: &[u8], exif: Option<&[u8]>, keeps_profile: bool) -> Option<Vec<u8>> {
    let mut chunks = Vec::with_capacity(source.len());
    let mut is_extended = false;
    for chunk in riff::chunks(source) {
        match &chunk.kind {
            b"VP8X" => {
                let (flags, rest) = chunk.payload.split_first()?;
                let metadata = flag::EXIF | flag::XMP | if keeps_profile { 0 } else { flag::ICC };
                let flags = (flags & !metadata) | if exif.is_some() { flag::EXIF } else { 0 };
                riff::push(&mut chunks, chunk.kind, &[&[flags], rest]);
                is_extended = true;
            }
            b"ICCP" if keeps_profile => riff::push(&mut chunks, chunk.kind, &[chunk.payload]),
            b"VP8 " | b"VP8L" | b"ALPH" | b"ANIM" => {
                riff::push(&mut chunks, chunk.kind, &[chunk.payload]);
            }
            b"ANMF" => {
                let (header, rest) = chunk.payload.split_at_checked(16)?;
                let mut frame = Vec::with_capacity(rest.len());
                for part in riff::subchunks(rest) {
                    if matches!(&part.kind, b"ALPH" | b"VP8 " | b"VP8L") {
                        riff::push(&mut frame, part.kind, &[part.payload]);
                    }
                }
                riff::push(&mut chunks, chunk.kind, &[header, &frame]);
            }
            _ => {}
        }
    }
    if let Some(exif) = exif.filter(|_| is_extended) {
        riff::push(&mut chunks, *b"EXIF", &[exif]);
    }
    Some(riff::file(&chunks))
}

/// Leaves out comments and what programs add of their own, except repetition and colour profile.
fn strip_gif(source: &[u8]) -> Option<Vec<u8>> {
    let mut file = Vec::with_capacity(source.len());
    for block in gif::blocks(source) {
        let stays = match block.kind {
            Kind::Header | Kind::Image | Kind::Control => true,
            Kind::Application(name, _) => {
                matches!(name, b"NETSCAPE2.0" | b"ANIMEXTS1.0" | b"ICCRGBG1012")
            }
            Kind::Other | Kind::Trailer => false,
        };
        if stays {
            file.extend_from_slice(block.raw);
        }
    }
    file.push(b';');
    Some(file)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::compress::{Limits, Stop, decode, sniff};

    /// Every file of a folder of the shared corpus, by its name.
    fn images(folder: &str) -> Vec<(String, Vec<u8>)> {
        let corpus = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/corpus"));
        let Ok(entries) = std::fs::read_dir(corpus.join(folder)) else {
            eprintln!("SKIPPED: there is no corpus at {}", corpus.display());
            return Vec::new();
        };
        let paths = entries.map(|entry| entry.unwrap().path());
        paths.map(|path| (path.display().to_string(), std::fs::read(path).unwrap())).collect()
    }

    #[test]
    fn what_is_stripped_shows_the_same_pixels_the_same_way_up() {
        let folders = ["exif-samples", "image-rs", "libjpeg-turbo", "libwebp", "pngsuite", "small"];
        let mut stripped = 0;
        for (name, source) in folders.iter().flat_map(|name| images(&format!("hostile/{name}"))) {
            let decoded = |source: &[u8]| {
                let format = sniff::sniff(source).ok()?;
                decode::decode(source, format, &Limits::default(), &Stop::new()).ok()
            };
            let Some((picture, about)) = decoded(&source) else { continue };
            let Some(bytes) = strip(&source, sniff::sniff(&source).unwrap(), &about) else {
                continue;
            };
            let (same, left) = decoded(&bytes).unwrap_or_else(|| panic!("{name} broke"));
            assert!(same == picture, "{name} looks otherwise");
            assert_eq!(left.orientation, about.orientation, "{name}");
            assert_eq!(left.xmp, None, "{name}");
            assert!(left.exif.is_none_or(|exif| exif.len() == 26), "{name}");
            let profile = about.icc.filter(|icc| !colour::is_srgb(icc));
            assert!(profile.is_none() || left.icc == profile, "{name}");
            stripped += 1;
        }
        println!("{stripped} stripped");
    }
}
