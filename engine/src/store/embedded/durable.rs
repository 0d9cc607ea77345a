//! Making writes durable, many at a time.

use std::{
    fs::File,
    io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
};

use tokio::sync::oneshot;

use crate::store::{Result, StoreError};

type Waiter = oneshot::Sender<io::Result<()>>;

/// Makes writes durable in groups: one flush serves all that were waiting when it began.
pub(super) struct Durable {
    waiting: mpsc::Sender<Waiter>,
    writes: Arc<Writes>,
}

/// How many writes there have been. One that is being made may have been seen already, so it counts
/// from its beginning; the flush counts only what had been made when it began.
#[derive(Default)]
struct Writes {
    begun: AtomicU64,
    made: AtomicU64,
    durable: AtomicU64,
}

impl Durable {
    /// Starts the thread that flushes. It ends when this is dropped.
    pub(super) fn start(db: sled::Db, folder: &Path) -> io::Result<Self> {
        let log = File::options().append(true).open(folder.join("db"))?;
        let (waiting, waiters) = mpsc::channel::<Waiter>();
        let writes = Arc::new(Writes::default());
        let counted = Arc::clone(&writes);
        thread::Builder::new().name("pixmill-flush".to_owned()).spawn(move || {
            while let Ok(first) = waiters.recv() {
                let group: Vec<Waiter> = std::iter::once(first).chain(waiters.try_iter()).collect();
                let written = counted.made.load(Ordering::SeqCst);
                let flushed = flush(&db, &log);
                if flushed.is_ok() {
                    counted.durable.store(written, Ordering::SeqCst);
                }
                for waiter in group {
                    let answer = match &flushed {
                        Ok(()) => Ok(()),
                        Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
                    };
                    // Whoever no longer waits does not need the answer.
                    drop(waiter.send(answer));
                }
            }
        })?;
        Ok(Durable { waiting, writes })
    }

    /// Makes a write, and counts it.
    pub(super) fn count<T>(&self, write: impl FnOnce() -> T) -> T {
        self.writes.begun.fetch_add(1, Ordering::SeqCst);
        let done = write();
        self.writes.made.fetch_add(1, Ordering::SeqCst);
        done
    }

    /// Waits as [`wait`](Self::wait) does, if there is anything to wait for.
    pub(super) async fn wait_for_all(&self) -> Result<()> {
        if self.is_durable() { Ok(()) } else { self.wait().await }
    }

    fn is_durable(&self) -> bool {
        let Writes { begun, made: _, durable } = &*self.writes;
        begun.load(Ordering::SeqCst) == durable.load(Ordering::SeqCst)
    }

    /// Waits until all that has been written before this call is on the disk.
    pub(super) async fn wait(&self) -> Result<()> {
        let (waiter, answer) = oneshot::channel();
        let sent = self.waiting.send(waiter).map_err(|_| io::Error::other("the store is closed"));
        sent.map_err(unavailable)?;
        let answer = answer.await.map_err(io::Error::other).map_err(unavailable)?;
        answer.map_err(unavailable)
    }
}

/// On Linux sled's flush is `sync_file_range`, which does not reach the disk; the sync does.
fn flush(db: &sled::Db, log: &File) -> io::Result<()> {
    db.flush()?;
    log.sync_data()
}

fn unavailable(source: io::Error) -> StoreError {
    StoreError::unavailable("write to the disk", source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_write_that_may_have_been_seen_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let db = sled::open(folder.path()).unwrap();
        let durable = Durable::start(db, folder.path()).unwrap();
        assert!(durable.is_durable());
        durable.count(|| {
            assert!(!durable.is_durable(), "others may see it before it has been counted")
        });
        durable.wait_for_all().await.unwrap();
        assert!(durable.is_durable());
        // A flush in the midst of a write may have come before it.
        let runtime = tokio::runtime::Handle::current();
        let wait = || runtime.block_on(durable.wait()).unwrap();
        std::thread::scope(|scope| scope.spawn(|| durable.count(wait)).join().unwrap());
        assert!(!durable.is_durable());
    }
}
