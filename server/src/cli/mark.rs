//! Which request the calls for one folder go on with.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
    time::UNIX_EPOCH,
};

use blake3::Hasher;
use pixmill_engine::{
    model::{ImageState, Link, Recipe, RequestId},
    sheet::{Options, Sheet, SheetError},
};
use tempfile::NamedTempFile;

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
        let mut file = NamedTempFile::with_prefix_in(".run-", folder)?;
        writeln!(file, "{}\n{}", self.work, self.request)?;
        file.as_file().sync_all()?;
        file.persist(folder.join(FILE))?;
        Ok(())
    }
}

/// A hash by which the same sheet and recipe are known again, if the files that the sheet names,
/// which lie in its `folder`, are the same too.
pub(super) fn work(
    sheet: &Path,
    options: Options,
    folder: &Path,
    recipe: &Recipe,
) -> io::Result<String> {
    let mut hasher = Hasher::new();
    io::copy(&mut File::open(sheet)?, &mut hasher)?;
    hasher.update(format!("{recipe:?}").as_bytes());
    match add_files(&mut hasher, File::open(sheet)?, options, folder) {
        // Whoever accepts the sheet tells what is wrong in it.
        Ok(()) | Err(SheetError::Faults(_)) => Ok(hasher.finalize().to_string()),
        Err(SheetError::Io(error)) => Err(error),
    }
}

/// Adds the sizes and times of the files that a sheet names and that are to be compressed.
fn add_files(
    hasher: &mut Hasher,
    sheet: File,
    options: Options,
    folder: &Path,
) -> Result<(), SheetError> {
    for product in Sheet::open(sheet, options)?.products()? {
        for image in product?.images {
            if let (Link::File(path), ImageState::Waiting) = (&image.link, &image.state) {
                hasher.update(format!("{:?}", stamp(&folder.join(path))).as_bytes());
            }
        }
    }
    Ok(())
}

/// The size of a file in bytes and when it was changed, in nanoseconds; `None` where there is none.
fn stamp(file: &Path) -> Option<(u64, Option<u128>)> {
    let about = fs::metadata(file).ok()?;
    let changed = about.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    Some((about.len(), changed.map(|time| time.as_nanos())))
}
