//! Whether a folder can be seen, and how often it was lost from sight: what could not be read meanwhile
//! may be there all the same.

use std::{
    fs::{self, Metadata},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// By what a folder is known again: where it has been put back, the system has to be asked anew to
/// tell of changes.
pub(super) type Identity = Option<(u64, u64)>;

/// A folder, as it was seen last.
pub(super) struct Sight {
    folder: PathBuf,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    identity: Identity,
    /// Whether a drive began there.
    is_mounted: bool,
    losses: u64,
}

impl Sight {
    pub(super) fn new(folder: PathBuf) -> Self {
        Sight { folder, known: Mutex::default() }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Looks whether the folder is there, blocking. The empty folder that a drive leaves behind which
    /// was mounted there is not the one.
    pub(super) fn see(&self) -> io::Result<Identity> {
        let seen = look(&self.folder);
        let mut known = self.known();
        let (identity, is_mounted) = match seen {
            Ok(seen) => seen,
            Err(error) => {
                known.losses += 1;
                return Err(error);
            }
        };
        if known.is_mounted && !is_mounted {
            known.losses += 1;
            let why = "the drive that was there is not mounted";
            return Err(io::Error::new(io::ErrorKind::NotFound, why));
        }
        // Another one has come in its place, and who knows when.
        if known.identity.is_some() && known.identity != identity {
            known.losses += 1;
        }
        (known.identity, known.is_mounted) = (identity, is_mounted);
        Ok(identity)
    }

    /// The folder is there, and cannot be looked into.
    pub(super) fn lose(&self) {
        self.known().losses += 1;
    }

    /// How often it was lost from sight.
    pub(super) fn losses(&self) -> u64 {
        self.known().losses
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a folder is known by, and whether it lies on another drive than the folder around it.
fn look(folder: &Path) -> io::Result<(Identity, bool)> {
    let here = identity(&fs::metadata(folder)?);
    let drive = |identity: Identity| identity.map(|(drive, _)| drive);
    // What is around may be nobody's business.
    let around = fs::metadata(folder.join("..")).ok().and_then(|around| identity(&around));
    let is_mounted = around.is_some() && drive(around) != drive(here);
    Ok((here, is_mounted))
}

#[cfg(unix)]
pub(super) fn identity(about: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    Some((about.dev(), about.ino()))
}

#[cfg(not(unix))]
pub(super) fn identity(_: &Metadata) -> Identity {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_lost_when_it_is_away_and_when_another_one_is_there() {
        let around = tempfile::tempdir().unwrap();
        let (folder, other) = (around.path().join("in"), around.path().join("other"));
        fs::create_dir(&folder).unwrap();
        fs::create_dir(&other).unwrap();
        let sight = Sight::new(folder.clone());
        let first = sight.see().unwrap();
        assert_eq!((sight.see().unwrap(), sight.losses()), (first, 0));
        fs::rename(&folder, around.path().join("away")).unwrap();
        assert!(sight.see().is_err());
        fs::rename(around.path().join("away"), &folder).unwrap();
        assert_eq!((sight.see().unwrap(), sight.losses()), (first, 1));
        // Between two looks.
        fs::rename(&folder, around.path().join("away")).unwrap();
        fs::rename(&other, &folder).unwrap();
        assert_ne!(sight.see().unwrap(), first);
        assert_eq!(sight.losses(), 2);
    }

    #[test]
    fn the_folder_that_a_drive_leaves_behind_is_not_the_drive() {
        let around = tempfile::tempdir().unwrap();
        let sight = Sight::new(around.path().to_owned());
        sight.see().unwrap();
        sight.known().is_mounted = true;
        assert!(sight.see().unwrap_err().to_string().contains("not mounted"));
        assert_eq!(sight.losses(), 1);
    }
}
