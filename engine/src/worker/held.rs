//! How long a claim is surely ours.
//!
//! The store refuses a record under a claim that is lost, but the gallery knows no claims: what a
//! process keeps that stood still for longer than its lease could take the place of what another
//! has recorded. So before anything is kept, the claim has to be good.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::{
    model::Claim,
    store::{Requests, Result},
};

/// A claim, and until when it is surely ours.
pub(super) struct Held {
    claim: Claim,
    lease: Duration,
    until: Mutex<Instant>,
}

impl Held {
    /// A claim that was `asked` for at a moment: it cannot run out sooner than its lease later.
    pub(super) fn new(claim: Claim, lease: Duration, asked: Instant) -> Self {
        Held { claim, lease, until: Mutex::new(asked + lease) }
    }

    /// Renews the claim.
    ///
    /// # Errors
    /// [`StoreError::Stale`](crate::store::StoreError::Stale) where another has taken it over.
    pub(super) async fn renew(&self, requests: &Requests) -> Result<()> {
        let asked = Instant::now();
        requests.renew(self.claim, self.lease).await?;
        *self.until() = asked + self.lease;
        Ok(())
    }

    /// Makes sure that the claim is good, by asking the store only where this process cannot know.
    ///
    /// # Errors
    /// Those of [`renew`](Self::renew).
    pub(super) async fn make_sure(&self, requests: &Requests) -> Result<()> {
        let is_sure = Instant::now() < *self.until();
        if is_sure { Ok(()) } else { self.renew(requests).await }
    }

    fn until(&self) -> MutexGuard<'_, Instant> {
        self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
