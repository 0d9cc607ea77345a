//! The store of a single process: sled in a folder.
//!
//! sled's own transactions are not used: one process has the folder, so a lock in it is enough to
//! make each read-and-write one step, and a batch of changes is atomic across a crash.

mod documents;
mod durable;
mod inner;
mod keys;
mod opening;
mod place;

#[cfg(test)]
mod tests;

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use documents::{Changes, unreadable};
use durable::Durable;
use inner::{Inner, check_schema, now};
use keys::Kind;
use place::Place;

use super::{Claimed, Creation, IdempotencyKey, KeyUse, Result, Store, StoreError};
use crate::model::{
    Batch, BatchId, Claim, ImageState, Outcome, Request, RequestId, Tally, Timestamp, TwinKey,
};

/// The store of a single process.
#[derive(Clone)]
pub struct Embedded(Arc<Inner>);

impl Embedded {
    /// Opens the store in a folder, and makes the folder where it is missing.
    ///
    /// `cache_bytes` bounds the pages that sled keeps in memory. Claims of an earlier process are
    /// void: it is gone, or the folder would be locked. This blocks; it may take seconds.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where another process has the folder open, and
    /// [`StoreError::TooNew`].
    pub fn open(folder: &Path, cache_bytes: u64) -> Result<Self> {
        let db = opening::open(folder, cache_bytes)?;
        check_schema(&db)?;
        let durable = Durable::start(db.clone(), folder).map_err(|error| {
            StoreError::Unavailable { action: "open its folder", source: Box::new(error) }
        })?;
        let inner = Inner { db, durable, writing: Mutex::new(()) };
        inner.remove_orphans()?;
        inner.void_claims()?;
        Ok(Embedded(Arc::new(inner)))
    }

    /// Runs `work` off the async threads: sled may read from the disk.
    async fn run<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Inner) -> Result<T> + Send + 'static,
    {
        let inner = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || work(&inner)).await;
        done.map_err(|error| StoreError::Unavailable {
            action: "end its work",
            source: Box::new(error),
        })?
    }

    /// Runs `work` alone among all that write, and waits until what it wrote is durable.
    async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Inner) -> Result<T> + Send + 'static,
    {
        let done = self.write_soon(work).await?;
        self.0.durable.wait().await?;
        Ok(done)
    }

    /// Runs `work` alone among all that write; what it wrote is durable with the next write.
    async fn write_soon<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Inner) -> Result<T> + Send + 'static,
    {
        self.run(move |inner| {
            // A panic leaves nothing half done: changes are applied at one step.
            let _alone = inner.writing.lock().unwrap_or_else(PoisonError::into_inner);
            work(inner)
        })
        .await
    }
}

#[async_trait]
impl Store for Embedded {
    async fn now(&self) -> Result<Timestamp> {
        Ok(now())
    }

    async fn add(&self, batches: Vec<Batch>) -> Result<()> {
        self.write_soon(move |inner| {
            let mut changes = Changes::default();
            for batch in &batches {
                changes.put_batch(batch, None)?;
            }
            changes.apply(&inner.db)
        })
        .await
    }

    async fn create(&self, request: &Request, key: Option<&IdempotencyKey>) -> Result<Creation> {
        let (request, key) = (request.clone(), key.cloned());
        self.write(move |inner| {
            let mut changes = Changes::default();
            if let Some(key) = key {
                let entry = keys::of_key_use(&key);
                if let Some(key_use) = inner.documents().find(&entry)? {
                    return Ok(Creation::KeyInUse(key_use));
                }
                changes.insert(keys::of_request(Kind::KeyOf, request.id), &entry);
                let key_use = KeyUse { request: request.id, fingerprint: key.fingerprint };
                changes.put(entry, &key_use)?;
            }
            changes.put_request(&request)?;
            changes.apply(&inner.db)?;
            Ok(Creation::Created)
        })
        .await
    }

    async fn find_key(&self, key: &IdempotencyKey) -> Result<Option<KeyUse>> {
        let entry = keys::of_key_use(key);
        self.run(move |inner| inner.documents().find(&entry)).await
    }

    async fn show(&self, id: RequestId) -> Result<Request> {
        self.run(move |inner| inner.documents().request(id)).await
    }

    async fn list(&self, before: Option<RequestId>, limit: usize) -> Result<Vec<Request>> {
        self.run(move |inner| {
            let first = vec![Kind::Request as u8];
            let end = match before {
                Some(id) => keys::of_request(Kind::Request, id),
                None => vec![Kind::Request as u8 + 1],
            };
            let mut requests = Vec::new();
            for entry in inner.db.range(first..end).rev().take(limit) {
                let (_, value) = entry.map_err(unreadable)?;
                requests.push(bson::deserialize_from_slice(&value).map_err(unreadable)?);
            }
            Ok(requests)
        })
        .await
    }

    async fn batches(&self, id: RequestId, from: u32, limit: usize) -> Result<Vec<Batch>> {
        self.run(move |inner| {
            let mut batches = Vec::new();
            for seq in (from..).take(limit) {
                match inner.documents().batch(BatchId { request: id, seq })? {
                    Some(batch) => batches.push(batch),
                    None => break,
                }
            }
            Ok(batches)
        })
        .await
    }

    async fn tally(&self, id: RequestId) -> Result<Tally> {
        self.run(move |inner| inner.documents().tally(id)).await
    }

    async fn next_open(&self, after: Option<RequestId>) -> Result<Option<RequestId>> {
        self.run(move |inner| {
            let first = vec![Kind::Open as u8];
            let end = vec![Kind::Open as u8 + 1];
            let next = after.map(|id| {
                let mut next = keys::of_request(Kind::Open, id);
                next.push(0);
                next
            });
            let from = next.unwrap_or_else(|| first.clone());
            let mut entries = inner.db.range(from..end.clone()).chain(inner.db.range(first..end));
            let next = entries.next().transpose().map_err(unreadable)?;
            Ok(next.and_then(|(key, _)| keys::request_in(&key)))
        })
        .await
    }

    async fn claim(&self, id: RequestId, lease: Duration) -> Result<Claimed> {
        self.write_soon(move |inner| inner.claim(id, lease)).await
    }

    async fn renew(&self, claim: Claim, lease: Duration) -> Result<()> {
        self.write_soon(move |inner| {
            inner.change_batch(claim, |batch, _| batch.renew(claim.token, now(), lease))
        })
        .await
    }

    async fn record(&self, claim: Claim, outcomes: &[Outcome]) -> Result<()> {
        let outcomes = outcomes.to_vec();
        self.write(move |inner| {
            inner.change_batch(claim, |batch, changes| {
                batch.record(claim.token, &outcomes)?;
                for outcome in &outcomes {
                    if let Some((product, image)) = batch.image(outcome.product, outcome.image) {
                        let twin = TwinKey::new(&image.link, &product.recipe_change);
                        let place = Place::of(claim.batch, outcome);
                        changes.insert(keys::of_twin(claim.batch.request, twin), &place.to_bytes());
                    }
                }
                Ok(())
            })
        })
        .await
    }

    async fn release(&self, claim: Claim) -> Result<()> {
        self.write(move |inner| inner.change_batch(claim, |batch, _| batch.release(claim.token)))
            .await
    }

    async fn find_twin(&self, id: RequestId, twin: TwinKey) -> Result<Option<ImageState>> {
        self.run(move |inner| {
            let entry = inner.db.get(keys::of_twin(id, twin)).map_err(unreadable)?;
            let Some(place) = entry.and_then(|bytes| Place::from_bytes(&bytes)) else {
                return Ok(None);
            };
            let request = inner.documents().request(id)?;
            let batch = inner.documents().batch(BatchId { request: id, seq: place.seq })?;
            Ok(batch.and_then(|batch| {
                let (_, image) = batch.image(place.product as usize, place.image as usize)?;
                match &image.state {
                    ImageState::Done(_) => Some(image.state.clone()),
                    ImageState::Failed(_) if batch.round == request.round => {
                        Some(image.state.clone())
                    }
                    ImageState::Failed(_) | ImageState::Waiting | ImageState::Kept { .. } => None,
                }
            }))
        })
        .await
    }

    async fn settle(&self, id: RequestId) -> Result<Option<Request>> {
        self.write(move |inner| {
            let request = inner.documents().request(id)?;
            if !request.status.is_open() || request.next < request.batches {
                return Ok(None);
            }
            let tally = inner.documents().tally(id)?;
            if tally.waiting() > 0 {
                return Ok(None);
            }
            let settled = inner.change_request(id, |request| Ok(request.settle(&tally, now())?))?;
            Ok(Some(settled.0))
        })
        .await
    }

    async fn cancel(&self, id: RequestId) -> Result<Request> {
        self.write(move |inner| {
            Ok(inner.change_request(id, |request| Ok(request.cancel(now())?))?.0)
        })
        .await
    }

    async fn retry(&self, id: RequestId) -> Result<Request> {
        self.write(move |inner| {
            Ok(inner.change_request(id, |request| Ok(request.retry(now())?))?.0)
        })
        .await
    }

    async fn remove(&self, id: RequestId) -> Result<()> {
        self.write(move |inner| inner.remove(id)).await
    }
}
