//! What a file is that is not a sheet, so that whoever sent it can be told.

/// Names what a file is by its first bytes; `None` where they say nothing.
///
/// Some of these could also begin a sheet (`BM`, `{`): ask only about a file whose header is none.
/// Sources: the formats' own specifications, and "File Signatures" by G. Kessler.
pub(super) fn name_of(head: &[u8]) -> Option<&'static str> {
    if head.starts_with(b"PK\x03\x04") {
        return Some(if contains(head, b"opendocument.spreadsheet") {
            "an OpenDocument workbook (.ods)"
        } else if contains(head, b"word/") {
            "a Word document (.docx)"
        } else {
            "an Excel workbook (.xlsx) or another ZIP file"
        });
    }
    if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
        return Some("a WebP image");
    }
    if head.get(4..8) == Some(b"ftyp") {
        return Some("an AVIF or HEIC image, or a film");
    }
    if let Some((_, name)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Some(name);
    }
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
    let begins =
        |with: &[u8]| text.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    TEXT.iter().find(|(start, _)| begins(start)).map(|(_, name)| *name)
}

/// Whether the bytes are such as no text has: control characters other than white space.
pub(super) fn is_binary(head: &[u8]) -> bool {
    head.iter().any(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31))
}

const MAGIC: &[(&[u8], &str)] = &[
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xFF\xD8\xFF", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"II*\0", "a TIFF image"),
    (b"MM\0*", "a TIFF image"),
    (b"BM", "a BMP image"),
    (b"%PDF-", "a PDF document"),
    (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "an old Excel workbook (.xls) or another Office file"),
    (b"\x1F\x8B", "a gzip archive"),
    (b"7z\xBC\xAF\x27\x1C", "a 7-Zip archive"),
    (b"Rar!\x1A\x07", "a RAR archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xFD7zXZ\0", "an XZ archive"),
    (b"\x28\xB5\x2F\xFD", "a Zstandard archive"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"PAR1", "a Parquet file"),
];

const TEXT: &[(&[u8], &str)] = &[
    (b"<!doctype html", "a web page (HTML)"),
    (b"<html", "a web page (HTML)"),
    (b"<svg", "an SVG image"),
    (b"<?xml", "an XML file"),
    (b"<", "a web page or an XML file"),
    (b"{\\rtf", "an RTF document"),
    (b"{", "a JSON file"),
    (b"[", "a JSON file"),
];

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(bytes, part).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_files_are_known_by_their_first_bytes() {
        assert_eq!(name_of(b"\x89PNG\r\n\x1a\n\0\0"), Some("a PNG image"));
        assert_eq!(name_of(b"RIFF\x10\0\0\0WEBPVP8 "), Some("a WebP image"));
        assert_eq!(name_of(b"\xEF\xBB\xBF\n <!DOCTYPE HTML>"), Some("a web page (HTML)"));
        assert_eq!(name_of(b" [{\"a\": 1}]"), Some("a JSON file"));
        assert_eq!(name_of(b"S. No.,Product"), None);
        assert_eq!(name_of(b""), None);
    }
}
