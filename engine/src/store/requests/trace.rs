//! Requests that are being made, and what is left of those that were deleted.
//!
//! A request is several documents and a place in the gallery, made and deleted one after the other.
//! A trace is written before the first and deleted after the last, so that whatever a crash leaves
//! is found again.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::Requests;
use crate::{
    model::{RequestId, Timestamp, WorkerId},
    store::{Kept, Kind, Lasting, Mark, Result, StoreError, Stored},
};

/// After this time without a sign of life nobody is taken to be at work any more, be it on making
/// a request or on images of one that has been deleted.
const GIVEN_UP: Duration = Duration::from_secs(3_600);
/// How many traces are looked at in one go.
const LOOKED_AT: usize = 100;

/// A request that is being made or has been deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Trace {
    #[serde(rename = "_id")]
    id: RequestId,
    /// The process that makes or has deleted it.
    by: WorkerId,
    /// The last sign of life.
    at: Timestamp,
}

impl Trace {
    pub(super) fn new(id: RequestId, by: WorkerId, at: Timestamp) -> Self {
        Trace { id, by, at }
    }
}

impl Stored for Trace {
    const KIND: Kind = Kind::Trace;

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn marks(&self) -> BTreeMap<Mark, String> {
        BTreeMap::from([(Mark::Due, Mark::moment(self.at))])
    }
}

impl Requests {
    /// Gives a sign of life for a request that is being made.
    pub(super) async fn still_making(&self, id: RequestId) -> Result<()> {
        let now = self.store.now().await?;
        let touch = |trace: &mut Trace| {
            trace.at = now;
            Ok(())
        };
        let touched = self.store.change(&id.to_string(), Lasting::WithNext, touch).await?;
        touched.map(drop).ok_or(StoreError::GivenUp(id))
    }

    /// Deletes a request with all its batches, also those that were added for one that was not
    /// created. Deleting what is not there is no error.
    ///
    /// It stays among the [`abandoned`](Self::abandoned) for as long as somebody may still be at
    /// work on its images.
    pub async fn remove(&self, id: RequestId) -> Result<()> {
        let key = id.to_string();
        self.begin(id).await?;
        self.store.delete(Kind::Request, std::slice::from_ref(&key)).await?;
        self.store.delete_group(Kind::Batch, &key).await?;
        self.forget_twins(id).await
    }

    /// Requests that are not there and that nobody is at work on, but of which something may be
    /// left in store or gallery.
    pub async fn abandoned(&self) -> Result<Vec<RequestId>> {
        let now = self.store.now().await?;
        let until = if self.store.is_exclusive() { now } else { now.before(GIVEN_UP) };
        let values = Mark::moment(Timestamp::EPOCH)..Mark::moment(until);
        let marked = self.store.marked(Kind::Trace, Mark::Due, values, LOOKED_AT).await?;
        let ids: Vec<String> = marked.into_iter().map(|marked| marked.id).collect();
        let mut abandoned = Vec::new();
        for document in self.store.find(Kind::Trace, &ids).await? {
            let trace = Kept::<Trace>::read(document)?.value;
            let is_recent = trace.at > now.before(GIVEN_UP);
            if is_recent && trace.by == self.worker {
                continue;
            }
            if self.store.find(Kind::Request, &[trace.id.to_string()]).await?.is_empty() {
                abandoned.push(trace.id);
            } else {
                // It was created, and only this was not done any more.
                self.forget(trace.id).await?;
            }
        }
        Ok(abandoned)
    }

    /// Notes that nothing is left of an abandoned request.
    pub async fn forget(&self, id: RequestId) -> Result<()> {
        self.store.delete(Kind::Trace, &[id.to_string()]).await
    }
}
