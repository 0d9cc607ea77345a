//! Documents in sled: BSON bytes, large ones in pieces.

use std::collections::BTreeSet;

use bson::{deserialize_from_slice, serialize_to_vec};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::keys::{self, Kind};
use crate::{
    model::{Batch, BatchId, BatchState, Request, RequestId, Tally},
    store::{Result, StoreError},
};

/// The largest value in bytes: larger ones sled puts into files that it does not sync.
const PIECE_BYTES: usize = 4_000;

/// What is often asked of a batch.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Head {
    pub(super) pieces: u16,
    pub(super) tally: Tally,
}

/// Reads documents.
#[derive(Clone, Copy)]
pub(super) struct Documents<'a>(pub(super) &'a sled::Db);

impl Documents<'_> {
    pub(super) fn find<T: DeserializeOwned>(self, key: &[u8]) -> Result<Option<T>> {
        let value = self.0.get(key).map_err(unreadable)?;
        value.map(|value| deserialize_from_slice(&value).map_err(unreadable)).transpose()
    }

    pub(super) fn request(self, id: RequestId) -> Result<Request> {
        let found = self.find(&keys::of_request(Kind::Request, id))?;
        found.ok_or(StoreError::NotFound(id))
    }

    pub(super) fn head(self, id: BatchId) -> Result<Option<Head>> {
        self.find(&keys::of_batch(Kind::Head, id))
    }

    pub(super) fn batch(self, id: BatchId) -> Result<Option<Batch>> {
        let mut bytes = Vec::new();
        for entry in self.0.scan_prefix(keys::of_batch(Kind::Piece, id)) {
            bytes.extend_from_slice(&entry.map_err(unreadable)?.1);
        }
        if bytes.is_empty() {
            return Ok(None);
        }
        deserialize_from_slice(&bytes).map(Some).map_err(unreadable)
    }

    /// The places of the batches that have been handed out and are not settled.
    pub(super) fn handed_out(self, id: RequestId) -> Result<Vec<BatchId>> {
        let entries = self.0.scan_prefix(keys::of_request(Kind::HandedOut, id));
        let mut handed_out = Vec::new();
        for key in entries.keys() {
            if let Some(seq) = keys::seq_in(&key.map_err(unreadable)?) {
                handed_out.push(BatchId { request: id, seq });
            }
        }
        Ok(handed_out)
    }

    pub(super) fn tally(self, id: RequestId) -> Result<Tally> {
        let mut sum = Tally::default();
        for value in self.0.scan_prefix(keys::of_request(Kind::Head, id)).values() {
            let head: Head =
                deserialize_from_slice(&value.map_err(unreadable)?).map_err(unreadable)?;
            sum.add(&head.tally);
        }
        Ok(sum)
    }

    /// The requests that have entries of a kind, each once.
    pub(super) fn requests_with(self, kind: Kind) -> Result<BTreeSet<RequestId>> {
        let mut requests = BTreeSet::new();
        let mut from = vec![kind as u8];
        let end = vec![kind as u8 + 1];
        while let Some(entry) = self.0.range(from..end.clone()).next() {
            let (key, _) = entry.map_err(unreadable)?;
            let Some(id) = keys::request_in(&key) else { break };
            requests.insert(id);
            // All other entries of the same request are passed over at one step.
            from = keys::of_request(kind, id);
            from.extend_from_slice(&[0xff; 21]);
        }
        Ok(requests)
    }
}

/// Changes that are made together or not at all.
#[derive(Default)]
pub(super) struct Changes(sled::Batch);

impl Changes {
    pub(super) fn put<T: Serialize>(&mut self, key: Vec<u8>, document: &T) -> Result<()> {
        self.0.insert(key, serialize_to_vec(document).map_err(unwritable)?);
        Ok(())
    }

    pub(super) fn put_request(&mut self, request: &Request) -> Result<()> {
        let open = keys::of_request(Kind::Open, request.id);
        if request.status.is_open() {
            self.0.insert(open, &[]);
        } else {
            self.0.remove(open);
        }
        self.put(keys::of_request(Kind::Request, request.id), request)
    }

    /// `before` is the head of the batch as it is stored, if it is.
    pub(super) fn put_batch(&mut self, batch: &Batch, before: Option<&Head>) -> Result<()> {
        let bytes = serialize_to_vec(batch).map_err(unwritable)?;
        let mut pieces = 0;
        for piece in bytes.chunks(PIECE_BYTES) {
            self.0.insert(keys::of_piece(batch.id, pieces), piece);
            pieces = pieces.checked_add(1).ok_or_else(|| unwritable(TooLarge(batch.id)))?;
        }
        for surplus in pieces..before.map_or(0, |head| head.pieces) {
            self.0.remove(keys::of_piece(batch.id, surplus));
        }
        let handed_out = keys::of_batch(Kind::HandedOut, batch.id);
        match batch.state {
            BatchState::Claimed { .. } => self.0.insert(handed_out, &[]),
            BatchState::Settled => self.0.remove(handed_out),
            // It stays marked if it was: it is among those that have been handed out once.
            BatchState::Open => {}
        }
        let head = Head { pieces, tally: batch.tally() };
        self.put(keys::of_batch(Kind::Head, batch.id), &head)
    }

    pub(super) fn remove(&mut self, key: impl Into<sled::IVec>) {
        self.0.remove(key);
    }

    pub(super) fn insert(&mut self, key: Vec<u8>, value: &[u8]) {
        self.0.insert(key, value);
    }

    pub(super) fn apply(self, db: &sled::Db) -> Result<()> {
        db.apply_batch(self.0).map_err(unwritable)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("batch {0} is larger than a batch may be")]
struct TooLarge(BatchId);

pub(super) fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Unavailable { action: "read", source: Box::new(error) }
}

fn unwritable(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Unavailable { action: "write", source: Box::new(error) }
}
