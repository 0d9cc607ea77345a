//! What is done when work on a batch, or on a whole request, is over.

use tracing::{info, warn};

use super::{Event, Inner, Setback};
use crate::{
    model::{Claim, RequestId},
    store::StoreError,
};

impl Inner {
    /// What is left to do when work on a batch has ended.
    pub(super) async fn end(&self, claim: Claim, outcome: Result<(), Setback>) {
        let id = claim.batch.request;
        match outcome {
            Ok(()) => {}
            Err(Setback::Store(StoreError::Stale(batch))) => {
                info!(%batch, "another worker has taken the batch over");
                self.clear_away(id).await;
            }
            Err(Setback::Stopped) => self.clear_away(id).await,
            Err(setback @ (Setback::Store(_) | Setback::Gallery(_))) => {
                warn!(batch = %claim.batch, error = %setback, "the batch will be taken up again");
                return;
            }
        }
        if let Err(error) = self.settle(id).await {
            warn!(request = %id, %error, "cannot settle the request yet");
        }
    }

    /// Deletes what was kept for a request that somebody deleted meanwhile.
    async fn clear_away(&self, id: RequestId) {
        if let Err(StoreError::NotFound(_)) = self.tools.requests.show(id).await
            && let Err(error) = self.tools.gallery.remove(id).await
        {
            warn!(request = %id, %error, "cannot delete what is left of the request");
        }
    }

    /// Ends a request with nothing left to do, or has a cancelled one come to rest (step 4).
    pub(super) async fn settle(&self, id: RequestId) -> Result<(), StoreError> {
        match self.tools.requests.settle(id).await {
            Ok(Some(request)) => {
                info!(request = %id, status = request.status.name(), "request ended");
                self.tools.tell(Event::Status(id));
                Ok(())
            }
            Ok(None) | Err(StoreError::NotFound(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
