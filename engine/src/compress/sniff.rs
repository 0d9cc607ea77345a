//! What some bytes are, by their content; names, endings and headers are never trusted.

use super::CompressError;
use crate::model::Format;

/// The format of the image that `source` begins like.
///
/// # Errors
/// [`CompressError::Empty`], [`CompressError::Unsupported`] for kinds of images that are known but
/// not read, and [`CompressError::NotAnImage`] for everything else.
pub(crate) fn sniff(source: &[u8]) -> Result<Format, CompressError> {
    if source.is_empty() {
        return Err(CompressError::Empty);
    }
    if let Some(format) = format(source) {
        return Ok(format);
    }
    if let Some(what) = other_image(source) {
        return Err(CompressError::Unsupported(what));
    }
    Err(CompressError::NotAnImage(other_file(source).unwrap_or("an unknown kind of file")))
}

fn format(source: &[u8]) -> Option<Format> {
    if source.starts_with(b"\xFF\xD8\xFF") {
        Some(Format::Jpeg)
    } else if source.starts_with(b"\x89PNG\r\n\x1A\n") {
        Some(Format::Png)
    } else if source.starts_with(b"RIFF") && source.get(8..12) == Some(b"WEBP") {
        Some(Format::Webp)
    } else if source.starts_with(b"GIF87a") || source.starts_with(b"GIF89a") {
        Some(Format::Gif)
    } else if [&b"II*\0"[..], b"MM\0*", b"II+\0", b"MM\0+"].iter().any(|m| source.starts_with(m)) {
        Some(Format::Tiff)
    } else if is_bmp(source) {
        Some(Format::Bmp)
    } else {
        None
    }
}

/// `BM` alone is too short to go by: the size of the second header has to be one that exists.
fn is_bmp(source: &[u8]) -> bool {
    let header =
        source.get(14..18).map(|size| u32::from_le_bytes([size[0], size[1], size[2], size[3]]));
    source.starts_with(b"BM") && matches!(header, Some(12 | 16 | 40 | 52 | 56 | 64 | 108 | 124))
}

/// Images that are known but not read: for most of them no memory-safe decoder has a licence that
/// goes with ours.
fn other_image(source: &[u8]) -> Option<&'static str> {
    const BY_START: [(&[u8], &str); 15] = [
        (b"\xFF\x0A", "JPEG XL"),
        (b"\0\0\0\x0CJXL \r\n\x87\n", "JPEG XL"),
        (b"\0\0\0\x0CjP  ", "JPEG 2000"),
        (b"\xFF\x4F\xFF\x51", "JPEG 2000"),
        (b"8BPS", "a Photoshop document (PSD)"),
        (b"icns", "an icon (ICNS)"),
        (b"qoif", "QOI"),
        (b"\x76\x2F\x31\x01", "OpenEXR"),
        (b"#?RADIANCE", "Radiance HDR"),
        (b"DDS ", "DDS"),
        (b"gimp xcf", "a GIMP document (XCF)"),
        (b"farbfeld", "farbfeld"),
        (b"FLIF", "FLIF"),
        (b"BPG\xFB", "BPG"),
        (b"SIMPLE  =", "FITS"),
    ];
    if let Some((_, what)) = BY_START.iter().find(|(start, _)| source.starts_with(start)) {
        return Some(what);
    }
    if source.get(4..8) == Some(b"ftyp") {
        return iso_image(source);
    }
    if matches!(source, [b'P', b'1'..=b'7', b' ' | b'\n' | b'\r' | b'\t', ..]) {
        return Some("PNM");
    }
    // These two begin like some TGA images, but a TGA has no count there.
    match source {
        [0, 0, 1, 0, 1..=255, 0, ..] => return Some("an icon (ICO)"),
        [0, 0, 2, 0, 1..=255, 0, ..] => return Some("a cursor (CUR)"),
        _ => {}
    }
    if source.ends_with(b"TRUEVISION-XFILE.\0") {
        return Some("TGA");
    }
    text_start(source).filter(|text| is_svg(text)).map(|_| "SVG")
}

/// Images in ISO base media files (ISO/IEC 14496-12), by their brands.
fn iso_image(source: &[u8]) -> Option<&'static str> {
    let length = u32::from_be_bytes([source[0], source[1], source[2], source[3]]) as usize;
    let brands = source.get(8..length.min(source.len()).min(256))?;
    let has = |names: &[&[u8; 4]]| brands.chunks_exact(4).any(|b| names.iter().any(|n| b == *n));
    if has(&[b"avif", b"avis"]) {
        Some("AVIF")
    } else if has(&[b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"]) {
        Some("HEIC")
    } else if has(&[b"crx "]) {
        Some("a camera's raw image (CR3)")
    } else {
        None
    }
}

fn is_svg(text: &str) -> bool {
    text.starts_with("<svg")
        || (text.starts_with("<?xml") || text.starts_with("<!")) && text.contains("<svg")
}

fn other_file(source: &[u8]) -> Option<&'static str> {
    const BY_START: [(&[u8], &str); 14] = [
        (b"%PDF", "a PDF document"),
        (b"%!PS", "a PostScript document"),
        (b"PK\x03\x04", "a ZIP archive or an Office document"),
        (b"\xD0\xCF\x11\xE0", "an Office document"),
        (b"\x1F\x8B", "a gzip archive"),
        (b"Rar!", "a RAR archive"),
        (b"7z\xBC\xAF", "a 7z archive"),
        (b"\x1A\x45\xDF\xA3", "a video"),
        (b"\0\0\x01\xBA", "a video"),
        (b"RIFF", "a sound or a video"),
        (b"OggS", "a sound or a video"),
        (b"ID3", "a sound"),
        (b"MZ", "a program"),
        (b"\x7FELF", "a program"),
    ];
    if let Some((_, what)) = BY_START.iter().find(|(start, _)| source.starts_with(start)) {
        return Some(what);
    }
    if source.get(4..8) == Some(b"ftyp") {
        return Some("a video");
    }
    let text = text_start(source)?;
    let lower = text.to_ascii_lowercase();
    let is_html = ["<!doctype html", "<html", "<head", "<body", "<script"]
        .iter()
        .any(|tag| lower.starts_with(tag) || lower.starts_with("<!--") && lower.contains(tag));
    Some(match text.as_bytes().first() {
        _ if is_html => "a web page (HTML)",
        Some(b'{' | b'[') => "a JSON answer",
        Some(b'<') => "an XML document",
        _ => "a text",
    })
}

/// The first 1,024 bytes without leading white space, if they are text.
fn text_start(source: &[u8]) -> Option<&str> {
    let start = &source[..source.len().min(1024)];
    let text = match std::str::from_utf8(start) {
        Ok(text) => text,
        // A character may be cut in two at the end of the excerpt, and nowhere else.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&start[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    let text = text.trim_start_matches('\u{FEFF}').trim_start();
    let is_text = text.chars().all(|c| !c.is_control() || c.is_whitespace());
    (is_text && text.len() > 1).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_known_by_their_first_bytes() {
        assert_eq!(sniff(b"\xFF\xD8\xFF\xE0"), Ok(Format::Jpeg));
        assert_eq!(sniff(b"RIFF\0\0\0\0WEBPVP8 "), Ok(Format::Webp));
        assert_eq!(sniff(b"MM\0*\0\0"), Ok(Format::Tiff));
        assert_eq!(sniff(b"BM............\x28\0\0\0"), Ok(Format::Bmp));
    }

    #[test]
    fn what_is_not_an_image_is_named_in_words() {
        let what = |source: &[u8]| sniff(source).unwrap_err().to_string();
        assert_eq!(what(b""), "the file is empty");
        assert_eq!(what(b"\n <!DOCTYPE html><p>404"), "got a web page (HTML), not an image");
        assert_eq!(what(br#"{"error":1}"#), "got a JSON answer, not an image");
        assert_eq!(what(b"%PDF-1.7"), "got a PDF document, not an image");
        assert_eq!(what(b"Not found"), "got a text, not an image");
        assert_eq!(what(b"x"), "got an unknown kind of file, not an image");
        assert_eq!(what(b"\0\0\0\x18ftypmp42\0\0\0\0mp41isom"), "got a video, not an image");
    }

    #[test]
    fn images_that_are_not_read_are_named() {
        let what = |source: &[u8]| match sniff(source) {
            Err(CompressError::Unsupported(what)) => what,
            other => panic!("{other:?}"),
        };
        assert_eq!(what(b"\0\0\0\x1Cftypheic\0\0\0\0mif1heic"), "HEIC");
        assert_eq!(what(b"\0\0\0\x1Cftypavif\0\0\0\0avifmif1miaf"), "AVIF");
        assert_eq!(what(b"<?xml version=\"1.0\"?><svg xmlns=\"x\"/>"), "SVG");
        assert_eq!(what(b"8BPS\0\x01"), "a Photoshop document (PSD)");
        assert_eq!(what(b"\xFF\x0A\xFA\x3F"), "JPEG XL");
    }
}
