//! Cuts text into rows and cells (RFC 4180, and what people's tools make of it).
//!
//! It is our own, and not the `csv` crate's, for three things: physical lines are right with every
//! line ending, a quote that is never closed is told by the line it is on, and a monstrous cell
//! takes no memory.

use std::io::{self, Read};

use memchr::{memchr, memchr3};

use super::{
    LineEnding,
    row::{Flaw, Row, line_breaks},
    text::Text,
};

/// The rows of a text, one after the other; blank ones are passed over.
pub(super) struct Rows<R> {
    text: Text<R>,
    delimiter: u8,
    max_row_bytes: usize,
    /// The physical line that is being read, from 1.
    line: u64,
    /// Whether the last byte taken was a carriage return that ended a line.
    after_cr: bool,
}

/// Where in a cell the reading stands.
#[derive(Clone, Copy)]
enum At {
    /// Nothing but spaces has come yet.
    Start,
    /// In a cell that is not quoted, or behind the quotes of one that was.
    Plain,
    /// Between quotes, the first of which stands on the line `opened`.
    Quoted { opened: u64 },
    /// Behind a quote, which may be the first of two; the cell ends at `end` if it is not.
    Closed { opened: u64, end: usize, is_near: bool },
    /// Behind the row.
    End,
}

impl<R: Read> Rows<R> {
    pub(super) fn new(text: Text<R>, delimiter: u8, max_row_bytes: usize) -> Self {
        Rows { text, delimiter, max_row_bytes, line: 1, after_cr: false }
    }

    /// Whether some bytes up to here, or a little further, were no text.
    pub(super) fn has_unreadable(&self) -> bool {
        self.text.has_unreadable()
    }

    /// Passes over one line as it stands.
    pub(super) fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let rest = self.text.rest()?;
            if rest.is_empty() {
                return Ok(());
            }
            match memchr::memchr2(b'\r', b'\n', rest.as_bytes()) {
                None => {
                    let bytes = rest.len();
                    self.text.take(bytes);
                }
                Some(at) => {
                    let byte = rest.as_bytes()[at];
                    self.text.take(at + 1);
                    self.end_line(byte);
                    return Ok(());
                }
            }
        }
    }

    /// Which line end has just been read; `None` at the end of the file without one.
    pub(super) fn line_ending(&mut self) -> io::Result<Option<LineEnding>> {
        if self.line == 1 {
            return Ok(None);
        }
        let is_pair = self.after_cr && self.text.rest()?.starts_with('\n');
        Ok(Some(match (self.after_cr, is_pair) {
            (true, true) => LineEnding::CrLf,
            (true, false) => LineEnding::Cr,
            (false, _) => LineEnding::Lf,
        }))
    }

    /// Reads the next row that is not blank; `false` where there is none.
    pub(super) fn read(&mut self, row: &mut Row) -> io::Result<bool> {
        loop {
            if !self.read_any(row)? {
                return Ok(false);
            }
            if !row.is_blank() {
                return Ok(true);
            }
        }
    }

    fn read_any(&mut self, row: &mut Row) -> io::Result<bool> {
        if std::mem::take(&mut self.after_cr) && self.text.rest()?.starts_with('\n') {
            self.text.take(1);
        }
        row.clear(self.line);
        if self.text.rest()?.is_empty() {
            return Ok(false);
        }
        let mut at = At::Start;
        while !matches!(at, At::End) {
            let Some(&next) = self.text.rest()?.as_bytes().first() else {
                self.end_of_file(row, at);
                return Ok(true);
            };
            at = match at {
                At::Start => self.start(row, next),
                At::Plain => self.plain(row)?,
                At::Quoted { opened } => self.quoted(row, opened)?,
                At::Closed { opened, end, is_near } => self.closed(row, next, opened, end, is_near),
                At::End => At::End,
            };
        }
        Ok(true)
    }

    fn start(&mut self, row: &mut Row, next: u8) -> At {
        match next {
            b'"' => {
                // Hand-written sheets have a space behind the comma and then the quote.
                row.empty_cell();
                self.text.take(1);
                At::Quoted { opened: self.line }
            }
            b' ' => {
                row.push(" ", self.max_row_bytes);
                self.text.take(1);
                At::Start
            }
            _ => At::Plain,
        }
    }

    fn plain(&mut self, row: &mut Row) -> io::Result<At> {
        let rest = self.text.rest()?;
        let Some(end) = memchr3(self.delimiter, b'\r', b'\n', rest.as_bytes()) else {
            row.push(rest, self.max_row_bytes);
            let bytes = rest.len();
            self.text.take(bytes);
            return Ok(At::Plain);
        };
        row.push(&rest[..end], self.max_row_bytes);
        row.end_cell(self.max_row_bytes);
        let byte = rest.as_bytes()[end];
        self.text.take(end + 1);
        if byte == self.delimiter {
            return Ok(At::Start);
        }
        self.end_line(byte);
        Ok(At::End)
    }

    fn quoted(&mut self, row: &mut Row, opened: u64) -> io::Result<At> {
        let rest = self.text.rest()?;
        let end = memchr(b'"', rest.as_bytes());
        let inside = &rest[..end.unwrap_or(rest.len())];
        row.push(inside, self.max_row_bytes);
        self.line += line_breaks(inside, self.after_cr);
        self.after_cr = end.is_none() && inside.ends_with('\r');
        let bytes = inside.len() + usize::from(end.is_some());
        self.text.take(bytes);
        Ok(match end {
            Some(_) => At::Closed { opened, end: row.text().len(), is_near: true },
            None => At::Quoted { opened },
        })
    }

    fn closed(&mut self, row: &mut Row, next: u8, opened: u64, end: usize, is_near: bool) -> At {
        if next == self.delimiter || next == b'\r' || next == b'\n' {
            // Spaces behind the quote are no part of the cell.
            row.truncate(end);
            At::Plain
        } else if next == b'"' && is_near {
            row.push("\"", self.max_row_bytes);
            self.text.take(1);
            At::Quoted { opened }
        } else if next == b' ' {
            row.push(" ", self.max_row_bytes);
            self.text.take(1);
            At::Closed { opened, end, is_near: false }
        } else {
            // Within one line that is a stray quote, as other readers take it; over several lines
            // the closing quote was meant to open another cell.
            if opened != self.line {
                row.flaw = Some(Flaw::Unterminated(opened));
            }
            At::Plain
        }
    }

    /// Ends the row where the file ends without a line end.
    fn end_of_file(&self, row: &mut Row, at: At) {
        match at {
            At::Quoted { opened } => row.flaw = Some(Flaw::Unterminated(opened)),
            At::Closed { end, .. } => row.truncate(end),
            At::Start | At::Plain | At::End => {}
        }
        row.end_cell(self.max_row_bytes);
    }

    fn end_line(&mut self, byte: u8) {
        self.line += 1;
        self.after_cr = byte == b'\r';
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Encoding, text::tests::Dripping},
        *,
    };

    fn rows(text: &str) -> Vec<(u64, Vec<String>)> {
        let mut rows = Rows::new(Text::new(text.as_bytes(), Encoding::Utf8), b',', 1000);
        let mut row = Row::default();
        let mut all = Vec::new();
        while rows.read(&mut row).unwrap() {
            assert_eq!(row.flaw, None, "{text:?}");
            all.push((row.line, row.cells().map(str::to_owned).collect()));
        }
        all
    }

    fn flaw(text: &str) -> (u64, Option<Flaw>) {
        let mut rows = Rows::new(Text::new(text.as_bytes(), Encoding::Utf8), b',', 1000);
        let mut row = Row::default();
        while rows.read(&mut row).unwrap() && row.flaw.is_none() {}
        (row.line, row.flaw)
    }

    #[test]
    fn lines_are_counted_right_with_every_line_ending() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["a,\"b", "b\",c", "", "", "d,\"", "\",\"", "", "\"", "e"].join(end);
            let lines: Vec<u64> = rows(&text).into_iter().map(|(line, _)| line).collect();
            assert_eq!(lines, [1, 5, 9], "{end:?}");
        }
        let mixed: Vec<u64> = rows("a\rb\nc\r\nd\n\re\r\r\nf").into_iter().map(|r| r.0).collect();
        assert_eq!(mixed, [1, 2, 3, 4, 6, 8]);
    }

    #[test]
    fn quotes_are_taken_as_people_write_them() {
        let cells = |text: &str| rows(text).pop().unwrap().1;
        assert_eq!(cells(r#""a""b","c,d""#), ["a\"b", "c,d"]);
        assert_eq!(cells(r#"1, "a, b" , c"#), ["1", "a, b", " c"]);
        assert_eq!(cells(r#"27" screen,"27"" screen""#), ["27\" screen", "27\" screen"]);
        assert_eq!(cells(r#""a"b,"a" b"#), ["ab", "a b"]);
        assert_eq!(cells("a,b,"), ["a", "b", ""]);
        assert_eq!(cells("\"\",\"\"\"\""), ["", "\""]);
    }

    #[test]
    fn blank_lines_and_rows_of_empty_cells_are_passed_over() {
        assert_eq!(rows("\n\r\n  \n,,\na\n,\n\"\"\n"), [(5, vec!["a".to_owned()])]);
    }

    #[test]
    fn an_unclosed_quote_is_told_by_the_line_it_is_on() {
        assert_eq!(flaw("a,b\n\nc,\"d\ne,f\n"), (3, Some(Flaw::Unterminated(3))));
        assert_eq!(flaw("a,\"x\ny\",\"d\ne,f\n"), (1, Some(Flaw::Unterminated(2))));
        let long = "e,f\n".repeat(1000);
        assert_eq!(flaw(&format!("a\nc,\"d\n{long}")), (2, Some(Flaw::Unterminated(2))));
    }

    #[test]
    fn an_unclosed_quote_that_the_next_one_seems_to_close_is_found() {
        assert_eq!(flaw("1,\"http://a\n2,\"http://b\"\n"), (1, Some(Flaw::Unterminated(1))));
    }

    #[test]
    fn a_row_that_is_too_long_takes_no_memory_and_the_next_is_read() {
        let text = format!("{}\nb,c\n", "a,".repeat(100_000));
        let mut rows = Rows::new(Text::new(text.as_bytes(), Encoding::Utf8), b',', 1000);
        let mut row = Row::default();
        assert!(rows.read(&mut row).unwrap());
        assert_eq!(row.flaw, Some(Flaw::TooLong));
        assert!(row.len() * size_of::<usize>() < 1000);
        assert!(rows.read(&mut row).unwrap());
        assert_eq!((row.line, row.flaw, row.len(), row.cell(1)), (2, None, 2, "c"));
    }

    fn everything(source: impl Read) -> Vec<(u64, Option<Flaw>, Vec<String>)> {
        let mut rows = Rows::new(Text::new(source, Encoding::Utf8), b',', 64);
        let mut row = Row::default();
        let mut all = Vec::new();
        while rows.read(&mut row).unwrap() {
            // How much of a row that is too long was kept depends on the chunks.
            let cells = row.cells().map(str::to_owned);
            let cells = if row.flaw.is_some() { Vec::new() } else { cells.collect() };
            all.push((row.line, row.flaw, cells));
        }
        all
    }

    proptest::proptest! {
        #[test]
        fn it_does_not_matter_where_the_chunks_end(text in "[ab,\"\r\n \u{e9}]{0,80}") {
            proptest::prop_assert_eq!(
                everything(text.as_bytes()),
                everything(Dripping(text.as_bytes()))
            );
        }
    }

    #[test]
    fn a_place_within_a_cell_has_its_own_line() {
        let mut rows = Rows::new(
            Text::new("x\r\n\"a\r\nb\",\"c\rd\ne\"".as_bytes(), Encoding::Utf8),
            b',',
            99,
        );
        let mut row = Row::default();
        assert!(rows.read(&mut row).unwrap() && rows.read(&mut row).unwrap());
        assert_eq!(row.line, 2);
        assert_eq!([row.line_at(0, 0), row.line_at(1, 0), row.line_at(1, 4)], [2, 3, 5]);
    }
}
