//! How long a claim is surely ours.
//!
//! The store refuses a record under a claim that is lost, but the gallery knows no claims: what a
//! process keeps that stood still for longer than its lease could take the place of what another
//! has recorded. So before anything is kept, the claim has to be good.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::clock::Moment;
use crate::{
    model::Claim,
    store::{Requests, Result},
};

/// A claim, and until when it is surely ours.
pub(super) struct Held {
    claim: Claim,
    lease: Duration,
    until: Mutex<Moment>,
}

impl Held {
    /// A claim that was `asked` for at a moment: it cannot run out sooner than its lease later.
    pub(super) fn new(claim: Claim, lease: Duration, asked: Moment) -> Self {
        Held { claim, lease, until: Mutex::new(asked.after(lease)) }
    }

    /// Renews the claim.
    ///
    /// # Errors
    /// [`StoreError::Stale`](crate::store::StoreError::Stale) where another has taken it over.
    pub(super) async fn renew(&self, requests: &Requests) -> Result<()> {
        let asked = Moment::now();
        requests.renew(self.claim, self.lease).await?;
        *self.until() = asked.after(self.lease);
        Ok(())
    }

    /// Makes sure that the claim is good, by asking the store only where this process cannot know.
    ///
    /// # Errors
    /// Those of [`renew`](Self::renew).
    pub(super) async fn make_sure(&self, requests: &Requests) -> Result<()> {
        let is_sure = Moment::now() < *self.until();
        if is_sure { Ok(()) } else { self.renew(requests).await }
    }

    fn until(&self) -> MutexGuard<'_, Moment> {
        self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use crate::{gallery::RETRIED_FOR, worker::Work};

    /// What is kept is on its way for no longer than that after the claim was looked at, apart from
    /// the last try.
    #[test]
    fn what_is_kept_is_not_tried_again_beyond_a_lease() {
        assert!(RETRIED_FOR < Work::default().lease);
    }
}
