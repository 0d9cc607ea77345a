//! What watching asks of the file system, blocking.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File, Metadata, TryLockError},
    io::{self, Read, Write},
    path::Path,
    time::SystemTime,
};

use tempfile::NamedTempFile;

use super::{
    names::{DONE, FAILED, ending, free_path, is_there, may_be_sheet},
    settling::{Stamp, Whole},
    sight::{Identity, Sight, identity},
    taken::Outcome,
};
use crate::engine::{ASIDE, make_folder, sync_folder, write_aside};

/// The sheets in a folder by their names, and which folder it is.
pub(super) fn scan(sight: &Sight) -> io::Result<(Identity, Vec<(OsString, Stamp)>)> {
    let identity = sight.see()?;
    let sheets = list(sight.folder()).inspect_err(|_| sight.lose())?;
    Ok((identity, sheets))
}

fn list(folder: &Path) -> io::Result<Vec<(OsString, Stamp)>> {
    let mut sheets = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !may_be_sheet(&entry.file_name()) {
            continue;
        }
        // Links in the file system are not followed; what was there a moment ago may be gone.
        if let Ok(about) = entry.metadata()
            && about.is_file()
        {
            sheets.push((entry.file_name(), stamp(&about)));
        }
    }
    Ok(sheets)
}

fn stamp(about: &Metadata) -> Stamp {
    let modified = about.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    Stamp { bytes: about.len(), modified }
}

/// A copy of a sheet, which nobody else can change any more.
pub(super) struct Copied {
    pub(super) file: NamedTempFile,
    /// BLAKE3 of the bytes, in hexadecimal.
    pub(super) content: String,
}

/// What has come of copying a sheet.
pub(super) enum Copying {
    /// It is copied.
    Copied(Copied),
    /// Somebody has it locked, or it is not what it was when it was seen.
    NotNow,
    /// It is not there any more.
    Gone,
    /// It cannot be read.
    Unreadable(io::Error),
}

/// Copies a sheet; no more than one may have, and one byte.
///
/// # Errors
/// Where the copy cannot be written, whatever sheet it is.
pub(super) fn copy(folder: &Path, sheet: &Whole, max_bytes: u64) -> io::Result<Copying> {
    let mut file = NamedTempFile::new()?;
    let source = match open(folder, &sheet.name, sheet.stamp) {
        Ok(Some(source)) => source,
        Ok(None) => return Ok(Copying::NotNow),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Copying::Gone),
        Err(error) => return Ok(Copying::Unreadable(error)),
    };
    let mut hasher = blake3::Hasher::new();
    let mut source = source.take(max_bytes.saturating_add(1));
    let mut buffer = vec![0; 256 << 10];
    loop {
        let read = match source.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Ok(Copying::Unreadable(error)),
        };
        hasher.update(&buffer[..read]);
        file.write_all(&buffer[..read])?;
    }
    file.flush()?;
    Ok(match source.get_ref().metadata() {
        Ok(about) if stamp(&about) == sheet.stamp => {
            Copying::Copied(Copied { file, content: hasher.finalize().to_string() })
        }
        Ok(_) => Copying::NotNow,
        Err(error) => Copying::Unreadable(error),
    })
}

/// Opens a sheet if it is still the regular file that was seen, and nobody has it locked.
fn open(folder: &Path, name: &OsStr, seen: Stamp) -> io::Result<Option<File>> {
    let path = folder.join(name);
    let about = path.symlink_metadata()?;
    if !about.is_file() || stamp(&about) != seen {
        return Ok(None);
    }
    let file = match File::open(&path) {
        Err(error) if is_in_use(&error) => return Ok(None),
        opened => opened?,
    };
    let opened = file.metadata()?;
    if !opened.is_file() || identity(&opened) != identity(&about) {
        return Ok(None);
    }
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Ok(None),
        // Where there are no locks, nobody has one.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(Some(file)),
    }
}

/// Whether another program has a file for itself, as Windows says it (`ERROR_SHARING_VIOLATION`,
/// `ERROR_LOCK_VIOLATION`).
fn is_in_use(error: &io::Error) -> bool {
    cfg!(windows) && matches!(error.raw_os_error(), Some(32 | 33))
}

/// Finds out whether results can be written and sheets be moved, and makes the folders for that.
pub(super) fn probe(folder: &Path, destination: &Path) -> io::Result<()> {
    for wanted in [destination, &folder.join(DONE), &folder.join(FAILED)] {
        let unusable = |error: io::Error| {
            io::Error::new(error.kind(), format!("cannot write in {}: {error}", wanted.display()))
        };
        // Somebody has named the destination: it may be a link to where it is.
        let is_linked = wanted == destination && wanted.is_dir();
        if !is_linked {
            make_folder(wanted).map_err(unusable)?;
        }
        NamedTempFile::with_prefix_in(ASIDE, wanted).map_err(unusable)?;
    }
    Ok(())
}

/// What has come of moving a sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moved {
    /// It lies in the folder for its outcome.
    Away,
    /// It is not there any more.
    Gone,
    /// There is another one under its name, which is not to be moved.
    Changed,
}

/// Moves a sheet into the folder for its outcome, by the name of its results.
pub(super) fn put_away(
    sight: &Sight,
    sheet: &Whole,
    content: &str,
    outcome: Outcome,
    name: &str,
) -> io::Result<Moved> {
    let folder = sight.folder();
    let path = folder.join(&sheet.name);
    match is_still(&path, sheet, content) {
        Ok(true) => {}
        Ok(false) => return Ok(Moved::Changed),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // Where the whole folder is away, the sheet may come back with it.
            return sight.see().map(|_| Moved::Gone);
        }
        Err(error) => return Err(error),
    }
    let into = folder.join(match outcome {
        Outcome::Done => DONE,
        Outcome::Failed => FAILED,
    });
    make_folder(&into)?;
    let moved = free_path(&into, name, &ending(&sheet.name))?;
    fs::rename(&path, &moved)?;
    // Whoever had it open may have written on in between.
    if !is_still(&moved, sheet, content)? && !is_there(&path)? {
        fs::rename(&moved, &path)?;
        return Ok(Moved::Changed);
    }
    Ok(Moved::Away)
}

/// Whether a file is the sheet that was taken.
fn is_still(path: &Path, sheet: &Whole, content: &str) -> io::Result<bool> {
    let about = path.symlink_metadata()?;
    Ok(about.is_file() && (stamp(&about) == sheet.stamp || hash(path)? == content))
}

fn hash(path: &Path) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    io::copy(&mut File::open(path)?, &mut hasher)?;
    Ok(hasher.finalize().to_string())
}

/// Writes a text, so that there is never half of one.
pub(super) fn write_text(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    make_folder(folder)?;
    write_aside(path, ASIDE, |file| file.write_all(text.as_bytes()))?;
    sync_folder(folder);
    Ok(())
}
