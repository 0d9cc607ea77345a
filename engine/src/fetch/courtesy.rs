//! How many downloads may run at a time, from one host and in all.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Gives out leave to download, in the order in which it was asked for, and to those first for
/// whom a person waits.
#[derive(Debug)]
pub(super) struct Courtesy {
    per_host: usize,
    hosts: Mutex<HashMap<String, Weak<Door>>>,
    all: Arc<Door>,
}

/// Leave to download from one host, until it is dropped.
#[derive(Debug)]
pub(super) struct Leave {
    _host: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
    /// A host is known as long as somebody asks it.
    _door: Arc<Door>,
}

/// Who waits for a download.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waits {
    /// A sheet, which has time.
    Sheet,
    /// A person, who looks at one image.
    Person,
}

/// Lets so many in at a time. Sheets queue before it, so that never more than one of them is
/// before a person.
#[derive(Debug)]
struct Door {
    queue: Semaphore,
    room: Arc<Semaphore>,
}

impl Courtesy {
    pub(super) fn new(per_host: usize, connections: usize) -> Self {
        Courtesy { per_host, hosts: Mutex::default(), all: Arc::new(Door::new(connections)) }
    }

    /// Waits until one more download from `host` may run.
    ///
    /// The host's turn comes first: a thousand downloads that wait for one slow host then stand in
    /// that host's queue, and not in the way of the others.
    pub(super) async fn enter(&self, host: &str, waits: Waits) -> Leave {
        let door = self.door(host);
        let host = door.enter(waits).await;
        Leave { _host: host, _all: self.all.enter(waits).await, _door: door }
    }

    fn door(&self, host: &str) -> Arc<Door> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = hosts.get(host).and_then(Weak::upgrade) {
            return known;
        }
        // Before the map would have to grow, hosts that nobody asks any more are forgotten.
        if hosts.len() == hosts.capacity() {
            hosts.retain(|_, door| door.strong_count() > 0);
        }
        let fresh = Arc::new(Door::new(self.per_host));
        hosts.insert(host.to_owned(), Arc::downgrade(&fresh));
        fresh
    }
}

impl Door {
    fn new(room: usize) -> Self {
        let room = room.clamp(1, Semaphore::MAX_PERMITS);
        Door { queue: Semaphore::new(1), room: Arc::new(Semaphore::new(room)) }
    }

    async fn enter(&self, waits: Waits) -> OwnedSemaphorePermit {
        let _first = match waits {
            Waits::Sheet => Some(self.queue.acquire().await.expect(NEVER_CLOSED)),
            Waits::Person => None,
        };
        Arc::clone(&self.room).acquire_owned().await.expect(NEVER_CLOSED)
    }
}

const NEVER_CLOSED: &str = "no semaphore of a door is ever closed";

#[cfg(test)]
mod tests;
