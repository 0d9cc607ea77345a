//! The mark by which batches are found that have something to be done.
//!
//! Its values sort by request, by the round from which on there is something to be done, and by the
//! moment from which on anybody may claim the batch. So those that are free come first in a round,
//! and those in hand behind them can be passed over, however many there are.

use std::ops::Range;

use crate::{
    model::{Batch, Request, RequestId, Timestamp},
    store::Mark,
};

/// The value for a batch; `None` where nothing will ever be to be done.
pub(super) fn value(batch: &Batch) -> Option<String> {
    let round = start_of_round(batch.id.request, batch.unfinished_from()?);
    let free_from = Mark::moment(batch.free_from());
    Some(format!("{round}:{free_from}:{:010}", batch.id.seq))
}

/// The values of batches with something to be done in the present round of a request.
pub(super) fn values(request: &Request) -> Range<String> {
    let first = start_of_round(request.id, 0);
    first..start_of_round(request.id, request.rounds.present().saturating_add(1))
}

/// Whether anybody may claim the batch with a value.
pub(super) fn is_free(value: &str, now: Timestamp) -> bool {
    let free_from = value.rsplit(':').nth(1);
    free_from.is_some_and(|free_from| *free_from <= *Mark::moment(now))
}

/// Whether somebody has claimed the batch with a value, even if the claim has run out.
pub(super) fn is_claimed(value: &str) -> bool {
    !is_free(value, Timestamp::EPOCH)
}

/// Where the claimed ones begin in the round of a value.
pub(super) fn first_claimed(value: &str) -> String {
    // What comes after the colon that follows the moment from which on the others are free.
    let (round, moment) = (round(value), Mark::moment(Timestamp::EPOCH));
    format!("{round}:{moment};")
}

/// Where to look on behind all values of the same round.
pub(super) fn behind_round(value: &str) -> String {
    let round = round(value);
    // This comes after the colon with which the rest begins.
    format!("{round};")
}

fn start_of_round(request: RequestId, round: u32) -> String {
    format!("{request}:{round:010}")
}

/// The part of a value that is the same for all of its request and round.
fn round(value: &str) -> &str {
    value.rsplitn(3, ':').nth(2).unwrap_or(value)
}
