//! What the store does, step by step, blocking; see `Embedded` for who may call it when.

use std::{sync::Mutex, time::Duration};

use super::{
    documents::{Changes, Documents, unreadable},
    durable::Durable,
    keys::{self, Kind},
};
use crate::{
    model::{Batch, BatchId, Claim, Request, RequestId, SCHEMA_VERSION, Stale, Timestamp},
    store::{Claimed, Result, StoreError},
};

/// How many entries are deleted in one step.
const REMOVED_AT_ONCE: usize = 1_000;

pub(super) struct Inner {
    pub(super) db: sled::Db,
    pub(super) durable: Durable,
    /// Held by whoever reads in order to write.
    pub(super) writing: Mutex<()>,
}

impl Inner {
    pub(super) fn documents(&self) -> Documents<'_> {
        Documents(&self.db)
    }

    /// Changes a claimed batch; whoever no longer holds the claim changes nothing.
    pub(super) fn change_batch(
        &self,
        claim: Claim,
        change: impl FnOnce(&mut Batch, &mut Changes) -> Result<(), Stale>,
    ) -> Result<()> {
        let stale = || StoreError::Stale(claim.batch);
        let head = self.documents().head(claim.batch)?.ok_or_else(stale)?;
        let mut batch = self.documents().batch(claim.batch)?.ok_or_else(stale)?;
        let mut changes = Changes::default();
        change(&mut batch, &mut changes).map_err(|Stale| stale())?;
        changes.put_batch(&batch, Some(&head))?;
        changes.apply(&self.db)
    }

    pub(super) fn change_request<T>(
        &self,
        id: RequestId,
        change: impl FnOnce(&mut Request) -> Result<T>,
    ) -> Result<(Request, T)> {
        let mut request = self.documents().request(id)?;
        let answer = change(&mut request)?;
        let mut changes = Changes::default();
        changes.put_request(&request)?;
        changes.apply(&self.db)?;
        Ok((request, answer))
    }

    pub(super) fn claim(&self, id: RequestId, lease: Duration) -> Result<Claimed> {
        let mut request = self.documents().request(id)?;
        let now = now();
        if !request.status.is_open() {
            return Ok(Claimed::Over);
        }
        let mut changes = Changes::default();
        while let Some(seq) = request.advance(now) {
            let batch = BatchId { request: id, seq };
            if let Some(taken) = self.take(batch, request.round, now, lease, &mut changes)? {
                changes.put_request(&request)?;
                changes.apply(&self.db)?;
                return Ok(taken);
            }
        }
        changes.put_request(&request)?;
        let handed_out = self.documents().handed_out(id)?;
        let is_in_hand = !handed_out.is_empty();
        for batch in handed_out {
            if let Some(taken) = self.take(batch, request.round, now, lease, &mut changes)? {
                changes.apply(&self.db)?;
                return Ok(taken);
            }
        }
        changes.apply(&self.db)?;
        Ok(if is_in_hand { Claimed::InHand } else { Claimed::Over })
    }

    /// Claims one batch, if there is something to do in it and nobody does it.
    fn take(
        &self,
        id: BatchId,
        round: u32,
        now: Timestamp,
        lease: Duration,
        changes: &mut Changes,
    ) -> Result<Option<Claimed>> {
        let Some(head) = self.documents().head(id)? else { return Ok(None) };
        if head.tally.waiting() == 0 && head.tally.failed == 0 {
            return Ok(None);
        }
        let Some(mut batch) = self.documents().batch(id)? else { return Ok(None) };
        let Some(claim) = batch.claim(round, now, lease) else { return Ok(None) };
        changes.put_batch(&batch, Some(&head))?;
        Ok(Some(Claimed::Batch(claim, Box::new(batch))))
    }

    /// Deletes all entries of a request, the document itself first.
    pub(super) fn remove(&self, id: RequestId) -> Result<()> {
        for kind in Kind::OF_A_REQUEST {
            if kind == Kind::KeyOf {
                self.remove_key_use(id)?;
            }
            loop {
                let mut changes = Changes::default();
                let entries = self.db.scan_prefix(keys::of_request(kind, id));
                let mut count = 0;
                for key in entries.keys().take(REMOVED_AT_ONCE) {
                    changes.remove(key.map_err(unreadable)?);
                    count += 1;
                }
                if count == 0 {
                    break;
                }
                changes.apply(&self.db)?;
            }
        }
        Ok(())
    }

    fn remove_key_use(&self, id: RequestId) -> Result<()> {
        let entry = self.db.get(keys::of_request(Kind::KeyOf, id)).map_err(unreadable)?;
        if let Some(key_use) = entry {
            self.db.remove(key_use).map_err(unreadable)?;
        }
        Ok(())
    }

    /// Deletes what was added for requests that were never created, and what is left of deleted
    /// ones.
    pub(super) fn remove_orphans(&self) -> Result<()> {
        let requests = self.documents().requests_with(Kind::Request)?;
        for orphan in self.documents().requests_with(Kind::Head)?.difference(&requests) {
            self.remove(*orphan)?;
        }
        Ok(())
    }

    pub(super) fn void_claims(&self) -> Result<()> {
        for request in self.documents().requests_with(Kind::HandedOut)? {
            for id in self.documents().handed_out(request)? {
                let Some(head) = self.documents().head(id)? else { continue };
                let Some(mut batch) = self.documents().batch(id)? else { continue };
                batch.void_claim();
                let mut changes = Changes::default();
                changes.put_batch(&batch, Some(&head))?;
                changes.apply(&self.db)?;
            }
        }
        Ok(())
    }
}

/// The store's clock is that of this machine: no other process writes here.
pub(super) fn now() -> Timestamp {
    Timestamp::from_millis(bson::DateTime::now().timestamp_millis())
}

pub(super) fn check_schema(db: &sled::Db) -> Result<()> {
    let found = db.get(keys::SCHEMA).map_err(unreadable)?;
    let found = found.and_then(|bytes| Some(u32::from_be_bytes(bytes.as_ref().try_into().ok()?)));
    match found {
        Some(found) if found > SCHEMA_VERSION => {
            Err(StoreError::TooNew { found, known: SCHEMA_VERSION })
        }
        Some(_) => Ok(()),
        None => {
            let written = db.insert(keys::SCHEMA, &SCHEMA_VERSION.to_be_bytes());
            written.map(|_| ()).map_err(unreadable)
        }
    }
}
