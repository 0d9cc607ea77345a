//! Handing out batches.

use std::{ops::Range, time::Duration};

use rand::seq::SliceRandom;

use super::{Requests, unfinished};
use crate::{
    model::{Batch, BatchId, Claim, Request, RequestId, Taken, Timestamp},
    store::{Lasting, Mark, Result, StoreError},
};

/// How many unfinished batches are looked at in one go.
const LOOKED_AT: usize = 64;

/// What came of [`Requests::claim`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// A batch, as it stands.
    Batch(Claim, Box<Batch>),
    /// Nothing is left to hand out, but others work on some of it.
    InHand,
    /// Nothing is left to do: the request can be settled, or is not open.
    Over,
}

impl Requests {
    /// Hands out a batch of an open request: the next that has not been handed out, else one that
    /// is unfinished and that nobody works on.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]
    pub async fn claim(&self, id: RequestId, lease: Duration) -> Result<Claimed> {
        let (request, now) = loop {
            let now = self.store.now().await?;
            let (request, seq) = self.advance(id, now).await?;
            let Some(seq) = seq else { break (request, now) };
            let batch = BatchId { request: id, seq };
            if let taken @ Claimed::Batch(..) = self.take(batch, &request, now, lease).await? {
                return Ok(taken);
            }
        };
        if !request.status.is_open() || request.origin.is_some() {
            return Ok(Claimed::Over);
        }
        self.claim_left(&request, now, lease).await
    }

    /// Claims one of those that are unfinished although all have been handed out: one that is free.
    /// Those that somebody works on may be many, and are passed over.
    async fn claim_left(
        &self,
        request: &Request,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Claimed> {
        // Where no other process works, claims of others say nothing: `take` knows.
        let is_free = |value: &str| self.store.is_exclusive() || unfinished::is_free(value, now);
        let Range { mut start, end } = unfinished::values(request);
        let mut came_of_it = Claimed::Over;
        loop {
            let found = self.unfinished(start..end.clone(), LOOKED_AT).await?;
            let Some(last) = found.last() else { return Ok(came_of_it) };
            start = if is_free(&last.value) {
                Mark::behind(&last.value)
            } else {
                unfinished::behind_round(&last.value)
            };
            let free = found.iter().filter(|marked| is_free(&marked.value));
            let mut free: Vec<BatchId> = free.filter_map(|marked| marked.id.parse().ok()).collect();
            if free.len() < found.len() {
                came_of_it = Claimed::InHand;
            }
            // Many that look at the same list are not all to try for the same batch.
            free.shuffle(&mut rand::rng());
            for batch in free {
                match self.take(batch, request, now, lease).await? {
                    taken @ Claimed::Batch(..) => return Ok(taken),
                    Claimed::InHand => came_of_it = Claimed::InHand,
                    Claimed::Over => {}
                }
            }
        }
    }

    /// Moves the cursor of a request on and gives the place of the batch that it named; `None`
    /// where it has named all, or the request is not open.
    async fn advance(&self, id: RequestId, now: Timestamp) -> Result<(Request, Option<u32>)> {
        // A copy is worked on where it was made.
        let advance = |request: &mut Request| {
            Ok(if request.origin.is_none() { request.advance(now) } else { None })
        };
        let advanced = self.store.change(&id.to_string(), Lasting::WithNext, advance).await?;
        advanced.ok_or(StoreError::NotFound(id))
    }

    /// Claims one batch, if there is something to do in it and nobody does it. That `now` was a
    /// moment ago ends the claim a moment sooner, and no claim of another.
    async fn take(
        &self,
        id: BatchId,
        request: &Request,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Claimed> {
        let Some(mut kept) = self.store.load::<Batch>(&id.to_string()).await? else {
            return Ok(Claimed::Over);
        };
        if self.store.is_exclusive() {
            // Whoever else has claimed it was an earlier process, and is gone.
            kept.value.void_claim_of_others(self.worker);
        }
        let taken = kept.value.claim(self.worker, &request.rounds, now, lease);
        if taken == Taken::InHand || !self.store.put(&kept, Lasting::WithNext).await? {
            // Whoever has changed it meanwhile has it in hand.
            return Ok(Claimed::InHand);
        }
        Ok(match taken {
            Taken::Claimed(claim) => Claimed::Batch(claim, Box::new(kept.value)),
            Taken::InHand | Taken::Settled => Claimed::Over,
        })
    }
}
