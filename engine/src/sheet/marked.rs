//! Writes a sheet back with what is wrong in it, for whoever is to mend it.

use std::{
    fs::File,
    io::{self, Write},
};

use super::{
    Fault, Faults, Options, SheetError, cells::Cells, checker::Checker, open::look,
    write::push_message,
};

/// The header of the column that says what is wrong in each row.
const COLUMN: &str = "Faults";

/// Writes the sheet with a first column `Faults`, in the sheet's own dialect.
///
/// All faults are in it, and not only those that [`Faults`] lists; what is wrong with the header
/// stands in a row of its own under it. A sheet that has been marked before is marked anew.
///
/// # Errors
/// [`SheetError::Io`] where the file cannot be read or `out` not be written;
/// [`SheetError::Faults`] where the file is no sheet, so that there is nothing to mark.
pub fn write_marked(file: File, options: Options, out: impl Write) -> Result<(), SheetError> {
    let (mut sheet, header) = look(file, options)?;
    let mut out = Cells::new(out, sheet.dialect());
    let pass = &mut sheet.pass()?;
    let columns = pass.header.cells();
    // The column of an earlier marking is written over.
    let first = usize::from(columns.first().is_some_and(|name| name.trim() == COLUMN));
    out.begin()?;
    row(&mut out, COLUMN, columns.iter().skip(first).map(String::as_str))?;
    if !header.is_empty() {
        row(&mut out, &told(&header, Fault::to_string), std::iter::empty())?;
    }
    let mut checker = Checker::default();
    loop {
        let mut faults = Faults::default();
        let has_row = pass.advance(&mut faults)?;
        if has_row {
            checker.check(pass, &mut faults);
        } else {
            checker.summary(pass, &mut faults);
        }
        if has_row || !faults.is_empty() {
            let cells = pass.row.cells().skip(first).filter(|_| has_row);
            row(&mut out, &told(&faults, in_row), cells)?;
        }
        if !has_row {
            return Ok(out.finish()?);
        }
    }
}

fn row<'a, W: Write>(
    out: &mut Cells<W>,
    first: &str,
    rest: impl Iterator<Item = &'a str>,
) -> io::Result<()> {
    out.cell(first)?;
    for cell in rest {
        out.cell(cell)?;
    }
    out.end_row()
}

fn told(faults: &Faults, say: fn(&Fault) -> String) -> String {
    let mut cell = String::new();
    for fault in &faults.listed {
        if !cell.is_empty() {
            cell.push_str("; ");
        }
        push_message(&mut cell, &say(fault));
    }
    cell
}

/// A fault without its line, which is where it stands.
fn in_row(fault: &Fault) -> String {
    match &fault.column {
        Some(column) => format!("{column}: {}", fault.message),
        None => fault.message.clone(),
    }
}
