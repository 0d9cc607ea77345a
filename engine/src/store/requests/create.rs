//! Accepting requests, once.

use serde::{Deserialize, Serialize};
use tracing::debug;

use super::{Requests, trace::Trace};
use crate::{
    model::{Batch, Idempotency, KeyId, Request, RequestId},
    store::{Kept, Lasting, Result, StoreError},
};

/// What came of [`Requests::create`].
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
    /// Whose word it is: those of one owner mean nothing to another.
    pub owner: Option<KeyId>,
    /// The word.
    pub key: String,
    /// A hash of all that was sent with it.
    pub fingerprint: String,
}

impl IdempotencyKey {
    /// The form in which it is kept: of a length that does not depend on what somebody sent.
    fn stored(&self) -> Idempotency {
        let owner = self.owner.map(|owner| owner.to_string()).unwrap_or_default();
        let key_hash = blake3::hash(format!("{owner}\n{}", self.key).as_bytes()).to_string();
        Idempotency { key_hash, fingerprint: self.fingerprint.clone() }
    }
}

/// The use that an idempotency key has been put to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyUse {
    /// The request that was made.
    pub request: RequestId,
    /// A hash of all that was sent for it.
    pub fingerprint: String,
}

impl Requests {
    /// Notes that things are about to be kept for a request. Until it is created, a crash leaves
    /// it among the [`abandoned`](Self::abandoned).
    pub async fn begin(&self, id: RequestId) -> Result<()> {
        let trace = Trace::new(id, self.worker, self.store.now().await?);
        self.store.add(&[trace], Lasting::Now).await.map(drop)
    }

    /// Keeps batches of a request that has been begun. Nobody sees them before it is created.
    ///
    /// # Errors
    /// [`StoreError::GivenUp`]
    pub async fn add(&self, id: RequestId, batches: &[Batch]) -> Result<()> {
        self.still_making(id).await?;
        self.store.add(batches, Lasting::WithNext).await.map(drop)
    }

    /// Makes a request visible, whose batches have all been added; from now on it can be claimed.
    ///
    /// Where the idempotency key is in use already, nothing changes and the answer names the
    /// request that it belongs to.
    ///
    /// # Errors
    /// [`StoreError::GivenUp`]
    pub async fn create(
        &self,
        request: &Request,
        key: Option<&IdempotencyKey>,
    ) -> Result<Creation> {
        self.still_making(request.id).await?;
        let request = Request { idempotency: key.map(IdempotencyKey::stored), ..request.clone() };
        let is_made = match self.store.add(std::slice::from_ref(&request), Lasting::Now).await {
            Ok(count) => count > 0,
            // It may have been written all the same, and somebody may work on it already.
            Err(error) => match self.read(request.id).await {
                Ok(_) => true,
                Err(_) => return Err(error),
            },
        };
        if !is_made {
            let key_use = match key {
                Some(key) => self.find_key(key).await?,
                None => None,
            };
            // It was in use a moment ago; whoever had it has been deleted since.
            return key_use.map(Creation::KeyInUse).ok_or(StoreError::GivenUp(request.id));
        }
        if let Err(error) = self.forget(request.id).await {
            // The next sweep does it: what is there is not abandoned.
            debug!(request = %request.id, %error, "the trace of a request stays for now");
        }
        Ok(Creation::Created)
    }

    /// The use that an idempotency key has been put to.
    pub async fn find_key(&self, key: &IdempotencyKey) -> Result<Option<KeyUse>> {
        let found = self.store.load_alias::<Request>(&key.stored().key_hash).await?;
        let Some(Kept { value: request, .. }) = found else { return Ok(None) };
        let fingerprint = request.idempotency.map(|idempotency| idempotency.fingerprint);
        Ok(fingerprint.map(|fingerprint| KeyUse { request: request.id, fingerprint }))
    }
}
