//! A request is deleted.
//!
//! Whoever is to be told of what happened to it is told all the same: it is ended first, what there
//! is to tell is passed on, and only when nothing more can happen to it does it go. Other stores that
//! may have it as well find a tombstone.

use std::time::Duration;

use tokio::time::sleep;

use super::Engine;
use crate::{
    backoff::Backoff,
    error::Error,
    model::RequestId,
    store::{Kind, StoreError},
    worker::Event,
};

/// How often it is tried to pass on what there is to tell.
const TRIES: usize = 10;
/// The first wait between two tries.
const FIRST_WAIT: Duration = Duration::from_millis(50);
/// The longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

impl Engine {
    /// Deletes a request with all its renditions, whatever its status; one that is open is given up
    /// before. Whoever is to be told of what has happened to it is told all the same.
    ///
    /// A copy that a deployment has of what was made on some computer is deleted there as well. What a
    /// computer has of others is only for reading.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Elsewhere`]; [`Error::Store`] where something cannot be passed on
    /// yet.
    pub async fn remove(&self, id: RequestId) -> Result<(), Error> {
        let is_copy = self.0.requests.show(id).await?.origin.is_some();
        let is_ours_alone = self.0.store.is_exclusive();
        if is_copy && is_ours_alone {
            return Err(Error::Elsewhere(id));
        }
        if !is_copy {
            self.end(id).await?;
        }
        // Whoever begins to copy it from now on sees that it is closed.
        let passages = self.0.store.find(Kind::Passage, &[id.to_string()]).await?;
        if !is_ours_alone || !passages.is_empty() {
            let by = self.0.store.name().await?;
            self.0.requests.bury(id, by, is_ours_alone).await?;
        }
        self.let_go(id).await
    }

    /// Deletes what there is of a request here.
    pub(crate) async fn let_go(&self, id: RequestId) -> Result<(), Error> {
        self.0.workers.drop_request(id);
        self.0.requests.remove(id).await?;
        // Should this fail, the next sweep does it.
        self.0.gallery.remove(id).await?;
        self.tell(Event::Removed(id));
        Ok(())
    }

    /// Ends a request and passes on what there is to tell of it, until nothing more can happen.
    async fn end(&self, id: RequestId) -> Result<(), Error> {
        let mut wait = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
        for _ in 0..TRIES {
            if self.0.requests.show(id).await?.status.is_open() {
                match self.0.requests.cancel(id).await {
                    // Otherwise it has ended meanwhile.
                    Ok(_) | Err(StoreError::Illegal(_)) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            if !self.0.webhooks.pass_on(id).await? {
                sleep(wait.wait()).await;
            } else if self.0.requests.close(id).await? {
                return Ok(());
            }
        }
        let source = "its earlier deliveries are being deleted at this moment";
        let action = "delete the request before others are told what has become of it";
        Err(StoreError::unavailable(action, source).into())
    }
}
