//! How a sheet is written down: which tool wrote it shows in its encoding, delimiter and line ends.

use super::Encoding;

/// How a sheet is written down; a results sheet is written down alike, but always in UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Dialect {
    /// How letters are written as bytes.
    pub encoding: Encoding,
    /// Whether the file begins with a byte order mark.
    pub has_bom: bool,
    /// Whether the first line names the delimiter (`sep=;`), as Excel reads and writes it.
    pub has_sep_line: bool,
    /// What stands between cells: an ASCII character, mostly comma, semicolon or tab.
    pub delimiter: u8,
    /// What stands between rows, as the header ends.
    pub line_ending: LineEnding,
}

/// What stands between the rows of a sheet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LineEnding {
    /// Line feed: Unix and everything recent.
    #[default]
    Lf,
    /// Carriage return and line feed: Windows, and RFC 4180.
    CrLf,
    /// Carriage return: what Excel for Mac still calls CSV (Macintosh).
    Cr,
}

impl LineEnding {
    /// The bytes themselves.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            LineEnding::Lf => "\n",
            LineEnding::CrLf => "\r\n",
            LineEnding::Cr => "\r",
        }
    }
}

/// The delimiters that are tried on a header, the likelier first.
pub(super) const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// The delimiter that the first line names, where that line is `sep=` and one character.
pub(super) fn sep_line(text: &str) -> Option<u8> {
    let (line, _) = text.split_once(['\r', '\n'])?;
    match line.as_bytes() {
        [name @ .., delimiter] if name.eq_ignore_ascii_case(b"sep=") => {
            let is_usable =
                *delimiter == b'\t' || (delimiter.is_ascii_punctuation() && *delimiter != b'"');
            is_usable.then_some(*delimiter)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sep_line_names_one_character() {
        assert_eq!(sep_line("sep=;\r\na;b"), Some(b';'));
        assert_eq!(sep_line("SEP=\t\na\tb"), Some(b'\t'));
        assert_eq!(sep_line("sep=|\ra|b"), Some(b'|'));
        assert_eq!(sep_line("sep=\"\na"), None);
        assert_eq!(sep_line("sep=\na"), None);
        assert_eq!(sep_line("sep=;;\na"), None);
        assert_eq!(sep_line("S. No.,Product\n"), None);
        assert_eq!(sep_line("sep=;"), None);
    }
}
