//! The letters of a file, whatever bytes they are written as.

use std::io::{self, Read};

use encoding_rs::{CoderResult, Decoder, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::{
    Encoding,
    encoding::{CHUNK_BYTES, read_some},
};

/// A file's text, a chunk at a time.
pub(super) struct Text<R> {
    source: R,
    decoder: Decoder,
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    chunk: String,
    at: usize,
    is_over: bool,
    has_unreadable: bool,
}

impl<R: Read> Text<R> {
    /// The text of `source`, which stands behind the byte order mark.
    pub(super) fn new(source: R, encoding: Encoding) -> Self {
        let encoding = match encoding {
            Encoding::Utf8 => UTF_8,
            Encoding::Utf16Le => UTF_16LE,
            Encoding::Utf16Be => UTF_16BE,
            Encoding::Windows1252 => WINDOWS_1252,
        };
        Text {
            source,
            decoder: encoding.new_decoder_without_bom_handling(),
            bytes: vec![0; CHUNK_BYTES],
            start: 0,
            end: 0,
            chunk: String::with_capacity(CHUNK_BYTES),
            at: 0,
            is_over: false,
            has_unreadable: false,
        }
    }

    /// What of the present chunk has not been taken yet; empty only at the end of the file.
    pub(super) fn rest(&mut self) -> io::Result<&str> {
        if self.at == self.chunk.len() {
            self.refill()?;
        }
        Ok(&self.chunk[self.at..])
    }

    /// Takes that many bytes, which end where a character ends.
    pub(super) fn take(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Whether some bytes up to the end of the present chunk were no text; U+FFFD stands for them.
    pub(super) fn has_unreadable(&self) -> bool {
        self.has_unreadable
    }

    fn refill(&mut self) -> io::Result<()> {
        self.chunk.clear();
        self.at = 0;
        while self.chunk.is_empty() && !self.is_over {
            if self.start == self.end {
                self.start = 0;
                self.end = read_some(&mut self.source, &mut self.bytes)?;
            }
            let is_last = self.end == 0;
            let bytes = &self.bytes[self.start..self.end];
            let (result, read, is_replaced) =
                self.decoder.decode_to_string(bytes, &mut self.chunk, is_last);
            self.start += read;
            self.has_unreadable |= is_replaced;
            self.is_over = is_last && result == CoderResult::InputEmpty;
        }
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::{super::encoding::survey, *};

    /// Gives a text one byte at a time, so that every place is the end of a chunk once.
    pub(in super::super) struct Dripping<'a>(pub(in super::super) &'a [u8]);

    impl Read for Dripping<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let (now, later) = self.0.split_at(self.0.len().min(1));
            into[..now.len()].copy_from_slice(now);
            self.0 = later;
            Ok(now.len())
        }
    }

    #[test]
    fn text_comes_whole_from_a_source_that_gives_one_byte_at_a_time() {
        let wanted = "a\u{e9}\u{4e2d}\u{1f600}b";
        let survey = survey(Dripping(wanted.as_bytes()), 100).unwrap();
        assert_eq!(survey.encoding, Encoding::Utf8);
        let mut text = Text::new(Dripping(wanted.as_bytes()), Encoding::Utf8);
        let mut got = String::new();
        loop {
            let rest = text.rest().unwrap();
            if rest.is_empty() {
                break;
            }
            got.push_str(rest);
            let bytes = rest.len();
            text.take(bytes);
        }
        assert_eq!(got, wanted);
        assert!(!text.has_unreadable());
    }
}
