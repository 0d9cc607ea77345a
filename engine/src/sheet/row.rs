//! One row of a sheet: its cells, where they stand in the file, and why it cannot be used.

use memchr::memchr2_iter;

/// One row, made anew from the same memory.
#[derive(Debug, Default)]
pub(super) struct Row {
    /// The physical line on which it begins, from 1.
    pub(super) line: u64,
    /// The cells' text, one behind the other.
    text: String,
    /// Where each cell ends in the text.
    ends: Vec<usize>,
    /// Why it cannot be used, if so.
    pub(super) flaw: Option<Flaw>,
}

/// Why a row cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// The quote that was opened on this line is not closed where the cell ends.
    Unterminated(u64),
    /// It has more bytes than is allowed; the rest of it has been left out.
    TooLong,
}

impl Row {
    /// How many cells there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The cell at that place from 0; a cell that is not there is empty.
    pub(super) fn cell(&self, place: usize) -> &str {
        let Some(&end) = self.ends.get(place) else { return "" };
        let start = if place == 0 { 0 } else { self.ends[place - 1] };
        &self.text[start..end]
    }

    /// All cells, in order.
    pub(super) fn cells(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|place| self.cell(place))
    }

    /// All cells' text without anything between them.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The physical line of what stands `offset` bytes into the cell at `place`.
    pub(super) fn line_at(&self, place: usize, offset: usize) -> u64 {
        let before: u64 = self.cells().take(place).map(|cell| line_breaks(cell, false)).sum();
        let cell = self.cell(place);
        self.line + before + line_breaks(&cell[..offset.min(cell.len())], false)
    }

    /// The physical line of its last character.
    pub(super) fn last_line(&self) -> u64 {
        let last = self.len().saturating_sub(1);
        self.line_at(last, self.cell(last).len())
    }

    /// Whether there is nothing in it but white space.
    pub(super) fn is_blank(&self) -> bool {
        self.flaw.is_none() && self.text.trim_ascii().is_empty()
    }

    /// Makes room for the row that begins on that line.
    pub(super) fn clear(&mut self, line: u64) {
        self.line = line;
        self.text.clear();
        self.ends.clear();
        self.flaw = None;
    }

    /// Adds text to the cell that is being read, if the row has room for it.
    pub(super) fn push(&mut self, text: &str, max_bytes: usize) {
        if self.has_room(text.len(), max_bytes) {
            self.text.push_str(text);
        }
    }

    /// Ends the cell that is being read.
    pub(super) fn end_cell(&mut self, max_bytes: usize) {
        if self.has_room(size_of::<usize>(), max_bytes) {
            self.ends.push(self.text.len());
        }
    }

    /// Takes back what has been added to the cell that is being read.
    pub(super) fn empty_cell(&mut self) {
        self.text.truncate(self.ends.last().copied().unwrap_or(0));
    }

    /// Takes back what has been added since the text had that many bytes.
    pub(super) fn truncate(&mut self, bytes: usize) {
        self.text.truncate(bytes);
    }

    fn has_room(&mut self, bytes: usize, max_bytes: usize) -> bool {
        let taken = self.text.len() + self.ends.len() * size_of::<usize>();
        let has_room = taken + bytes <= max_bytes;
        if !has_room && self.flaw.is_none() {
            self.flaw = Some(Flaw::TooLong);
        }
        has_room
    }
}

/// How many line ends the text holds; its first line feed is none if it follows on a carriage
/// return.
pub(super) fn line_breaks(text: &str, mut after_cr: bool) -> u64 {
    let bytes = text.as_bytes();
    let mut count = 0;
    let mut next = 0;
    for at in memchr2_iter(b'\r', b'\n', bytes) {
        let is_second_half = bytes[at] == b'\n' && after_cr && at == next;
        count += u64::from(!is_second_half);
        after_cr = bytes[at] == b'\r';
        next = at + 1;
    }
    count
}
