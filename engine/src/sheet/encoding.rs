//! Which bytes are which letters: the encoding of a sheet, decided over the whole file.

use std::io::{self, Read};

/// How a sheet's letters are written as bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// UTF-8, which ASCII is part of.
    Utf8,
    /// UTF-16, the low byte first: what Excel calls Unicode text.
    Utf16Le,
    /// UTF-16, the high byte first.
    Utf16Be,
    /// Windows-1252, which Latin-1 is part of: what Excel calls CSV in Western Europe.
    Windows1252,
}

/// How many bytes of a file are looked at to tell what it is.
pub(super) const HEAD_BYTES: usize = 4096;

pub(super) const CHUNK_BYTES: usize = 64 * 1024;

/// What a pass over all of a file's bytes has found out.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) encoding: Encoding,
    /// The number of bytes of the byte order mark.
    pub(super) bom_bytes: u64,
    /// The number of bytes of the file, or one more than allowed where it has too many.
    pub(super) bytes: u64,
    /// The file's first bytes.
    pub(super) head: Vec<u8>,
}

/// Reads a file through, or until it is too large, and decides how it is encoded.
///
/// 1. A byte order mark decides.
/// 2. UTF-16 without one shows by the zero bytes that its Latin letters have on one side only.
/// 3. What is UTF-8 to its last byte is UTF-8.
/// 4. Anything else is Windows-1252, in which every byte is a letter.
pub(super) fn survey(mut file: impl Read, max_bytes: u64) -> io::Result<Survey> {
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut head = Vec::new();
    let mut bytes = 0;
    // The start of a character whose other bytes are in the next chunk: at most three bytes.
    let mut kept = 0;
    let mut is_utf8 = true;
    loop {
        let read = read_some(&mut file, &mut chunk[kept..])?;
        let filled = &chunk[kept..kept + read];
        head.extend(filled.iter().take(HEAD_BYTES - head.len().min(HEAD_BYTES)));
        bytes += read as u64;
        if read == 0 || bytes > max_bytes {
            break;
        }
        let filled = &chunk[..kept + read];
        let valid = if is_utf8 { encoding_rs::Encoding::utf8_valid_up_to(filled) } else { 0 };
        let tail = &filled[valid..];
        is_utf8 = is_utf8 && starts_a_character(tail);
        kept = if is_utf8 { tail.len() } else { 0 };
        chunk.copy_within(valid..valid + kept, 0);
    }
    is_utf8 &= kept == 0;
    let (encoding, bom_bytes) = match head.as_slice() {
        [0xEF, 0xBB, 0xBF, ..] => (Encoding::Utf8, 3),
        [0xFF, 0xFE, ..] => (Encoding::Utf16Le, 2),
        [0xFE, 0xFF, ..] => (Encoding::Utf16Be, 2),
        head => match utf16_without_mark(head) {
            Some(encoding) => (encoding, 0),
            None if is_utf8 => (Encoding::Utf8, 0),
            None => (Encoding::Windows1252, 0),
        },
    };
    Ok(Survey { encoding, bom_bytes, bytes, head })
}

/// Whether the bytes may be the start of one character of UTF-8, of which more is to come.
fn starts_a_character(bytes: &[u8]) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.valid_up_to() == 0 && error.error_len().is_none(),
    }
}

/// Tells UTF-16 from other encodings: a quarter of its units or more are Latin letters, which have a
/// zero on one side, and hardly any (U+4E00, say) has one on the other. Headers and links are all
/// Latin letters.
fn utf16_without_mark(head: &[u8]) -> Option<Encoding> {
    let units = head.chunks_exact(2);
    let latin_if_le = units.clone().filter(|unit| unit[1] == 0).count();
    let latin_if_be = units.clone().filter(|unit| unit[0] == 0).count();
    let enough = units.len().div_ceil(4).max(1);
    if latin_if_le >= enough && latin_if_be <= latin_if_le / 4 {
        Some(Encoding::Utf16Le)
    } else if latin_if_be >= enough && latin_if_le <= latin_if_be / 4 {
        Some(Encoding::Utf16Be)
    } else {
        None
    }
}

/// Reads what there is to read, again where a signal came between.
pub(super) fn read_some(source: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(into) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoding_of(bytes: &[u8]) -> Encoding {
        survey(bytes, u64::MAX).unwrap().encoding
    }

    #[test]
    fn one_late_byte_that_is_not_utf8_makes_the_whole_file_windows_1252() {
        let mut bytes = "caf\u{e9},".repeat(100_000).into_bytes();
        assert_eq!(encoding_of(&bytes), Encoding::Utf8);
        bytes.push(0xE9);
        assert_eq!(encoding_of(&bytes), Encoding::Windows1252);
        bytes.push(b',');
        assert_eq!(encoding_of(&bytes), Encoding::Windows1252);
    }

    #[test]
    fn utf16_is_known_without_a_byte_order_mark() {
        let text = "S. No.,Product Name\n1,\u{4e00}\u{4e2d}\u{6587}\n";
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(encoding_of(&le), Encoding::Utf16Le);
        assert_eq!(encoding_of(&be), Encoding::Utf16Be);
        assert_eq!(encoding_of(b"PK\x03\x04\0\0\0\0\0\0\0\0"), Encoding::Utf8);
    }

    #[test]
    fn a_file_is_read_no_further_than_it_may_be_large() {
        let endless = io::repeat(b'a');
        assert!(survey(endless, 1_000_000).unwrap().bytes > 1_000_000);
    }
}
