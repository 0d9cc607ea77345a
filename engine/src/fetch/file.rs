//! Reads sources that lie beside the sheet, and nothing that lies elsewhere.

use std::{
    io,
    path::{Component, Path, PathBuf},
};

use bytes::Bytes;
use tokio::{fs, io::AsyncReadExt};

use super::{
    FetchError, Limits,
    budget::{Budget, Memory},
    download::refuse_other_than_images,
};

/// Reads a file below `folder`.
///
/// # Errors
/// Where it leads out of the folder, be it by a link in the file system, is no file, cannot be
/// read, or is too large, empty or clearly not an image.
pub(super) async fn read(
    folder: &Path,
    path: &str,
    limits: &Limits,
    budget: &Budget,
) -> Result<(Bytes, Memory), FetchError> {
    let path = inside(folder, path).await?;
    let length = fs::metadata(&path).await.map_err(unreadable).and_then(|about| {
        // Opening anything else, such as a pipe, could wait for ever.
        if about.is_file() { Ok(about.len()) } else { Err(not_readable("it is not a file")) }
    })?;
    let too_large = FetchError::TooLarge { limit: limits.max_source_bytes };
    if length > limits.max_source_bytes {
        return Err(too_large);
    }
    let mut memory = budget.take(Some(length)).await;
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    let file = fs::File::open(&path).await.map_err(unreadable)?;
    // The file may grow while it is read, but not beyond what was taken for it.
    let read = file.take(length + 1).read_to_end(&mut bytes).await.map_err(unreadable)?;
    if read as u64 > length {
        let why = "it is still being written".to_owned();
        return Err(FetchError::FileNotReadable { why, may_pass: true });
    }
    if bytes.is_empty() {
        return Err(FetchError::Empty);
    }
    refuse_other_than_images(&bytes)?;
    memory.shrink_to(bytes.len() as u64);
    Ok((bytes.into(), memory))
}

/// The file that `path` names, links in the file system followed, if it lies below `folder`.
async fn inside(folder: &Path, path: &str) -> Result<PathBuf, FetchError> {
    let outside = || not_readable("it lies outside of the sheet's folder");
    let is_below = |part| match part {
        Component::Normal(_) | Component::CurDir => true,
        Component::Prefix(_) | Component::RootDir | Component::ParentDir => false,
    };
    let path = Path::new(path);
    if !path.components().all(is_below) {
        return Err(outside());
    }
    let folder = fs::canonicalize(folder).await.map_err(unreadable)?;
    let path = fs::canonicalize(folder.join(path)).await.map_err(unreadable)?;
    if path.starts_with(&folder) { Ok(path) } else { Err(outside()) }
}

fn not_readable(why: &str) -> FetchError {
    FetchError::FileNotReadable { why: why.to_owned(), may_pass: false }
}

fn unreadable(error: io::Error) -> FetchError {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the standard library's enum may grow")]
    match error.kind() {
        io::ErrorKind::NotFound => not_readable("there is none"),
        io::ErrorKind::PermissionDenied => not_readable("it is not allowed to be read"),
        // What is wrong with the name itself does not change.
        io::ErrorKind::NotADirectory
        | io::ErrorKind::IsADirectory
        | io::ErrorKind::InvalidInput
        | io::ErrorKind::InvalidFilename => not_readable(&error.to_string()),
        // The rest is said of drives that are away or overburdened: they may come back.
        _ => FetchError::FileNotReadable { why: error.to_string(), may_pass: true },
    }
}
