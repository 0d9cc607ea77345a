//! Sheets that wait until a server can be reached, on disk: what was handed in outlasts the app.
//!
//! A folder for each has a copy of the sheet, and `entry.json`, which is written last: what has none was
//! never whole. They are sent in the order in which they came, under the idempotency key that they
//! were handed in with, so that none becomes two requests.

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use pixmill_engine::{
    model::{Recipe, Timestamp},
    wire::ReceivedView,
};
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex as Turn, Notify};
use tracing::{info, warn};
use uuid::Uuid;

use crate::{
    files::write_now,
    host::{Handing, Takes},
    offers::Sheet,
    refusal::{Answer, Refusal},
    wire::{OfferKind, QueuedView},
};

const ENTRY: &str = "entry.json";
const SHEET: &str = "sheet.csv";

/// A sheet that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    /// By what it is named: a UUIDv7, so that names sort by the time they were made.
    id: String,
    /// The server that it is for.
    address: String,
    file_name: String,
    recipe: Recipe,
    idempotency_key: String,
    /// Milliseconds since the start of 1970.
    created_at: i64,
    /// Why the server does not take it, if it has said so.
    why: Option<String>,
    /// Why it was not taken when it was last sent; it is sent again.
    #[serde(skip)]
    trouble: Option<String>,
}

/// Sheets that wait until a server can be reached.
pub(crate) struct Queue {
    folder: PathBuf,
    entries: Mutex<Vec<Entry>>,
    /// Taken by whoever sends.
    turn: Turn<()>,
    /// Rung when there may be something to send.
    bell: Notify,
}

/// What came of sending.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// Nothing is left that can be sent.
    All,
    /// The server cannot be reached, or takes nothing for now.
    Later,
}

impl Queue {
    /// Reads what waits.
    ///
    /// # Errors
    /// Where the folder cannot be used.
    pub(crate) fn open(folder: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        let mut entries = Vec::new();
        for place in fs::read_dir(&folder)? {
            let place = place?;
            // What else a system puts into folders is none of ours.
            if !place.file_type()?.is_dir() {
                continue;
            }
            let place = place.path();
            match fs::read(place.join(ENTRY)) {
                Ok(text) => match serde_json::from_slice::<Entry>(&text) {
                    Ok(entry) if place.file_name().is_some_and(|name| *name == *entry.id) => {
                        entries.push(entry);
                    }
                    Ok(_) | Err(_) => {
                        warn!(place = %place.display(), "a waiting sheet cannot be read");
                    }
                },
                // The app ended before it was whole: nobody was told that it waits.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    fs::remove_dir_all(&place)?;
                }
                Err(error) => return Err(error),
            }
        }
        entries.sort_by(|one, other| one.id.cmp(&other.id));
        let (turn, bell) = (Turn::default(), Notify::new());
        Ok(Queue { folder, entries: Mutex::new(entries), turn, bell })
    }

    /// Keeps a sheet for a server; once more with the same idempotency key is the same.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(crate) fn add(&self, address: &str, handing: &Handing) -> Answer<QueuedView> {
        let Handing { sheet, recipe, idempotency_key } = handing;
        let is_same =
            |entry: &&Entry| entry.idempotency_key == *idempotency_key && entry.address == *address;
        if let Some(there) = self.entries().iter().find(is_same) {
            return Ok(view(there));
        }
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_millis();
        let entry = Entry {
            id: Uuid::now_v7().to_string(),
            address: address.to_owned(),
            file_name: sheet.name.clone(),
            recipe: *recipe,
            idempotency_key: idempotency_key.clone(),
            created_at: i64::try_from(now).unwrap_or(i64::MAX),
            why: None,
            trouble: None,
        };
        let kept = keep(&self.folder.join(&entry.id), &sheet.path, &entry);
        kept.map_err(Refusal::failed("keep the sheet until the server takes it"))?;
        let mut entries = self.entries();
        if let Some(there) = entries.iter().find(is_same).map(view) {
            drop(entries);
            // Handed in twice at the same time: the other one is sent.
            let place = self.folder.join(&entry.id);
            fs::remove_dir_all(place)
                .map_err(Refusal::failed("delete a second copy of the sheet"))?;
            return Ok(there);
        }
        let queued = view(&entry);
        entries.push(entry);
        // Names sort by time, but two may have been kept in another order than they were named in.
        entries.sort_by(|one, other| one.id.cmp(&other.id));
        drop(entries);
        self.ring();
        Ok(queued)
    }

    /// What waits, in the order in which it is sent.
    pub(crate) fn list(&self) -> Vec<QueuedView> {
        self.entries().iter().map(view).collect()
    }

    /// Whether something is to be sent to a server before anything else is.
    pub(crate) fn is_waiting_for(&self, address: &str) -> bool {
        self.entries().iter().any(|entry| is_next(entry, address))
    }

    /// Takes back what waits.
    ///
    /// # Errors
    /// Where it does not wait any more, or cannot be deleted.
    pub(crate) async fn remove(&self, id: &str) -> Answer<()> {
        // What is being sent at this moment is not taken away from under whoever sends it.
        let _turn = self.turn.lock().await;
        if !self.entries().iter().any(|entry| entry.id == id) {
            return Err(Refusal::not_found("this sheet does not wait any more"));
        }
        self.forget(id).map_err(Refusal::failed("delete the waiting sheet"))
    }

    /// Says that there may be something to send.
    pub(crate) fn ring(&self) {
        self.bell.notify_one();
    }

    /// Waits until there may be something to send.
    pub(crate) async fn rung(&self) {
        self.bell.notified().await;
    }

    /// Sends what waits for a server, in order. What it refuses stays, with what it says, and what it
    /// fails at is sent again another time; others go on.
    pub(crate) async fn send(
        &self,
        address: &str,
        server: &dyn Takes,
        mut taken: impl FnMut(ReceivedView),
    ) -> Sent {
        let _turn = self.turn.lock().await;
        let mut failed = HashSet::new();
        loop {
            let is_next = |entry: &&Entry| is_next(entry, address) && !failed.contains(&entry.id);
            let next = self.entries().iter().find(is_next).cloned();
            let Some(entry) = next else {
                return if failed.is_empty() { Sent::All } else { Sent::Later };
            };
            match server.submit(&self.handing(&entry)).await {
                Ok(received) => {
                    info!(request = %received.request_id, "a sheet that waited was taken");
                    if let Err(error) = self.forget(&entry.id) {
                        // Sent once more, it makes no other request.
                        warn!(%error, "a sheet that was taken cannot be deleted");
                        return Sent::Later;
                    }
                    taken(received);
                }
                Err(refusal) if is_failure(&refusal) => {
                    self.note_trouble(&entry.id, refusal.words());
                    failed.insert(entry.id);
                }
                Err(refusal) if is_passing(&refusal) => return Sent::Later,
                Err(refusal) => {
                    if let Err(error) = self.refuse(&entry.id, refusal.words()) {
                        warn!(%error, "what the server says of a sheet cannot be noted");
                        return Sent::Later;
                    }
                }
            }
        }
    }

    fn handing(&self, entry: &Entry) -> Handing {
        let path = self.folder.join(&entry.id).join(SHEET);
        let (name, kind) = (entry.file_name.clone(), OfferKind::Sheet);
        Handing {
            sheet: Sheet { path, folder: None, name, kind },
            recipe: entry.recipe,
            idempotency_key: entry.idempotency_key.clone(),
        }
    }

    fn note_trouble(&self, id: &str, why: &str) {
        let mut entries = self.entries();
        if let Some(entry) = entries.iter_mut().find(|entry| entry.id == id) {
            entry.trouble = Some(why.to_owned());
        }
    }

    fn refuse(&self, id: &str, why: &str) -> io::Result<()> {
        let mut entries = self.entries();
        let Some(entry) = entries.iter_mut().find(|entry| entry.id == id) else { return Ok(()) };
        let refused = Entry { why: Some(why.to_owned()), ..entry.clone() };
        write_now(&self.folder.join(id).join(ENTRY), &serde_json::to_vec(&refused)?)?;
        *entry = refused;
        Ok(())
    }

    /// Deletes an entry: its word first, so that half of it is none.
    fn forget(&self, id: &str) -> io::Result<()> {
        let mut entries = self.entries();
        fs::remove_file(self.folder.join(id).join(ENTRY))?;
        entries.retain(|entry| entry.id != id);
        fs::remove_dir_all(self.folder.join(id))
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether an entry can be sent to a server.
fn is_next(entry: &Entry, address: &str) -> bool {
    entry.address == address && entry.why.is_none()
}

/// Whether it may go otherwise later, and for all sheets: the server is away, busy, or does not take
/// the key.
fn is_passing(refusal: &Refusal) -> bool {
    let is_refused = match refusal {
        Refusal::Unreachable { .. } => false,
        Refusal::Problem { problem } => matches!(problem.status, 401 | 403),
    };
    is_refused || is_busy(refusal)
}

/// Whether a server is only away, busy or broken.
pub(crate) fn is_busy(refusal: &Refusal) -> bool {
    match refusal {
        Refusal::Unreachable { .. } => true,
        Refusal::Problem { problem } => {
            problem.status >= 500 || matches!(problem.status, 408 | 429)
        }
    }
}

/// Whether a server has failed at what it was sent: it may be well with others.
fn is_failure(refusal: &Refusal) -> bool {
    match refusal {
        Refusal::Unreachable { .. } => false,
        Refusal::Problem { problem } => problem.status >= 500 && problem.status != 503,
    }
}

fn keep(place: &Path, sheet: &Path, entry: &Entry) -> io::Result<()> {
    fs::create_dir(place)?;
    fs::copy(sheet, place.join(SHEET))?;
    fs::File::open(place.join(SHEET))?.sync_all()?;
    write_now(&place.join(ENTRY), &serde_json::to_vec(entry)?)
}

fn view(entry: &Entry) -> QueuedView {
    let created_at = Timestamp::from_millis(entry.created_at).to_string();
    QueuedView {
        id: entry.id.clone(),
        address: entry.address.clone(),
        file_name: entry.file_name.clone(),
        created_at,
        why: entry.why.clone().or_else(|| entry.trouble.clone()),
    }
}

#[cfg(test)]
mod tests;
