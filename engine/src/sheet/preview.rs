//! A sheet as it is shown before it is handed in: its first rows, or those with faults.

use std::{collections::BTreeSet, fs::File, io};

use super::{Faults, Options, Sheet, SheetError, Summary, open::look, row::Row};

/// How many rows of a sheet without faults are shown.
const SHOWN: usize = 50;
/// How many characters of a cell are shown.
const CELL_CHARS: usize = 400;

/// A sheet as it is shown to whoever is about to hand it in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// What is in it.
    pub summary: Summary,
    /// The headers of its columns; none where the file is no sheet at all.
    pub columns: Vec<String>,
    /// The first rows of a sheet without faults; otherwise those with the listed faults.
    pub rows: Vec<PreviewRow>,
    /// What is wrong in it.
    pub faults: Faults,
}

/// A row as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewRow {
    /// The physical line on which it begins, from 1.
    pub line: u64,
    /// Whether rows were left out before this one.
    pub is_after_gap: bool,
    /// The cells, each cut to 400 characters.
    pub cells: Vec<String>,
}

/// Shows a sheet with all that is wrong in it. That it has faults is not an error here.
///
/// # Errors
/// Where the file cannot be read.
pub fn preview(file: File, options: Options) -> io::Result<Preview> {
    let (mut sheet, mut faults) = match look(file, options) {
        Ok(looked) => looked,
        Err(SheetError::Io(error)) => return Err(error),
        Err(SheetError::Faults(faults)) => return Ok(Preview { faults, ..Preview::default() }),
    };
    let summary =
        if sheet.has_header() { sheet.check_rows(&mut faults)? } else { Summary::default() };
    faults.sort();
    let lines: BTreeSet<u64> = faults.listed.iter().map(|fault| fault.line).collect();
    let rows = rows(&mut sheet, &lines)?;
    Ok(Preview { summary, columns: sheet.columns().map(str::to_owned).collect(), rows, faults })
}

/// The rows that the lines are in, or the first ones where there are no such lines.
fn rows(sheet: &mut Sheet, lines: &BTreeSet<u64>) -> io::Result<Vec<PreviewRow>> {
    let mut pass = sheet.pass()?;
    let last = lines.last().copied();
    let (mut shown, mut is_after_gap) = (Vec::new(), false);
    let mut untold = Faults::default();
    while pass.advance(&mut untold)? {
        let row = &pass.row;
        let is_wanted = match last {
            None => shown.len() < SHOWN,
            Some(_) => lines.range(row.line..=row.last_line()).next().is_some(),
        };
        if is_wanted {
            shown.push(PreviewRow { line: row.line, is_after_gap, cells: cells(row) });
        }
        is_after_gap = !is_wanted;
        if last.is_none() && shown.len() == SHOWN || last.is_some_and(|last| row.line > last) {
            break;
        }
    }
    Ok(shown)
}

fn cells(row: &Row) -> Vec<String> {
    let cut = |cell: &str| match cell.char_indices().nth(CELL_CHARS) {
        None => cell.to_owned(),
        Some((end, _)) => format!("{}…", &cell[..end]),
    };
    row.cells().map(cut).collect()
}
