//! The moves of requests and batches, each durable and safe against all others that make moves.
//!
//! 1. A request's cursor names the next batch, so a claim costs the same for ten batches and for
//!    ten million. Whoever advances the cursor then claims the batch.
//! 2. Once the cursor has named all, what is unfinished is found by its marks: batches whose claim
//!    has run out or was given back, whose claimant ended between the two steps, or whose failed
//!    images are to go round again. They are few, or all that is left to do; the free ones come first.
//! 3. A request ends when its cursor has named all and no batch is unfinished. One that is cancelled
//!    comes to rest when nobody holds a claim on any of its batches.

mod claim;
mod copy;
mod create;
mod end;
mod tombstone;
mod trace;
mod twin;
mod unfinished;

use std::{collections::BTreeMap, ops::Range, sync::Arc, time::Duration};

use futures_util::{
    StreamExt, TryStreamExt,
    stream::{BoxStream, iter, try_unfold},
};

pub use claim::Claimed;
pub use copy::Copying;
pub use create::{Creation, IdempotencyKey, KeyUse};
pub use tombstone::Tombstone;
#[cfg(test)]
pub(super) use trace::Trace;

use super::{Kept, Kind, Lasting, Mark, Marked, Result, Store, StoreError, Stored};
use crate::model::{
    Batch, BatchId, Claim, KeyId, Outcome, Reasons, Request, RequestId, Stale, Tally, WorkerId,
};

/// Within this time of the moment that it bears, what others look for is written: what took longer
/// bears another one.
pub(crate) const WRITTEN_WITHIN: Duration = Duration::from_secs(300);
/// How many batches are read at once where all of them are wanted.
const BATCHES_AT_ONCE: u32 = 16;

/// The requests and batches of a store, as one process sees them.
#[derive(Clone)]
pub struct Requests {
    store: Arc<dyn Store>,
    /// Who claims.
    worker: WorkerId,
}

impl Stored for Request {
    const KIND: Kind = Kind::Request;

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn group(&self) -> Option<String> {
        self.owner.map(|owner| owner.to_string())
    }

    fn alias(&self) -> Option<String> {
        self.idempotency.as_ref().map(|idempotency| idempotency.key_hash.clone())
    }

    /// There is nothing to be done in a copy.
    fn marks(&self) -> BTreeMap<Mark, String> {
        let is_made_here = self.origin.is_none();
        let open = (is_made_here && self.final_tally().is_none()).then_some(Mark::Open);
        let news = (is_made_here && !self.notices.is_empty()).then_some(Mark::News);
        let marks = open.into_iter().chain(news).map(|mark| (mark, self.id.to_string()));
        let changed = self.origin.map_or(self.updated_at, |origin| origin.at);
        marks.chain([(Mark::Changed, Mark::moment(changed))]).collect()
    }
}

impl Stored for Batch {
    const KIND: Kind = Kind::Batch;

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn group(&self) -> Option<String> {
        Some(self.id.request.to_string())
    }

    fn marks(&self) -> BTreeMap<Mark, String> {
        unfinished::value(self).map(|value| (Mark::Unfinished, value)).into_iter().collect()
    }

    fn tally(&self) -> Option<Tally> {
        Some(Batch::tally(self))
    }

    fn reasons(&self) -> Reasons {
        Batch::reasons(self)
    }
}

impl Requests {
    /// The requests of a store; claims are made in the name of a process of its own.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Requests { store, worker: WorkerId::fresh() }
    }

    /// Whether no other process can change them at the same time.
    #[must_use]
    pub fn is_exclusive(&self) -> bool {
        self.store.is_exclusive()
    }

    /// Waits until another process may have left something to do. It is a hint: it may come for
    /// nothing, and may not come at all.
    pub async fn changed(&self) {
        self.store.changed().await;
    }

    /// One request.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]
    pub async fn show(&self, id: RequestId) -> Result<Request> {
        Ok(self.read(id).await?.value)
    }

    /// One request, with how often it has been changed.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]
    pub async fn read(&self, id: RequestId) -> Result<Kept<Request>> {
        self.store.load(&id.to_string()).await?.ok_or(StoreError::NotFound(id))
    }

    /// At most `limit` requests, newest first, beginning with the next older than `before`; those
    /// of one owner or all.
    pub async fn list(
        &self,
        owner: Option<KeyId>,
        before: Option<RequestId>,
        limit: usize,
    ) -> Result<Vec<Request>> {
        let (group, before) = (owner.map(|id| id.to_string()), before.map(|id| id.to_string()));
        self.store.load_page(group.as_deref(), before.as_deref(), limit).await
    }

    /// At most `limit` batches of a request in order, beginning with `from`.
    pub async fn batches(&self, id: RequestId, from: u32, limit: u32) -> Result<Vec<Batch>> {
        let seqs = from..from.saturating_add(limit);
        let ids: Vec<String> = seqs.map(|seq| BatchId { request: id, seq }.to_string()).collect();
        self.store.load_all(&ids).await
    }

    /// All batches of a request in order, read a few at a time as they are asked for.
    pub fn all_batches(&self, id: RequestId) -> BoxStream<'static, Result<Batch>> {
        let requests = self.clone();
        let read = try_unfold((requests, 0), move |(requests, from)| async move {
            let batches = requests.batches(id, from, BATCHES_AT_ONCE).await?;
            let Some(last) = batches.last() else { return Ok::<_, StoreError>(None) };
            let from = last.id.seq + 1;
            Ok(Some((iter(batches.into_iter().map(Ok)), (requests, from))))
        });
        read.try_flatten().boxed()
    }

    /// What has become of a request's images: the sum over its batches, which is kept once it
    /// cannot change any more.
    pub async fn tally(&self, request: &Request) -> Result<Tally> {
        match request.final_tally() {
            Some(tally) => Ok(tally),
            None => self.count(request.id).await,
        }
    }

    async fn count(&self, id: RequestId) -> Result<Tally> {
        self.store.tally(Kind::Batch, &id.to_string()).await
    }

    /// The request that follows `after` in the order of ids, of those that are open and those that
    /// are cancelled and not at rest; from the first where none does.
    pub async fn next_open(&self, after: Option<RequestId>) -> Result<Option<RequestId>> {
        let next = after.map(|id| Mark::behind(&id.to_string()));
        for from in next.into_iter().chain([String::new()]) {
            let values = Mark::values_from(from);
            let marked = self.store.marked(Kind::Request, Mark::Open, values, 1).await?;
            if let Some(id) = marked.first().and_then(|marked| marked.id.parse().ok()) {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// Makes a claim good for another `lease` from now.
    ///
    /// # Errors
    /// [`StoreError::Stale`] where the claim has been taken over.
    pub async fn renew(&self, claim: Claim, lease: Duration) -> Result<()> {
        let now = self.store.now().await?;
        self.change_batch(claim, Lasting::WithNext, |batch| batch.renew(claim.token, now, lease))
            .await
    }

    /// Writes down what has become of some images of a claimed batch; see [`Batch::record`].
    ///
    /// # Errors
    /// [`StoreError::Stale`] where the claim has been taken over; nothing is written then.
    pub async fn record(&self, claim: Claim, outcomes: &[Outcome]) -> Result<()> {
        self.change_batch(claim, Lasting::Now, |batch| batch.record(claim.token, outcomes)).await
    }

    /// Gives a claim back.
    ///
    /// # Errors
    /// [`StoreError::Stale`] where the claim has been taken over.
    pub async fn release(&self, claim: Claim) -> Result<()> {
        self.change_batch(claim, Lasting::Now, |batch| batch.release(claim.token)).await
    }

    /// Changes a claimed batch; whoever no longer holds the claim changes nothing.
    async fn change_batch(
        &self,
        claim: Claim,
        lasting: Lasting,
        change: impl Fn(&mut Batch) -> Result<(), Stale> + Send + Sync,
    ) -> Result<()> {
        let stale = || StoreError::Stale(claim.batch);
        let changed = self
            .store
            .change(&claim.batch.to_string(), lasting, |batch| change(batch).map_err(|_| stale()))
            .await?;
        changed.map(|_| ()).ok_or_else(stale)
    }

    /// Changes a request that was made in this store.
    async fn change_request(
        &self,
        id: RequestId,
        mut change: impl FnMut(&mut Request) -> Result<()> + Send,
    ) -> Result<Request> {
        let change = |request: &mut Request| match request.origin {
            Some(_) => Err(StoreError::Elsewhere(id)),
            None => change(request),
        };
        let changed = self.store.change(&id.to_string(), Lasting::Now, change).await?;
        changed.map(|(request, ())| request).ok_or(StoreError::NotFound(id))
    }

    /// At most `limit` batches that have something to be done, by the values of their marks.
    async fn unfinished(&self, values: Range<String>, limit: usize) -> Result<Vec<Marked>> {
        self.store.marked(Kind::Batch, Mark::Unfinished, values, limit).await
    }
}
