//! What the watched folders of a process have to know of one another.

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    grounds::{Grounds, plain},
    names::Names,
};
use crate::engine::delete_half_written;

/// What the watched folders of a process have to know of one another.
#[derive(Debug, Default)]
pub(super) struct Neighbours {
    /// The names that results in hand have.
    pub(super) names: Names,
    /// Where the folders really are.
    pub(super) grounds: Grounds,
    /// The folders that something is written in, and whether each has been swept.
    swept: Mutex<HashMap<PathBuf, Arc<Mutex<bool>>>>,
}

impl Neighbours {
    /// Deletes what a crash has left half written in a folder, once: later on it may be what a
    /// neighbour is writing there. Blocking; returns when it is done, whoever does it.
    pub(super) fn sweep(&self, folder: &Path) -> io::Result<()> {
        let swept = {
            let mut folders = self.swept.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(folders.entry(plain(folder)).or_default())
        };
        let mut is_swept = swept.lock().unwrap_or_else(PoisonError::into_inner);
        // Whether it can be looked into at all is told by whoever writes there.
        if !*is_swept && folder.read_dir().is_ok() {
            delete_half_written(folder)?;
        }
        *is_swept = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::engine::ASIDE;

    #[test]
    fn what_is_being_written_in_a_folder_that_has_been_swept_stays() {
        let folder = tempfile::tempdir().unwrap();
        let half = folder.path().join(format!("{ASIDE}x"));
        let neighbours = Neighbours::default();
        fs::write(&half, "").unwrap();
        neighbours.sweep(folder.path()).unwrap();
        assert!(!half.exists());
        fs::write(&half, "").unwrap();
        neighbours.sweep(&folder.path().join("x/..")).unwrap();
        assert!(half.exists());
    }
}
