//! By what it is known whether the same work was done before.

use std::{
    fs::{self, File},
    io,
    path::Path,
    time::UNIX_EPOCH,
};

use blake3::Hasher;

use super::{Options, Sheet, SheetError};
use crate::model::{ImageState, Link, Recipe};

/// A hash by which the same sheet and recipe are known again, if the files that the sheet names,
/// which lie in its `folder`, are the same too.
///
/// # Errors
/// Where the sheet cannot be read.
pub fn work(sheet: &Path, options: Options, folder: &Path, recipe: &Recipe) -> io::Result<String> {
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
