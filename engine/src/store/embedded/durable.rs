//! Making writes durable, many at a time.

use std::{fs::File, io, path::Path, sync::mpsc, thread};

use tokio::sync::oneshot;

use crate::store::{Result, StoreError};

type Waiter = oneshot::Sender<io::Result<()>>;

/// Makes writes durable in groups: one flush serves all that were waiting when it began.
pub(super) struct Durable {
    waiting: mpsc::Sender<Waiter>,
}

impl Durable {
    /// Starts the thread that flushes. It ends when this is dropped.
    pub(super) fn start(db: sled::Db, folder: &Path) -> io::Result<Self> {
        let log = File::options().append(true).open(folder.join("db"))?;
        let (waiting, waiters) = mpsc::channel::<Waiter>();
        thread::Builder::new().name("pixmill-flush".to_owned()).spawn(move || {
            while let Ok(first) = waiters.recv() {
                let group: Vec<Waiter> = std::iter::once(first).chain(waiters.try_iter()).collect();
                let flushed = flush(&db, &log);
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
        Ok(Durable { waiting })
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
    StoreError::unavailable("write to the disk")(Box::new(source))
}
