//! `pixmill check`: what is wrong in a sheet.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

use clap::Args;
use pixmill_engine::sheet::{Fault, Faults, Links, Options, Sheet, SheetError, Summary};

use super::{DONE, REFUSED, plain::plain, summary::counted};
use crate::{out::say, settings::Sheets};

/// `pixmill check`.
#[derive(Clone, Debug, Args)]
pub(super) struct Check {
    /// The sheet
    #[arg(value_name = "SHEET.csv")]
    sheet: PathBuf,
    /// Take links to files for faults, as a server does
    #[arg(long)]
    web_only: bool,
    #[command(flatten)]
    pub(super) sheets: Sheets,
}

impl Check {
    /// Prints all faults and a summary.
    pub(super) fn perform(&self) -> io::Result<u8> {
        let links = if self.web_only { Links::Web } else { Links::WebAndFiles };
        let options = Options { limits: self.sheets.limits(), links };
        let named = |error: io::Error| {
            io::Error::new(error.kind(), format!("{}: {error}", self.sheet.display()))
        };
        let file = File::open(&self.sheet).map_err(named)?;
        let checked = Sheet::open(file, options).and_then(|mut sheet| sheet.check());
        match checked {
            Ok(Summary { products, images }) => {
                let products = counted(products, "product");
                say(format_args!("{products} with {}, no faults", counted(images, "image")));
                Ok(DONE)
            }
            Err(SheetError::Faults(faults)) => {
                print_faults(&self.sheet, &faults);
                Ok(REFUSED)
            }
            Err(SheetError::Io(error)) => Err(named(error)),
        }
    }
}

/// Prints faults as compilers do, so that editors lead to them.
pub(super) fn print_faults(file: &Path, faults: &Faults) {
    let file = file.display();
    for Fault { line, column, code, message } in &faults.listed {
        let place = column.as_ref().map_or(String::new(), |column| format!("{column}:"));
        say(plain(&format!("{file}:{line}:{place} {message} [{code}]")));
    }
    if faults.more > 0 {
        say(format_args!("and {} more", faults.more));
    }
    say(counted(faults.count(), "fault"));
}
