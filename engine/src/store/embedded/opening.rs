//! Opening sled so that it opens after any crash.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use tracing::warn;

use crate::store::{Result, StoreError};

/// How long to wait for another process to let go of the folder: after SIGKILL the lock is held
/// for a moment.
const PATIENCE: Duration = Duration::from_secs(5);

/// Opens sled in a folder that at most one process uses at a time.
pub(super) fn open(path: &Path, cache_bytes: u64) -> Result<sled::Db> {
    fs::create_dir_all(path).map_err(unavailable)?;
    let config = sled::Config::new()
        .path(path)
        .cache_capacity(cache_bytes)
        .mode(sled::Mode::HighThroughput)
        // Whoever needs a write to be durable flushes; see `durable`.
        .flush_every_ms(Some(500));
    let give_up = Instant::now() + PATIENCE;
    let mut has_removed_all = false;
    loop {
        // A snapshot that somebody else is writing is not to be removed.
        if !is_in_use(path) {
            remove_snapshots(path, is_unfinished).map_err(unavailable)?;
        }
        match config.open() {
            Ok(db) => return Ok(db),
            Err(sled::Error::Corruption { .. }) if !has_removed_all && !is_in_use(path) => {
                warn!(path = %path.display(), "a snapshot cannot be read: reading the whole log");
                remove_snapshots(path, |_| true).map_err(unavailable)?;
                has_removed_all = true;
            }
            Err(sled::Error::Io(error)) if is_locked(&error) => {
                if Instant::now() > give_up {
                    return Err(StoreError::InUse(path.display().to_string()));
                }
                thread::sleep(Duration::from_millis(50));
            }
            Err(error) => return Err(unavailable(error)),
        }
    }
}

/// sled 0.34 refuses to open where a snapshot was being written when the process ended.
fn is_unfinished(snapshot: &str) -> bool {
    snapshot.ends_with(".generating")
}

/// Removes snapshots: the log has all that is in them.
fn remove_snapshots(path: &Path, is_bad: impl Fn(&str) -> bool) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("snap.") && is_bad(&name) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Whether another process holds the lock that sled takes on its log.
fn is_in_use(path: &Path) -> bool {
    let lock = File::open(path.join("db")).map(|log| log.try_lock());
    matches!(lock, Ok(Err(TryLockError::WouldBlock)))
}

/// sled hides the kind of the error behind a text of its own.
fn is_locked(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
        || error.to_string().contains("could not acquire lock")
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Unavailable { action: "open its folder", source: Box::new(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_that_a_crash_cut_off_does_not_keep_the_store_shut() {
        let folder = tempfile::tempdir().unwrap();
        let db = open(folder.path(), 1 << 20).unwrap();
        db.insert("key", "value").unwrap();
        db.flush().unwrap();
        drop(db);
        fs::write(folder.path().join("snap.00000000000000FF.generating"), b"half").unwrap();
        let db = open(folder.path(), 1 << 20).unwrap();
        assert_eq!(db.get("key").unwrap().unwrap(), b"value");
    }
    #[test]
    fn a_snapshot_that_cannot_be_read_does_not_keep_the_store_shut() {
        let folder = tempfile::tempdir().unwrap();
        for n in 0..3_u8 {
            let db = open(folder.path(), 1 << 20).unwrap();
            db.insert([n], b"value").unwrap();
            db.flush().unwrap();
        }
        let files = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let is_snapshot = |path: &std::path::PathBuf| path.to_string_lossy().contains("/snap.");
        let snapshots: Vec<_> = files.filter(is_snapshot).collect();
        assert!(!snapshots.is_empty());
        for path in snapshots {
            fs::write(path, b"nothing of this is a snapshot").unwrap();
        }
        let db = open(folder.path(), 1 << 20).unwrap();
        assert_eq!(db.len(), 3);
    }
}
