//! How requests end, and begin again.

use std::ops::Range;

use tracing::debug;

use super::{Requests, unfinished};
use crate::{
    model::{Again, Batch, Reasons, Request, RequestId, Status},
    store::{Kept, Kind, Lasting, Mark, Result, StoreError},
};

impl Requests {
    /// Ends the request if none of its batches is unfinished and all have been handed out. Gives
    /// the request where it ended by this. A cancelled one comes to rest if nobody holds a claim.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]
    pub async fn settle(&self, id: RequestId) -> Result<Option<Request>> {
        let mut kept = self.read(id).await?;
        if kept.value.status == Status::Cancelled {
            self.bring_to_rest(kept).await?;
            return Ok(None);
        }
        let values = unfinished::values(&kept.value);
        if !kept.value.is_handed_out() || !self.unfinished(values, 1).await?.is_empty() {
            return Ok(None);
        }
        let tally = self.count(id).await?;
        let reasons = match tally.failed {
            0 => Reasons::default(),
            _ => self.store.reasons(Kind::Batch, &id.to_string()).await?,
        };
        kept.value.settle(&tally, &reasons, self.store.now().await?)?;
        // Whoever has changed it meanwhile has ended it, or has more done.
        if !self.store.put(&kept, Lasting::Now).await? {
            return Ok(None);
        }
        self.let_twins_go(id).await;
        Ok(Some(kept.value))
    }

    /// Writes down what has become of a cancelled request, if that cannot change any more.
    ///
    /// Whoever claims a batch looks at the request before he works on it. So a claim that is not
    /// seen here was made so late that its holder sees that the request is cancelled.
    async fn bring_to_rest(&self, mut kept: Kept<Request>) -> Result<()> {
        let id = kept.value.id;
        if kept.value.is_at_rest || !self.void_claims(&kept.value).await? {
            return Ok(());
        }
        kept.value.rest(&self.count(id).await?)?;
        // Whoever has changed it meanwhile has passed on that it was cancelled, or opened it again.
        if self.store.put(&kept, Lasting::Now).await? {
            self.let_twins_go(id).await;
        }
        Ok(())
    }

    /// Takes away the claims on batches of a request that have run out; gives whether nobody holds
    /// one then. Those that nobody has claimed may be many, and are passed over.
    async fn void_claims(&self, request: &Request) -> Result<bool> {
        let now = self.store.now().await?;
        let Range { mut start, end } = unfinished::values(request);
        while let Some(first) = self.unfinished(start..end.clone(), 1).await?.pop() {
            if !unfinished::is_claimed(&first.value) {
                start = unfinished::first_claimed(&first.value);
                continue;
            }
            start = Mark::behind(&first.value);
            let Some(mut kept) = self.store.load::<Batch>(&first.id).await? else { continue };
            if self.store.is_exclusive() {
                // Whoever else has claimed it was an earlier process, and is gone.
                kept.value.void_claim_of_others(self.worker);
            }
            let is_free = kept.value.void_claim_that_ran_out(now);
            if !is_free || !self.store.put(&kept, Lasting::WithNext).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Forgets the twins of a request that has ended. Should this fail, they go with the request.
    async fn let_twins_go(&self, id: RequestId) {
        if let Err(error) = self.forget_twins(id).await {
            debug!(request = %id, %error, "the twins of a request stay for now");
        }
    }

    /// Gives a request up.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Illegal`]
    pub async fn cancel(&self, id: RequestId) -> Result<Request> {
        let (tally, now) = (self.count(id).await?, self.store.now().await?);
        self.change_request(id, |request| Ok(request.cancel(&tally, now)?)).await
    }

    /// Sends failed images of a request round again.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Illegal`]
    pub async fn retry(&self, id: RequestId, again: Again) -> Result<Request> {
        let (tally, now) = (self.count(id).await?, self.store.now().await?);
        self.change_request(id, |request| Ok(request.retry(again.clone(), &tally, now)?)).await
    }

    /// Closes a request that is to be deleted, so that nothing happens to it any more; `false` where
    /// it has to be ended, or something of it to be told, before that. See [`Request::close`].
    ///
    /// # Errors
    /// [`StoreError::NotFound`]
    pub async fn close(&self, id: RequestId) -> Result<bool> {
        let close = |request: &mut Request| Ok(request.close());
        let closed = self.store.change(&id.to_string(), Lasting::Now, close).await?;
        closed.map(|(_, is_closed)| is_closed).ok_or(StoreError::NotFound(id))
    }
}
