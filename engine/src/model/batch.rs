//! A run of consecutive products of one request: the unit that is stored, claimed and finished.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{BatchId, Image, ImageState, Product, Reasons, Rounds, Tally, Timestamp, WorkerId};

/// A run of consecutive products of one request, with what has become of their images.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Batch {
    /// The batch's name.
    #[serde(rename = "_id")]
    pub id: BatchId,
    /// Goes up by one with each claim; a write that names an older one changes nothing.
    pub token: Token,
    /// Who may work on it.
    pub state: BatchState,
    /// The round of its request in which it was last claimed; see [`Request::round`].
    ///
    /// [`Request::round`]: super::Request::round
    pub round: u32,
    /// The place of its first row in the sheet, counted from 0.
    pub first: u64,
    /// The rows, in the order of the sheet.
    pub products: Vec<Product>,
}

/// Who may work on a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "is")]
pub enum BatchState {
    /// Nobody works on it and some of its images wait.
    Open,
    /// Whoever holds the token works on it.
    #[serde(rename_all = "camelCase")]
    Claimed {
        /// The process that works on it.
        by: WorkerId,
        /// From this moment on, by the store's clock, anybody may take it over.
        lease_until: Timestamp,
    },
    /// None of its images waits any longer.
    Settled,
}

/// A fencing token: the number of times that a batch has been claimed.
///
/// Source: M. Kleppmann, "How to do distributed locking" (2016).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Token(u64);

impl Token {
    pub(super) fn next(self) -> Self {
        Token(self.0 + 1)
    }
}

/// A worker's time-limited right to work on one batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Claim {
    /// The batch.
    pub batch: BatchId,
    /// What every write under this claim has to name.
    pub token: Token,
}

/// What came of [`Batch::claim`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The batch is the worker's.
    Claimed(Claim),
    /// Somebody else's claim is good until later.
    InHand,
    /// There is nothing to work on in this round; that is to be written down like a claim.
    Settled,
}

/// What has become of one image of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The place of the product in [`Batch::products`].
    pub product: usize,
    /// The place of the image in [`Product::images`].
    pub image: usize,
    /// What it is now.
    pub state: ImageState,
}

/// The claim has been taken over, or what was claimed is no more: what was to be written was not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the claim has been taken over")]
pub struct Stale;

impl Batch {
    /// A batch that nobody has claimed yet.
    #[must_use]
    pub fn new(id: BatchId, products: Vec<Product>) -> Self {
        let mut batch = Batch {
            id,
            token: Token::default(),
            state: BatchState::Open,
            round: 0,
            first: 0,
            products,
        };
        if !batch.is_waiting() {
            batch.state = BatchState::Settled;
        }
        batch
    }

    /// Gives the batch to a worker until `now + lease`, in the present round of its request.
    ///
    /// In a new round those failed images wait again that it takes up.
    pub fn claim(
        &mut self,
        by: WorkerId,
        rounds: &Rounds,
        now: Timestamp,
        lease: Duration,
    ) -> Taken {
        match self.state {
            BatchState::Claimed { lease_until, .. } if lease_until > now => return Taken::InHand,
            BatchState::Open | BatchState::Claimed { .. } | BatchState::Settled => {}
        }
        for image in self.products.iter_mut().flat_map(|product| &mut product.images) {
            if let ImageState::Failed(failure) = &image.state
                && rounds.take_up(failure, self.round)
            {
                image.state = ImageState::Waiting;
            }
        }
        self.round = self.round.max(rounds.present());
        if !self.is_waiting() {
            self.state = BatchState::Settled;
            return Taken::Settled;
        }
        self.token = self.token.next();
        self.state = BatchState::Claimed { by, lease_until: now.after(lease) };
        Taken::Claimed(Claim { batch: self.id, token: self.token })
    }

    /// Makes the claim good until `now + lease`.
    ///
    /// # Errors
    /// [`Stale`] where `token` is not that of the present claim.
    pub fn renew(&mut self, token: Token, now: Timestamp, lease: Duration) -> Result<(), Stale> {
        let by = self.held_by(token)?;
        self.state = BatchState::Claimed { by, lease_until: now.after(lease) };
        Ok(())
    }

    /// Writes down what has become of some images; the batch is settled when none waits any more.
    ///
    /// An outcome for an image that does not wait changes nothing: each is recorded once.
    ///
    /// # Errors
    /// [`Stale`] where `token` is not that of the present claim.
    pub fn record(&mut self, token: Token, outcomes: &[Outcome]) -> Result<(), Stale> {
        self.held_by(token)?;
        for outcome in outcomes {
            let product = self.products.get_mut(outcome.product);
            let image = product.and_then(|product| product.images.get_mut(outcome.image));
            if let Some(image) = image.filter(|image| image.state == ImageState::Waiting) {
                image.state = outcome.state.clone();
            }
        }
        if !self.is_waiting() {
            self.state = BatchState::Settled;
        }
        Ok(())
    }

    /// Gives the claim back, so that another worker need not wait for its end.
    ///
    /// # Errors
    /// [`Stale`] where `token` is not that of the present claim.
    pub fn release(&mut self, token: Token) -> Result<(), Stale> {
        self.held_by(token)?;
        self.state = BatchState::Open;
        Ok(())
    }

    /// Takes the claim away from whoever holds it, unless it is `worker`: for a store that knows
    /// that all others are gone.
    pub fn void_claim_of_others(&mut self, worker: WorkerId) {
        if matches!(self.state, BatchState::Claimed { by, .. } if by != worker) {
            self.state = BatchState::Open;
        }
    }

    /// Takes the claim away from whoever has let it run out; gives whether nobody holds it then.
    pub fn void_claim_that_ran_out(&mut self, now: Timestamp) -> bool {
        match self.state {
            BatchState::Claimed { lease_until, .. } if lease_until > now => return false,
            BatchState::Claimed { .. } => self.state = BatchState::Open,
            BatchState::Open | BatchState::Settled => {}
        }
        true
    }

    /// The worker whose present claim has this token.
    fn held_by(&self, token: Token) -> Result<WorkerId, Stale> {
        match self.state {
            BatchState::Claimed { by, .. } if self.token == token => Ok(by),
            BatchState::Open | BatchState::Claimed { .. } | BatchState::Settled => Err(Stale),
        }
    }

    /// The first round of its request in which there is something to be done in the batch; `None`
    /// where there never will be.
    #[must_use]
    pub fn unfinished_from(&self) -> Option<u32> {
        let has_failed = || self.images().any(|image| matches!(image.state, ImageState::Failed(_)));
        match self.state {
            BatchState::Open | BatchState::Claimed { .. } => Some(self.round),
            BatchState::Settled => has_failed().then_some(self.round + 1),
        }
    }

    /// From which moment on, by the store's clock, anybody may claim it.
    #[must_use]
    pub fn free_from(&self) -> Timestamp {
        match self.state {
            BatchState::Claimed { lease_until, .. } => lease_until,
            BatchState::Open | BatchState::Settled => Timestamp::EPOCH,
        }
    }

    fn images(&self) -> impl Iterator<Item = &Image> {
        self.products.iter().flat_map(|product| &product.images)
    }

    fn is_waiting(&self) -> bool {
        self.images().any(|image| image.state == ImageState::Waiting)
    }

    /// Counts what has become of the batch's images.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.images().fold(Tally::default(), |tally, image| tally.with(&image.state))
    }

    /// Counts why images of the batch failed.
    #[must_use]
    pub fn reasons(&self) -> Reasons {
        let mut reasons = Reasons::default();
        for image in self.images() {
            if let ImageState::Failed(failure) = &image.state {
                reasons.add(&failure.reason, 1);
            }
        }
        reasons
    }
}
