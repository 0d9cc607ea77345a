//! Where watched folders really are, links in the file system followed: none is watched twice, and none
//! that sheets of another are moved to.

use std::{
    collections::HashMap,
    path::{Component, Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use super::{
    Folder, WatchError,
    names::{DONE, FAILED},
};

/// The folders that are watched, by what they are called, and where each really is.
#[derive(Debug, Default)]
pub(super) struct Grounds(Mutex<HashMap<PathBuf, PathBuf>>);

impl Grounds {
    /// Takes a folder for whoever watches it under its name, unless another one stands in the way.
    /// Blocking.
    pub(super) fn take(&self, folder: &Folder) -> Result<(), WatchError> {
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let (path, destination) = (real(&folder.path), real(folder.destination()));
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let others = taken.iter().filter(|(named, _)| **named != folder.path);
        check(&path, &destination, others.map(|(_, real)| real.as_path()))?;
        taken.insert(folder.path.clone(), path);
        Ok(())
    }

    /// Leaves a folder to others.
    pub(super) fn leave(&self, named: &Path) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(named);
    }
}

/// Whether a folder can be watched beside others.
pub(super) fn check<'a>(
    folder: &Path,
    destination: &Path,
    others: impl IntoIterator<Item = &'a Path>,
) -> Result<(), WatchError> {
    let is_output =
        |path: &Path, of: &Path| [DONE, FAILED].iter().any(|name| path.starts_with(of.join(name)));
    if is_output(destination, folder) {
        return Err(WatchError::Output(destination.to_owned()));
    }
    for other in others {
        if other == folder {
            return Err(WatchError::AlreadyWatched(folder.to_owned()));
        }
        if is_output(folder, other) || is_output(other, folder) {
            return Err(WatchError::Output(folder.to_owned()));
        }
    }
    Ok(())
}

/// An absolute path without what only looks different, told by its spelling alone: no drive is asked.
pub(super) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            // There is nothing above the root.
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => plain.push(part),
        }
    }
    plain
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn paths_that_only_look_different_are_the_same() {
        for (path, same) in [
            ("/srv/in", "/srv/in"),
            ("/srv/in/", "/srv/in"),
            ("/a/../../srv/./x/..//in", "/srv/in"),
        ] {
            assert_eq!(plain(Path::new(path)).as_os_str(), same);
        }
    }

    #[test]
    fn a_folder_is_taken_once_whatever_leads_to_it() {
        let around = tempfile::tempdir().unwrap();
        let path = |name: &str| around.path().join(name);
        std::fs::create_dir_all(path("in/done")).unwrap();
        std::os::unix::fs::symlink(path("in"), path("link")).unwrap();
        let grounds = Grounds::default();
        let take = |name: &str| grounds.take(&Folder::new(path(name)));
        take("in").unwrap();
        take("in").unwrap();
        assert!(matches!(take("link"), Err(WatchError::AlreadyWatched(_))));
        assert!(matches!(take("link/done"), Err(WatchError::Output(_))));
        grounds.leave(&path("in"));
        take("link").unwrap();
        assert!(matches!(take("in"), Err(WatchError::AlreadyWatched(_))));
    }
}
