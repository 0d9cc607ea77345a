//! How many downloads may run at a time, from one host and in all.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Gives out leave to download, in the order in which it was asked for.
#[derive(Debug)]
pub(super) struct Courtesy {
    per_host: usize,
    hosts: Mutex<HashMap<String, Weak<Semaphore>>>,
    all: Arc<Semaphore>,
}

/// Leave to download from one host, until it is dropped.
#[derive(Debug)]
pub(super) struct Leave {
    _host: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
}

impl Courtesy {
    pub(super) fn new(per_host: usize, connections: usize) -> Self {
        let all = connections.clamp(1, Semaphore::MAX_PERMITS);
        Courtesy {
            per_host: per_host.clamp(1, Semaphore::MAX_PERMITS),
            hosts: Mutex::default(),
            all: Arc::new(Semaphore::new(all)),
        }
    }

    /// Waits until one more download from `host` may run.
    ///
    /// The host's turn comes first: a thousand downloads that wait for one slow host then stand in
    /// that host's queue, and not in the way of the others.
    pub(super) async fn enter(&self, host: &str) -> Leave {
        let host = self.host(host).acquire_owned().await;
        let all = Arc::clone(&self.all).acquire_owned().await;
        Leave {
            _host: host.expect("a host's semaphore is never closed"),
            _all: all.expect("the semaphore is never closed"),
        }
    }

    fn host(&self, host: &str) -> Arc<Semaphore> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = hosts.get(host).and_then(Weak::upgrade) {
            return known;
        }
        // Before the map would have to grow, hosts that nobody asks any more are forgotten.
        if hosts.len() == hosts.capacity() {
            hosts.retain(|_, semaphore| semaphore.strong_count() > 0);
        }
        let fresh = Arc::new(Semaphore::new(self.per_host));
        hosts.insert(host.to_owned(), Arc::downgrade(&fresh));
        fresh
    }
}

#[cfg(test)]
mod tests;
