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
pub(in crate::store) struct Trace {
    #[serde(rename = "_id")]
    id: RequestId,
    /// The process that makes it, has deleted it or clears it away.
    by: WorkerId,
    /// The last sign of life.
    pub(in crate::store) at: Timestamp,
    doing: Doing,
}

/// What is being done with a request that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Doing {
    /// It is being made.
    Making,
    /// What there is of it is being deleted; whoever was making it has to stop.
    Clearing,
}

impl Trace {
    pub(super) fn new(id: RequestId, by: WorkerId, at: Timestamp) -> Self {
        Trace { id, by, at, doing: Doing::Making }
    }

    /// Gives a sign of life of whoever makes the request.
    fn touch(&mut self, now: Timestamp) -> Result<()> {
        match self.doing {
            Doing::Making => self.at = now,
            Doing::Clearing => return Err(StoreError::GivenUp(self.id)),
        }
        Ok(())
    }

    fn clear(&mut self, by: WorkerId, now: Timestamp) {
        *self = Trace { id: self.id, by, at: now, doing: Doing::Clearing };
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
        let touch = |trace: &mut Trace| trace.touch(now);
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
        self.begin_to_clear(id).await?;
        self.store.delete(Kind::Request, std::slice::from_ref(&key)).await?;
        self.store.delete_group(Kind::Batch, &key).await?;
        self.forget_twins(id).await
    }

    /// Notes that a request is about to be deleted: whoever is making it cannot go on.
    async fn begin_to_clear(&self, id: RequestId) -> Result<()> {
        let now = self.store.now().await?;
        let mut trace = Trace::new(id, self.worker, now);
        trace.clear(self.worker, now);
        let clear = |trace: &mut Trace| {
            trace.clear(self.worker, now);
            Ok(())
        };
        // Another one may be there, and may go in between.
        while self.store.add(std::slice::from_ref(&trace), Lasting::Now).await? == 0
            && self.store.change(&id.to_string(), Lasting::Now, clear).await?.is_none()
        {}
        Ok(())
    }

    /// Requests that are not there and that nobody is at work on, but of which something may be
    /// left in store or gallery. Nobody can go on making them from now on, and they are for this
    /// process to clear away.
    pub async fn abandoned(&self) -> Result<Vec<RequestId>> {
        let now = self.store.now().await?;
        let until = if self.store.is_exclusive() { now } else { now.before(GIVEN_UP) };
        let values = Mark::moment(Timestamp::EPOCH)..Mark::moment(until);
        let marked = self.store.marked(Kind::Trace, Mark::Due, values, LOOKED_AT).await?;
        let mut abandoned = Vec::new();
        for marked in marked {
            let Some(trace) = self.store.load::<Trace>(&marked.id).await? else { continue };
            let id = trace.value.id;
            if !self.take_over(trace, now).await? {
                continue;
            }
            if self.store.find(Kind::Request, &[id.to_string()]).await?.is_empty() {
                abandoned.push(id);
            } else {
                // It was created, and only this was not done any more.
                self.forget(id).await?;
            }
        }
        Ok(abandoned)
    }

    /// Makes what a trace tells of this process's to clear away; `false`, and nothing changes,
    /// where somebody is at work on it, be it that there was a sign of life since it was read.
    pub(in crate::store) async fn take_over(
        &self,
        mut trace: Kept<Trace>,
        now: Timestamp,
    ) -> Result<bool> {
        let is_recent = trace.value.at > now.before(GIVEN_UP);
        let is_at_work = !self.store.is_exclusive() || trace.value.by == self.worker;
        if is_recent && is_at_work {
            return Ok(false);
        }
        trace.value.clear(self.worker, now);
        self.store.put(&trace, Lasting::Now).await
    }

    /// Notes that nothing is left of an abandoned request.
    pub async fn forget(&self, id: RequestId) -> Result<()> {
        self.store.delete(Kind::Trace, &[id.to_string()]).await
    }
}
