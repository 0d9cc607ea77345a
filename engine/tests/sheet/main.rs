//! Sheets as people's tools write them, good and bad, read from files.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod corpus;
mod dialects;
mod faults;
mod previewed;
mod results;
mod written;

use std::{
    fs::File,
    io::{Seek, Write},
};

use pixmill_engine::{
    model::Product,
    sheet::{Faults, Options, Sheet, SheetError},
};

/// A file of its own that holds these bytes.
fn file_of(bytes: impl AsRef<[u8]>) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes.as_ref()).unwrap();
    file.rewind().unwrap();
    file
}

/// The sheet in these bytes, which has to be faultless.
fn open(bytes: impl AsRef<[u8]>) -> Sheet {
    let mut sheet = Sheet::open(file_of(bytes), Options::default()).unwrap();
    sheet.check().unwrap();
    sheet
}

/// The products of the sheet in these bytes, which has to be faultless.
fn products(bytes: impl AsRef<[u8]>) -> Vec<Product> {
    open(bytes).products().unwrap().map(Result::unwrap).collect()
}

/// All that is wrong with the sheet in these bytes.
fn faults(bytes: impl AsRef<[u8]>, options: Options) -> Faults {
    let result = Sheet::open(file_of(bytes), options).and_then(|mut sheet| sheet.check());
    match result {
        Ok(_) => Faults::default(),
        Err(SheetError::Faults(faults)) => faults,
        Err(SheetError::Io(error)) => panic!("{error}"),
    }
}

/// Each fault as `line:code`, or as `line:column:code` where it has a column.
fn in_short(faults: &Faults) -> Vec<String> {
    let in_short = |fault: &pixmill_engine::sheet::Fault| match &fault.column {
        Some(column) => format!("{}:{column}:{}", fault.line, fault.code),
        None => format!("{}:{}", fault.line, fault.code),
    };
    faults.listed.iter().map(in_short).collect()
}
