//! Opening sled so that it opens after any crash.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::Path,
    thread,
    time::{Duration, Instant},
};

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
    loop {
        // A snapshot that somebody else is writing is not to be removed.
        if !is_in_use(path) {
            remove_unfinished_snapshots(path).map_err(unavailable)?;
        }
        match config.open() {
            Ok(db) => return Ok(db),
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

/// sled 0.34 refuses to open where a snapshot was being written when the process ended; the log
/// has all that the snapshot would have had.
fn remove_unfinished_snapshots(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("snap.") && name.ends_with(".generating") {
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
}
