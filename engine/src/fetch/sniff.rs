//! Tells from the first bytes whether something is clearly not an image.
//!
//! This only saves downloading a web page to its end, and says what came instead of an image.
//! Whether the rest is an image is for whoever decodes it.

use std::fmt;

/// How many bytes are enough to tell.
pub(super) const ENOUGH: usize = 512;

/// What came instead of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NotImage {
    /// A web page.
    WebPage,
    /// JSON, such as an API's error.
    Json,
    /// XML, such as a storage's error; not an SVG drawing.
    Xml,
    /// A PDF document.
    Pdf,
    /// Some other text.
    Text,
}

impl fmt::Display for NotImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NotImage::WebPage => "a web page (text/html)",
            NotImage::Json => "JSON (application/json)",
            NotImage::Xml => "XML (application/xml)",
            NotImage::Pdf => "a PDF (application/pdf)",
            NotImage::Text => "text (text/plain)",
        })
    }
}

/// What the beginning of a body clearly is, if not an image. Only the first [`ENOUGH`] bytes count.
///
/// Text is told from other bytes as the WHATWG's MIME Sniffing Standard does (section 3.1, binary
/// data bytes); images' first bytes all hold some that do not occur in text.
pub(super) fn not_an_image(start: &[u8]) -> Option<NotImage> {
    let start = &start[..start.len().min(ENOUGH)];
    if start.starts_with(b"%PDF-") {
        return Some(NotImage::Pdf);
    }
    if start.is_empty() || start.iter().any(|byte| is_binary(*byte)) || !is_text(start) {
        return None;
    }
    let text = String::from_utf8_lossy(start).to_ascii_lowercase();
    let text = text.trim_start_matches('\u{feff}').trim_start();
    // An SVG drawing is an image, if one that is refused later and by name.
    if text.contains("<svg") && !text.starts_with("<!doctype html") && !text.contains("<html") {
        return None;
    }
    Some(match text.as_bytes() {
        [b'{' | b'[', ..] => NotImage::Json,
        _ if text.starts_with("<?xml") && !text.contains("<html") => NotImage::Xml,
        _ if is_html(text) => NotImage::WebPage,
        _ => NotImage::Text,
    })
}

fn is_html(text: &str) -> bool {
    let tags = ["<!doctype html", "<html", "<head", "<body", "<title", "<script", "<meta", "<div"];
    text.contains("<html")
        || tags.iter().any(|tag| text.starts_with(tag))
        || text.starts_with("<!--")
}

fn is_binary(byte: u8) -> bool {
    matches!(byte, 0x00..=0x08 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f)
}

/// Whether the bytes are UTF-8, but for a character that the end may have cut.
fn is_text(bytes: &[u8]) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::{NotImage, not_an_image};

    #[test]
    fn what_is_clearly_not_an_image_is_told_by_its_first_bytes() {
        for (start, what) in [
            ("<!DOCTYPE html><html><head>", NotImage::WebPage),
            ("\n\n  <html lang=en>", NotImage::WebPage),
            ("\u{feff}<!doctype HTML>", NotImage::WebPage),
            ("<!-- a shop --><html>", NotImage::WebPage),
            ("<?xml version='1.0'?><!DOCTYPE html><html>", NotImage::WebPage),
            ("<!doctype html><body><svg>", NotImage::WebPage),
            ("{\"error\":\"no such image\"}", NotImage::Json),
            ("[]", NotImage::Json),
            ("<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code></Error>", NotImage::Xml),
            ("%PDF-1.7\n%\u{e2}\u{e3}", NotImage::Pdf),
            ("Not found\r\n", NotImage::Text),
            ("Bild nicht gefunden: schöne Grüße", NotImage::Text),
        ] {
            assert_eq!(not_an_image(start.as_bytes()), Some(what), "{start}");
        }
    }

    #[test]
    fn what_may_be_an_image_is_left_alone() {
        let starts: [&[u8]; 9] = [
            b"\xff\xd8\xff\xe0\x00\x10JFIF",
            b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
            b"GIF89a\x01\x00\x01\x00",
            b"RIFF\x24\x00\x00\x00WEBPVP8 ",
            b"II*\x00\x08\x00\x00\x00",
            b"BM\x46\x00\x00\x00\x00\x00",
            b"\x00\x00\x00\x20ftypavif",
            b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'>",
            b"",
        ];
        for start in starts {
            assert_eq!(not_an_image(start), None, "{:?}", String::from_utf8_lossy(start));
        }
    }

    #[test]
    fn a_character_cut_by_the_end_is_still_text() {
        let text = format!("{}é", "a".repeat(511));
        assert_eq!(not_an_image(text.as_bytes()), Some(NotImage::Text));
    }
}
