//! How many downloaded bytes may be in memory at a time.
//!
//! Before a body is read, as many bytes are taken from the budget as the server says will come, or
//! [`GUESS`] where it does not say. A body that outgrows what was taken takes more where more is
//! free, and otherwise needs the one overdraft that there is. Nobody waits for the budget while
//! holding a part of it, and whoever has the overdraft waits for nothing, so downloads can not lock
//! each other out. The price is that one source at a time may exceed the budget: never are more
//! bytes in memory than the budget and one source of the largest size allowed, besides what
//! connections hold unread.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What is taken for a body whose length is not known, and what is taken at a time later on.
const GUESS: u64 = 1024 * 1024;

/// Bytes are counted in units of this many, so that any budget can be counted in a `u32`.
const UNIT: u64 = 1024;

/// The bytes that may be in memory; cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Budget {
    units: Arc<Semaphore>,
    overdraft: Arc<Semaphore>,
    whole: u32,
}

/// A part of the budget, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Memory {
    budget: Budget,
    taken: OwnedSemaphorePermit,
    overdraft: Option<OwnedSemaphorePermit>,
}

impl Budget {
    pub(super) fn new(bytes: u64) -> Self {
        // The semaphore counts in a `usize`, of which it keeps three bits for itself.
        let most = u32::try_from(Semaphore::MAX_PERMITS).unwrap_or(u32::MAX);
        let whole = units(bytes).clamp(1, most);
        Budget {
            units: Arc::new(Semaphore::new(whole as usize)),
            overdraft: Arc::new(Semaphore::new(1)),
            whole,
        }
    }

    /// Waits, in turn, until as many bytes are free as are expected; more than the whole budget
    /// is never waited for.
    pub(super) async fn take(&self, expected: Option<u64>) -> Memory {
        let wanted = units(expected.unwrap_or(GUESS)).min(self.whole);
        let taken = Arc::clone(&self.units).acquire_many_owned(wanted).await;
        let taken = taken.expect("the budget's semaphore is never closed");
        Memory { budget: self.clone(), taken, overdraft: None }
    }
}

impl Memory {
    /// Whether `bytes` are covered by what has been taken.
    pub(super) fn covers(&self, bytes: u64) -> bool {
        self.overdraft.is_some() || units(bytes) as usize <= self.taken.num_permits()
    }

    /// Takes more until `bytes` are covered; waits for the overdraft where nothing is free.
    pub(super) async fn grow_to(&mut self, bytes: u64) {
        while !self.covers(bytes) {
            let more = Arc::clone(&self.budget.units).try_acquire_many_owned(units(GUESS));
            if let Ok(more) = more {
                self.taken.merge(more);
                continue;
            }
            let overdraft = Arc::clone(&self.budget.overdraft).acquire_owned().await;
            self.overdraft = Some(overdraft.expect("the overdraft's semaphore is never closed"));
        }
    }

    /// Gives back what `bytes` do not need.
    pub(super) fn shrink_to(&mut self, bytes: u64) {
        let surplus = self.taken.num_permits().saturating_sub(units(bytes) as usize);
        drop(self.taken.split(surplus));
    }
}

fn units(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
