//! Reads, checks and writes sheets: the CSV files that people hand in and get back.
//!
//! A sheet is read as people's tools write it: UTF-8, UTF-16 or Windows-1252; with commas,
//! semicolons or tabs; with any line ending. It is read from the file in passes, never held in
//! memory, and refused whole where anything is wrong in it.
//!
//! ```text
//! open: encoding, delimiter, header -> check: all faults at once -> products -> write_results
//! ```

mod fault;
mod encoding;
mod kind;
mod dialect;
mod text;
mod row;
mod rows;
mod header;
mod cell;
mod link;
mod serials;
mod pass;
mod product;
mod cells;
mod files;
mod write;
mod open;
mod checker;
mod preview;
mod marked;
mod work;

use std::{
    fs::File,
    io::{self, Seek, SeekFrom},
};

use thiserror::Error;

pub use cell::ends_like_image;
pub use dialect::{Dialect, LineEnding};
pub use encoding::Encoding;
pub use fault::{Fault, FaultCode, Faults};
pub use files::{link_to_file, write_files};
pub use header::Role;
pub use marked::write_marked;
pub use pass::Products;
pub use preview::{Preview, PreviewRow, preview};
pub use work::work;
pub use write::{ErrorsColumn, RowResult, WriteError, write_results};

use checker::Checker;
use header::Header;
use pass::Pass;
use row::Row;
use rows::Rows;
use text::Text;

/// How large a sheet and its parts may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The number of products. Default: 1,000,000.
    pub max_rows: u64,
    /// The size of the file, in bytes. Default: 256 MiB.
    pub max_bytes: u64,
    /// The length of a row, in bytes of UTF-8. Default: 1 MiB.
    pub max_row_bytes: usize,
    /// The length of a cell, in bytes of UTF-8. Default: 256 KiB.
    pub max_cell_bytes: usize,
    /// The length of a link, in bytes. Default: 2,048.
    pub max_url_bytes: usize,
    /// The number of links in a row. Default: 500.
    pub max_images_per_row: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_rows: 1_000_000,
            max_bytes: 256 << 20,
            max_row_bytes: 1 << 20,
            max_cell_bytes: 256 << 10,
            max_url_bytes: 2_048,
            max_images_per_row: 500,
        }
    }
}

/// What a sheet may link to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Links {
    /// Only http and https addresses.
    #[default]
    Web,
    /// Files as well, relative to the sheet's folder and in it.
    ///
    /// This is decided by the file's name alone: whoever opens it has to see to symbolic links.
    WebAndFiles,
}

/// How a sheet is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// How large it may be.
    pub limits: Limits,
    /// What it may link to. Default: the web.
    pub links: Links,
}

/// A sheet on disk whose encoding, delimiter and columns are known and right.
///
/// Each pass reads the file from its start: it is not to change meanwhile.
#[derive(Debug)]
pub struct Sheet {
    file: File,
    options: Options,
    dialect: Dialect,
    bom_bytes: u64,
    header: Header,
}

/// What a sheet holds that has no faults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many products.
    pub products: u64,
    /// How many images they have in all.
    pub images: u64,
}

/// Why a sheet cannot be used.
#[derive(Debug, Error)]
pub enum SheetError {
    /// The file cannot be read.
    #[error("the sheet cannot be read")]
    Io(#[from] io::Error),
    /// Something is wrong in it.
    #[error("{0}")]
    Faults(Faults),
}

impl From<Faults> for SheetError {
    fn from(faults: Faults) -> Self {
        SheetError::Faults(faults)
    }
}

impl From<Fault> for SheetError {
    fn from(fault: Fault) -> Self {
        SheetError::Faults(fault.into())
    }
}

impl Sheet {
    /// Opens a sheet: reads it through once to find its encoding, then its header.
    ///
    /// # Errors
    /// [`SheetError::Io`] where the file cannot be read or sought in; [`SheetError::Faults`] where
    /// it is empty, too large, no CSV, or its header lacks columns or has them twice. In the last
    /// case the faults of the rows are listed too, as far as they show.
    pub fn open(file: File, options: Options) -> Result<Sheet, SheetError> {
        open::open(file, options)
    }

    /// Checks the whole sheet in one pass and counts what is in it.
    ///
    /// Takes the same memory for any sheet, but for some 20 to 55 bytes a row for the serial
    /// numbers that it has seen.
    ///
    /// # Errors
    /// [`SheetError::Faults`] with all that is wrong; [`SheetError::Io`] where the file cannot be
    /// read.
    pub fn check(&mut self) -> Result<Summary, SheetError> {
        let mut faults = Faults::default();
        let summary = self.check_rows(&mut faults)?;
        Ok(faults.or(summary)?)
    }

    /// The products, in order, without holding more than one in memory.
    ///
    /// # Errors
    /// [`SheetError::Io`] where the file cannot be read. The iterator gives an error and ends where
    /// a row has faults, which does not happen behind a [`check`](Sheet::check) that went well.
    pub fn products(&mut self) -> Result<Products<'_>, SheetError> {
        Ok(Products { pass: Some(self.pass()?) })
    }

    /// How the sheet is written down.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The headers of the columns, as the sheet has them.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.header.cells().iter().map(String::as_str)
    }

    fn check_rows(&mut self, faults: &mut Faults) -> io::Result<Summary> {
        let mut pass = self.pass()?;
        let mut checker = Checker::default();
        while pass.advance(faults)? {
            checker.check(&pass, faults);
        }
        Ok(checker.summary(&pass, faults))
    }

    fn rows(&self, delimiter: u8, has_sep_line: bool) -> io::Result<Rows<&File>> {
        (&self.file).seek(SeekFrom::Start(self.bom_bytes))?;
        let text = Text::new(&self.file, self.dialect.encoding);
        let mut rows = Rows::new(text, delimiter, self.options.limits.max_row_bytes);
        if has_sep_line {
            rows.skip_line()?;
        }
        Ok(rows)
    }

    fn pass(&mut self) -> io::Result<Pass<'_>> {
        let Dialect { delimiter, has_sep_line, .. } = self.dialect;
        let mut rows = self.rows(delimiter, has_sep_line)?;
        let mut row = Row::default();
        // The first row is the header, which is known already.
        rows.read(&mut row)?;
        Ok(Pass { rows, row, header: &self.header, options: self.options, products: 0 })
    }
}
