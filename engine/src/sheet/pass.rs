//! Goes through a sheet row by row and tells which rows are sound.

use std::{fs::File, io};

use super::{
    Fault, FaultCode, Faults, Header, Limits, Options, Role, SheetError, cell,
    fault::shown,
    row::{Flaw, Row},
    rows::Rows,
};
use crate::model::Product;

/// One pass over the rows under the header.
pub(super) struct Pass<'a> {
    pub(super) rows: Rows<&'a File>,
    pub(super) row: Row,
    pub(super) header: &'a Header,
    pub(super) options: Options,
    pub(super) products: u64,
}

impl Pass<'_> {
    /// Moves on to the next row; `false` behind the last one, or where there are too many.
    pub(super) fn advance(&mut self, faults: &mut Faults) -> io::Result<bool> {
        if !self.rows.read(&mut self.row)? {
            return Ok(false);
        }
        let max_rows = self.options.limits.max_rows;
        if self.products == max_rows {
            faults.add(|| Fault {
                line: self.row.line,
                column: None,
                code: FaultCode::TooManyRows,
                message: format!("The sheet has more than {max_rows} rows: split it."),
            });
            return Ok(false);
        }
        self.products += 1;
        Ok(true)
    }

    /// Whether the row has the shape of the header and holds nothing but text; tells if not.
    pub(super) fn is_sound(&self, faults: &mut Faults) -> bool {
        let before = faults.count();
        if let Some(flaw) = self.row.flaw {
            faults.add(|| flawed(&self.row, flaw, &self.options.limits));
        } else if self.is_ragged() {
            faults.add(|| self.ragged());
        } else {
            self.check_text(faults);
        }
        faults.count() == before
    }

    /// The fault of a row whose serial number was seen before, on the line `first`.
    pub(super) fn duplicate(&self, first: u64) -> Fault {
        let place = self.header.place(Role::SerialNumber).unwrap_or_default();
        let serial = shown(self.cell(Role::SerialNumber));
        Fault {
            line: self.row.line_at(place, 0),
            column: self.header.label(place),
            code: FaultCode::DuplicateSerialNumber,
            message: format!("`{serial}` is on line {first} already: give each row its own."),
        }
    }

    /// The trimmed cell with that role; empty where the sheet has no such column.
    pub(super) fn cell(&self, role: Role) -> &str {
        self.header.place(role).map_or("", |place| self.row.cell(place).trim())
    }

    fn is_ragged(&self) -> bool {
        let (cells, width) = (self.row.len(), self.header.cells().len());
        if cells < width {
            !self.header.is_unnamed_from(cells)
        } else {
            (width..cells).any(|place| !self.row.cell(place).trim().is_empty())
        }
    }

    fn ragged(&self) -> Fault {
        let (cells, width) = (self.row.len(), self.header.cells().len());
        let is_link = |place| cell::scheme(self.row.cell(place).trim()).is_some();
        let (place, advice) = if cells < width {
            (None, "Add the cells that are missing, or delete the row.")
        } else if (width..cells).any(is_link) {
            let advice = "Put a cell that holds several links in quotes, such as \
                          \"https://a.com/1.jpg, https://a.com/2.jpg\".";
            (self.header.place(Role::InputImageUrls), advice)
        } else {
            (None, "Put a cell that holds the delimiter in quotes, such as \"Shirt, blue\".")
        };
        let plural = if cells == 1 { "" } else { "s" };
        Fault {
            line: self.row.line,
            column: place.and_then(|place| self.header.label(place)),
            code: FaultCode::RaggedRow,
            message: format!("The row has {cells} cell{plural}, the header {width}. {advice}"),
        }
    }

    /// Tells of cells that hold no text, or too much of it; the header's too, while it is the row.
    pub(super) fn check_text(&self, faults: &mut Faults) {
        let has_nul = memchr::memchr(0, self.row.text().as_bytes()).is_some();
        let has_unreadable = self.rows.has_unreadable() && self.row.text().contains('\u{FFFD}');
        let max_bytes = self.options.limits.max_cell_bytes;
        let has_long = self.row.text().len() > max_bytes;
        if !(has_nul || has_unreadable || has_long) {
            return;
        }
        for (place, cell) in self.row.cells().enumerate() {
            let mut add = |at, code, message| {
                faults.add(|| Fault {
                    line: self.row.line_at(place, at),
                    column: self.header.label(place),
                    code,
                    message,
                });
            };
            if let Some(at) = cell.find('\0') {
                let message = "The cell holds a NUL character: type it anew.".to_owned();
                add(at, FaultCode::NulByte, message);
            }
            if let Some(at) = cell.find('\u{FFFD}').filter(|_| has_unreadable) {
                let message = "The cell holds bytes that are no text: save the sheet as \
                               CSV UTF-8."
                    .to_owned();
                add(at, FaultCode::UnreadableText, message);
            }
            if cell.len() > max_bytes {
                let message = format!("The cell has more than {max_bytes} bytes: shorten it.");
                add(0, FaultCode::CellTooLong, message);
            }
        }
    }
}

/// Why a row, be it the header, cannot be used.
pub(super) fn flawed(row: &Row, flaw: Flaw, limits: &Limits) -> Fault {
    let (line, code, message) = match flaw {
        Flaw::Unterminated(line) => (
            line,
            FaultCode::UnterminatedQuote,
            "A cell on this line begins with a quote (\") and has none at its end: add it there."
                .to_owned(),
        ),
        Flaw::TooLong => (
            row.line,
            FaultCode::RowTooLong,
            format!("The row has more than {} bytes: shorten it.", limits.max_row_bytes),
        ),
    };
    Fault { line, column: None, code, message }
}

/// The products of a sheet, in its order; ends behind the first error.
///
/// Each row is checked by itself. What only shows over the whole sheet (no rows at all, a serial
/// number that is there twice) is [`Sheet::check`](super::Sheet::check)'s to find.
pub struct Products<'a> {
    pub(super) pass: Option<Pass<'a>>,
}

impl Iterator for Products<'_> {
    type Item = Result<Product, SheetError>;

    fn next(&mut self) -> Option<Self::Item> {
        let pass = self.pass.as_mut()?;
        let next = next_product(pass);
        if !matches!(next, Ok(Some(_))) {
            self.pass = None;
        }
        next.transpose()
    }
}

fn next_product(pass: &mut Pass<'_>) -> Result<Option<Product>, SheetError> {
    let mut faults = Faults::default();
    let mut product = None;
    if pass.advance(&mut faults)? && pass.is_sound(&mut faults) {
        product = pass.product(&mut faults);
    }
    Ok(faults.or(product)?)
}
