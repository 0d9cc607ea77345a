//! Writes the results sheet: the sheet as it came, and what has become of its images.

use std::io::{self, Write};

use thiserror::Error;

use super::{Faults, Role, Sheet, SheetError, cells::Cells, pass::Pass};

/// Whether the results sheet is to have a column of errors.
///
/// A column `Errors` that the sheet came with stays in its place either way, with what is said now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorsColumn {
    /// Some image failed: there is one.
    Present,
    /// No image failed: there is none.
    Absent,
}

/// What has become of the images of one row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowResult {
    /// Where each image's rendition is: one place for each input link, in their order; `None` where
    /// it failed.
    pub outputs: Vec<Option<String>>,
    /// What went wrong: the place of the input link, from 1, and words for people.
    pub errors: Vec<(usize, String)>,
}

/// Why a results sheet could not be written.
#[derive(Debug, Error)]
pub enum WriteError<E> {
    /// The sheet that came cannot be read any more.
    #[error("the sheet to be written back cannot be used")]
    Sheet(#[from] SheetError),
    /// The result of a row cannot be had.
    #[error("the result of the row on line {line} cannot be had")]
    Row {
        /// The physical line of the row.
        line: u64,
        /// Why not.
        source: E,
    },
    /// There are fewer results than rows.
    #[error("there is no result for the row on line {line}")]
    TooFew {
        /// The physical line of the first row without one.
        line: u64,
    },
    /// There are more results than rows.
    #[error("there are more results than rows")]
    TooMany,
    /// The results sheet cannot be written to where it is to go.
    #[error("the results sheet cannot be written")]
    Out(#[source] io::Error),
}

/// Writes the results sheet.
///
/// The input's columns, their order, its delimiter and line ending come back, and its cells with
/// the values they had; `Output Image Urls` and, where wanted, `Errors` are filled in place or added
/// behind them. It is in UTF-8, with a byte order mark unless the input was UTF-8 without one. Blank
/// lines are left out. `rows` gives one result for each product, in order.
///
/// Nothing that is written into these two columns begins a formula in a program for tables, not even
/// in one that takes another character for the delimiter.
///
/// # Errors
/// See [`WriteError`]; what has been written until then is not a whole sheet.
pub fn write_results<E>(
    sheet: &mut Sheet,
    errors: ErrorsColumn,
    rows: impl Iterator<Item = Result<RowResult, E>>,
    out: impl Write,
) -> Result<(), WriteError<E>> {
    let dialect = sheet.dialect();
    let mut pass = sheet.pass().map_err(SheetError::Io)?;
    let mut writer = Writer::new(Cells::new(out, dialect), &pass, errors);
    writer.head(&pass).map_err(WriteError::Out)?;
    let mut rows = rows;
    loop {
        let mut faults = Faults::default();
        let has_row = pass.advance(&mut faults).map_err(SheetError::Io)?;
        let is_sound = has_row && pass.is_sound(&mut faults);
        faults.or(()).map_err(SheetError::Faults)?;
        if !is_sound {
            break;
        }
        let line = pass.row.line;
        let result = rows.next().ok_or(WriteError::TooFew { line })?;
        let result = result.map_err(|source| WriteError::Row { line, source })?;
        writer.row(&pass, &result).map_err(WriteError::Out)?;
    }
    if rows.next().is_some() {
        return Err(WriteError::TooMany);
    }
    writer.out.finish().map_err(WriteError::Out)
}

struct Writer<W: Write> {
    out: Cells<W>,
    /// Where the two columns are; behind the others where they are at or beyond the width.
    outputs: usize,
    errors: Option<usize>,
    width: usize,
    outputs_cell: String,
    errors_cell: String,
}

impl<W: Write> Writer<W> {
    fn new(out: Cells<W>, pass: &Pass<'_>, errors: ErrorsColumn) -> Self {
        let mut width = pass.header.cells().len();
        let mut added = || {
            width += 1;
            width - 1
        };
        let outputs = pass.header.place(Role::OutputImageUrls).unwrap_or_else(&mut added);
        let errors = match (pass.header.place(Role::Errors), errors) {
            (Some(place), ErrorsColumn::Present | ErrorsColumn::Absent) => Some(place),
            (None, ErrorsColumn::Present) => Some(added()),
            (None, ErrorsColumn::Absent) => None,
        };
        let (outputs_cell, errors_cell) = (String::new(), String::new());
        Writer { out, outputs, errors, width, outputs_cell, errors_cell }
    }

    fn head(&mut self, pass: &Pass<'_>) -> io::Result<()> {
        self.out.begin()?;
        let headers = pass.header.cells();
        self.cells(|place, outputs, errors| match headers.get(place) {
            Some(header) => header,
            None if place == outputs => Role::OutputImageUrls.name(),
            None if Some(place) == errors => Role::Errors.name(),
            None => "",
        })
    }

    fn row(&mut self, pass: &Pass<'_>, result: &RowResult) -> io::Result<()> {
        let RowResult { outputs, errors } = result;
        let mut outputs_cell = std::mem::take(&mut self.outputs_cell);
        let mut errors_cell = std::mem::take(&mut self.errors_cell);
        outputs_cell.clear();
        errors_cell.clear();
        for (place, output) in outputs.iter().enumerate() {
            if place > 0 {
                outputs_cell.push(',');
            }
            push_output(&mut outputs_cell, output.as_deref().unwrap_or(""));
        }
        for (place, message) in errors {
            if !errors_cell.is_empty() {
                errors_cell.push_str("; ");
            }
            errors_cell.push_str(&place.to_string());
            errors_cell.push_str(": ");
            push_message(&mut errors_cell, message);
        }
        let written = self.cells(|place, outputs, errors| {
            if place == outputs {
                &outputs_cell
            } else if Some(place) == errors {
                &errors_cell
            } else {
                pass.row.cell(place)
            }
        });
        (self.outputs_cell, self.errors_cell) = (outputs_cell, errors_cell);
        written
    }

    fn cells<'a>(
        &mut self,
        cell: impl Fn(usize, usize, Option<usize>) -> &'a str,
    ) -> io::Result<()> {
        for place in 0..self.width {
            self.out.cell(cell(place, self.outputs, self.errors))?;
        }
        self.out.end_row()
    }
}

/// What begins a formula in a program for tables.
pub(super) const FORMULA_STARTS: [char; 4] = ['=', '+', '-', '@'];

/// Adds one output link, in which nothing may be that ends its place or begins a formula.
fn push_output(cell: &mut String, output: &str) {
    // In front of a file's name this changes nothing; an address never begins so.
    if output.starts_with(FORMULA_STARTS) {
        cell.push_str("./");
    }
    let mut chars = output.chars().peekable();
    while let Some(char) = chars.next() {
        let is_before_formula = chars.peek().is_some_and(|next| FORMULA_STARTS.contains(next));
        if char == ',' || char.is_control() || (char == ';' && is_before_formula) {
            push_percent(cell, char);
        } else {
            cell.push(char);
        }
    }
}

fn push_percent(cell: &mut String, char: char) {
    for byte in char.encode_utf8(&mut [0; 4]).bytes() {
        cell.push_str(&format!("%{byte:02X}"));
    }
}

/// Adds an error's words, on one line and with nothing that begins a formula behind a delimiter.
pub(super) fn push_message(cell: &mut String, message: &str) {
    let mut is_behind_delimiter = false;
    for char in message.chars() {
        if is_behind_delimiter && FORMULA_STARTS.contains(&char) {
            cell.push('\'');
        }
        cell.push(if char.is_control() { ' ' } else { char });
        is_behind_delimiter =
            matches!(char, ',' | ';') || (is_behind_delimiter && char.is_whitespace());
    }
}
