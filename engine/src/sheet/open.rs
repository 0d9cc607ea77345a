//! Finds out what a file is: its encoding, its delimiter, its header.

use std::{
    fs::File,
    io::{Seek, SeekFrom},
};

use super::{
    Dialect, Encoding, Fault, FaultCode, Faults, Header, LineEnding, Options, Sheet, SheetError,
    dialect::{DELIMITERS, sep_line},
    encoding::{Survey, survey},
    kind,
    pass::flawed,
    row::Row,
    text::Text,
};

/// Opens a sheet; where its columns are wrong, its rows are checked as well, so that all faults come
/// together.
pub(super) fn open(file: File, options: Options) -> Result<Sheet, SheetError> {
    let (mut sheet, mut faults) = look(file, options)?;
    if !faults.is_empty() && sheet.has_header() {
        sheet.check_rows(&mut faults)?;
    }
    Ok(faults.or(sheet)?)
}

/// Finds out what a sheet is, also where its columns are wrong:
/// 1. its size and encoding, by reading it through;
/// 2. its delimiter: the one that a `sep=` line names, else the one that makes the best header;
/// 3. its columns, with what is wrong with them.
pub(super) fn look(mut file: File, options: Options) -> Result<(Sheet, Faults), SheetError> {
    // 1.
    let max_bytes = options.limits.max_bytes;
    file.seek(SeekFrom::Start(0))?;
    let survey = match file.metadata()?.len() {
        length if length > max_bytes => return Err(too_large(max_bytes).into()),
        _ => survey(&file, max_bytes)?,
    };
    if survey.bytes > max_bytes {
        return Err(too_large(max_bytes).into());
    }
    let Survey { encoding, bom_bytes, head, .. } = survey;
    let dialect = Dialect {
        encoding,
        has_bom: bom_bytes > 0,
        has_sep_line: false,
        delimiter: DELIMITERS[0],
        line_ending: LineEnding::default(),
    };
    let mut sheet = Sheet { file, options, dialect, bom_bytes, header: Header::default() };

    // 2.
    sheet.read_sep_line()?;
    let mut row = Row::default();
    if !sheet.read_header(&mut row)? {
        return Err(empty().into());
    }

    // 3.
    if !sheet.has_header()
        && let Some(fault) = not_csv(&head, encoding)
    {
        return Err(fault.into());
    }
    let mut faults = Faults::default();
    if let Some(flaw) = row.flaw {
        return Err(flawed(&row, flaw, &options.limits).into());
    }
    sheet.header.check(&mut faults);
    sheet.pass()?.check_text(&mut faults);
    Ok((sheet, faults))
}

impl Sheet {
    /// Whether the first row names any column that is known. Where it does not, there may be no
    /// header at all, and what the rows lack says nothing.
    pub(super) fn has_header(&self) -> bool {
        self.header.score().0 > 0
    }

    fn read_sep_line(&mut self) -> Result<(), SheetError> {
        (&self.file).seek(SeekFrom::Start(self.bom_bytes))?;
        let mut text = Text::new(&self.file, self.dialect.encoding);
        if let Some(delimiter) = sep_line(text.rest()?) {
            self.dialect.delimiter = delimiter;
            self.dialect.has_sep_line = true;
        }
        Ok(())
    }

    /// Reads the header with each delimiter that may be and keeps the best; the row is that
    /// header's. `false` where there is no row at all.
    fn read_header(&mut self, best: &mut Row) -> Result<bool, SheetError> {
        let Dialect { delimiter, has_sep_line, .. } = self.dialect;
        let named = [delimiter];
        let delimiters = if has_sep_line { &named[..] } else { &DELIMITERS[..] };
        let mut is_found = false;
        for &delimiter in delimiters {
            let mut rows = self.rows(delimiter, has_sep_line)?;
            let mut row = Row::default();
            if !rows.read(&mut row)? {
                return Ok(false);
            }
            let line_ending = rows.line_ending()?.unwrap_or_default();
            let header = Header::new(&row);
            let score = |header: &Header| (header.score(), header.cells().len());
            if !is_found || score(&header) > score(&self.header) {
                self.dialect.delimiter = delimiter;
                self.dialect.line_ending = line_ending;
                self.header = header;
                *best = row;
                is_found = true;
            }
        }
        Ok(is_found)
    }
}

fn too_large(max_bytes: u64) -> Fault {
    let size = match max_bytes >> 20 {
        0 => format!("{max_bytes} bytes"),
        mib => format!("{mib} MiB"),
    };
    let message = format!("The file has more than {size}: split it.");
    Fault { line: 1, column: None, code: FaultCode::TooLarge, message }
}

fn empty() -> Fault {
    let message = "The file is empty: its first line must name the columns.".to_owned();
    Fault { line: 1, column: None, code: FaultCode::EmptyFile, message }
}

/// Says what the file is, where its first bytes tell that it is no sheet.
fn not_csv(head: &[u8], encoding: Encoding) -> Option<Fault> {
    let is_wide = match encoding {
        Encoding::Utf16Le | Encoding::Utf16Be => true,
        Encoding::Utf8 | Encoding::Windows1252 => false,
    };
    let unknown = (!is_wide && kind::is_binary(head)).then_some("a file of some other kind");
    let name = kind::name_of(head).or(unknown)?;
    let message = format!(
        "This is {name}, not a CSV: open your list in Excel or another program for tables and \
         save it as CSV UTF-8."
    );
    Some(Fault { line: 1, column: None, code: FaultCode::NotCsv, message })
}
