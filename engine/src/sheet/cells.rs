//! Writes rows of cells as a sheet has them (RFC 4180, with the sheet's own delimiter).

use std::io::{self, BufWriter, Write};

use memchr::{memchr2, memchr3};

use super::{Dialect, Encoding};

/// Cells, written one after the other.
pub(super) struct Cells<W: Write> {
    out: BufWriter<W>,
    dialect: Dialect,
    is_row_begun: bool,
}

impl<W: Write> Cells<W> {
    pub(super) fn new(out: W, dialect: Dialect) -> Self {
        Cells { out: BufWriter::with_capacity(64 * 1024, out), dialect, is_row_begun: false }
    }

    /// Writes what stands before the header: a byte order mark, a line that names the delimiter.
    pub(super) fn begin(&mut self) -> io::Result<()> {
        let Dialect { encoding, has_bom, has_sep_line, delimiter, line_ending } = self.dialect;
        let is_plain = match encoding {
            Encoding::Utf8 => !has_bom,
            Encoding::Utf16Le | Encoding::Utf16Be | Encoding::Windows1252 => false,
        };
        if !is_plain {
            self.out.write_all("\u{FEFF}".as_bytes())?;
        }
        if has_sep_line {
            write!(self.out, "sep={}{}", char::from(delimiter), line_ending.as_str())?;
        }
        Ok(())
    }

    /// Writes the next cell of the row.
    pub(super) fn cell(&mut self, cell: &str) -> io::Result<()> {
        if std::mem::replace(&mut self.is_row_begun, true) {
            self.out.write_all(&[self.dialect.delimiter])?;
        }
        let bytes = cell.as_bytes();
        let needs_quotes = memchr3(self.dialect.delimiter, b'\r', b'\n', bytes).is_some()
            || memchr2(b'"', 0, bytes).is_some();
        if !needs_quotes {
            return self.out.write_all(bytes);
        }
        self.out.write_all(b"\"")?;
        for (count, part) in bytes.split(|byte| *byte == b'"').enumerate() {
            if count > 0 {
                self.out.write_all(b"\"\"")?;
            }
            self.out.write_all(part)?;
        }
        self.out.write_all(b"\"")
    }

    /// Ends the row.
    pub(super) fn end_row(&mut self) -> io::Result<()> {
        self.is_row_begun = false;
        self.out.write_all(self.dialect.line_ending.as_str().as_bytes())
    }

    /// Hands on what has been gathered.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}
