//! Where in sled's one ordered map which document lies.
//!
//! All keys begin with a letter for the kind and, but for idempotency keys, the request's id, so
//! that all of a kind for one request lie together and requests lie by age.

use crate::{
    model::{BatchId, RequestId, TwinKey},
    store::IdempotencyKey,
};

/// The kinds of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    /// A request document.
    Request = b'r',
    /// One piece of a batch document.
    Piece = b'b',
    /// What is often asked of a batch: its tally and how many pieces it has.
    Head = b'h',
    /// A mark: the batch has been handed out and is not settled.
    HandedOut = b'o',
    /// A mark: the request is open.
    Open = b'a',
    /// Which image stands for all with the same link and recipe.
    Twin = b't',
    /// Which request an idempotency key has been used for.
    KeyUse = b'k',
    /// Which idempotency key a request was created with.
    KeyOf = b'y',
}

impl Kind {
    /// The kinds of entries that belong to one request and are deleted with it.
    pub(super) const OF_A_REQUEST: [Kind; 7] = [
        Kind::Request,
        Kind::Open,
        Kind::HandedOut,
        Kind::Piece,
        Kind::Twin,
        Kind::KeyOf,
        // Last: where a deletion was cut off, the heads tell that there is something left.
        Kind::Head,
    ];
}

/// The key under which the version of the schema lies.
pub(super) const SCHEMA: &[u8] = b"!schema";

/// The key of a thing that a request has one of, and the prefix of those it has many of.
pub(super) fn of_request(kind: Kind, id: RequestId) -> Vec<u8> {
    let mut key = Vec::with_capacity(33);
    key.push(kind as u8);
    key.extend_from_slice(id.as_bytes());
    key
}

/// The key of a thing that a batch has one of, and the prefix of its pieces.
pub(super) fn of_batch(kind: Kind, id: BatchId) -> Vec<u8> {
    let mut key = of_request(kind, id.request);
    key.extend_from_slice(&id.seq.to_be_bytes());
    key
}

/// The key of a piece of a batch.
pub(super) fn of_piece(id: BatchId, piece: u16) -> Vec<u8> {
    let mut key = of_batch(Kind::Piece, id);
    key.extend_from_slice(&piece.to_be_bytes());
    key
}

/// The key of a twin.
pub(super) fn of_twin(id: RequestId, twin: TwinKey) -> Vec<u8> {
    let mut key = of_request(Kind::Twin, id);
    key.extend_from_slice(twin.as_bytes());
    key
}

/// The key of what an idempotency key has been used for. It holds a hash, so that its length does
/// not depend on what somebody sent.
pub(super) fn of_key_use(key: &IdempotencyKey) -> Vec<u8> {
    let mut entry = vec![Kind::KeyUse as u8];
    entry.extend_from_slice(blake3::hash(key.key.as_bytes()).as_bytes());
    entry
}

/// The request that a key belongs to.
pub(super) fn request_in(key: &[u8]) -> Option<RequestId> {
    let bytes = key.get(1..17)?.try_into().ok()?;
    Some(RequestId::from_bytes(bytes))
}

/// The place of the batch that a key of [`of_batch`] names.
pub(super) fn seq_in(key: &[u8]) -> Option<u32> {
    let bytes = key.get(17..21)?.try_into().ok()?;
    Some(u32::from_be_bytes(bytes))
}
