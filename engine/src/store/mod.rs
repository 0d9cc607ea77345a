//! Where requests and batches are kept.
//!
//! A store keeps the documents of the model and lets them change only by the model's own moves,
//! each as one atomic, durable write. Its clock alone decides which claims are good.

mod embedded;

#[cfg(test)]
mod contract;

use std::time::Duration;

use async_trait::async_trait;
use thiserror::Error;

pub use embedded::Embedded;

use crate::model::{
    Batch, BatchId, Claim, IllegalMove, ImageState, Outcome, Request, RequestId, Tally, Timestamp,
    TwinKey,
};

/// Where requests and batches are kept.
///
/// What a method has answered is durable: neither a crash nor a restart undoes it, claims and
/// renewals excepted. Every method may fail with [`StoreError::Unavailable`].
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// The time by the store's clock.
    async fn now(&self) -> Result<Timestamp>;

    /// Keeps batches of a request that is about to be created. Nobody sees them before.
    async fn add(&self, batches: Vec<Batch>) -> Result<()>;

    /// Makes a request visible, whose batches have all been added; from now on it can be claimed.
    ///
    /// Where the idempotency key is in use already, nothing changes and the answer names the
    /// request that it belongs to.
    async fn create(&self, request: &Request, key: Option<&IdempotencyKey>) -> Result<Creation>;

    /// The use that an idempotency key has been put to.
    async fn find_key(&self, key: &IdempotencyKey) -> Result<Option<KeyUse>>;

    /// One request.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]
    async fn show(&self, id: RequestId) -> Result<Request>;

    /// At most `limit` requests, newest first, beginning with the next older than `before`.
    async fn list(&self, before: Option<RequestId>, limit: usize) -> Result<Vec<Request>>;

    /// At most `limit` batches of a request in order, beginning with `from`.
    async fn batches(&self, id: RequestId, from: u32, limit: usize) -> Result<Vec<Batch>>;

    /// What has become of a request's images: the sum over its batches.
    async fn tally(&self, id: RequestId) -> Result<Tally>;

    /// The open request that follows `after` in the order of ids; from the first where none does.
    async fn next_open(&self, after: Option<RequestId>) -> Result<Option<RequestId>>;

    /// Hands out a batch of an open request: the next that has not been handed out, else one whose
    /// claim has run out or was given back.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]
    async fn claim(&self, id: RequestId, lease: Duration) -> Result<Claimed>;

    /// Makes a claim good for another `lease` from now.
    ///
    /// # Errors
    /// [`StoreError::Stale`] where the claim has been taken over.
    async fn renew(&self, claim: Claim, lease: Duration) -> Result<()>;

    /// Writes down what has become of some images of a claimed batch; see [`Batch::record`].
    ///
    /// # Errors
    /// [`StoreError::Stale`] where the claim has been taken over; nothing is written then.
    async fn record(&self, claim: Claim, outcomes: &[Outcome]) -> Result<()>;

    /// Gives a claim back.
    ///
    /// # Errors
    /// [`StoreError::Stale`] where the claim has been taken over.
    async fn release(&self, claim: Claim) -> Result<()>;

    /// What has been recorded in this round for another image of the request with the same link
    /// and recipe, if anything.
    async fn find_twin(&self, id: RequestId, twin: TwinKey) -> Result<Option<ImageState>>;

    /// Ends the request if none of its images waits and all its batches have been handed out.
    /// Gives the request where it ended by this.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]
    async fn settle(&self, id: RequestId) -> Result<Option<Request>>;

    /// Gives a request up.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Illegal`]
    async fn cancel(&self, id: RequestId) -> Result<Request>;

    /// Sends the failed images of a request round again.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Illegal`]
    async fn retry(&self, id: RequestId) -> Result<Request>;

    /// Deletes a request with all its batches, also those that were added for one that was not
    /// created. Deleting what is not there is no error.
    async fn remove(&self, id: RequestId) -> Result<()>;
}

/// What came of [`Store::claim`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// A batch, as it stands.
    Batch(Claim, Box<Batch>),
    /// Nothing is left to hand out, but others work on some of it.
    InHand,
    /// Nothing is left to do: the request can be settled, or is not open.
    Over,
}

/// What came of [`Store::create`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Creation {
    /// The request is there now.
    Created,
    /// The idempotency key is in use.
    KeyInUse(KeyUse),
}

/// A word by which whoever sends a sheet marks it, so that sending it twice makes one request.
///
/// Source: draft-ietf-httpapi-idempotency-key-header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The word.
    pub key: String,
    /// A hash of all that was sent with it.
    pub fingerprint: String,
}

/// The use that an idempotency key has been put to.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyUse {
    /// The request that was made.
    pub request: RequestId,
    /// A hash of all that was sent for it.
    pub fingerprint: String,
}

/// The result of a store's method.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Why a store did not do what it was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// There is no such request.
    #[error("there is no request {0}")]
    NotFound(RequestId),
    /// The claim has been taken over, or the batch is no more; nothing was written.
    #[error("the claim on batch {0} has been taken over")]
    Stale(BatchId),
    /// The status of the request does not allow it.
    #[error(transparent)]
    Illegal(#[from] IllegalMove),
    /// The store cannot be reached, read or written; trying again may help.
    #[error("the store cannot {action}: {source}")]
    Unavailable {
        /// What was to be done.
        action: &'static str,
        /// What the backend says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// What is stored was written by a newer Pixmill.
    #[error("the store has schema {found}, this Pixmill knows up to {known}: install a newer one")]
    TooNew {
        /// The schema found.
        found: u32,
        /// The newest schema known.
        known: u32,
    },
}
