//! Which request the calls for one folder go on with.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use pixmill_engine::model::RequestId;

use super::aside::write_whole;

/// The file in the folder's own folder.
const FILE: &str = "run";

/// The request that the last call for a folder worked on, and what it was made of.
///
/// An idempotency key would not do: a sheet that comes back after another one finds its images
/// overwritten, and has to be done again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// A hash of the sheet, the recipe and what shows whether files have changed.
    pub(super) work: String,
    pub(super) request: RequestId,
}

impl Mark {
    /// The mark in a folder; `None` where there is none, or none that can be read.
    pub(super) fn find(folder: &Path) -> Option<Mark> {
        let text = fs::read_to_string(folder.join(FILE)).ok()?;
        let (work, request) = text.trim_end().split_once('\n')?;
        Some(Mark { work: work.to_owned(), request: request.parse().ok()? })
    }

    /// Leaves the mark in a folder; a crash leaves the one before or this one.
    pub(super) fn leave(&self, folder: &Path) -> io::Result<()> {
        write_whole(folder, FILE, |file| writeln!(file, "{}\n{}", self.work, self.request))
    }
}
