//! Where in its request an image lies.

use crate::model::{BatchId, Outcome};

/// Where the image lies that stands for all with the same link and recipe.
pub(super) struct Place {
    pub(super) seq: u32,
    pub(super) product: u32,
    pub(super) image: u32,
}

impl Place {
    pub(super) fn of(batch: BatchId, outcome: &Outcome) -> Self {
        let bounded = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        Place { seq: batch.seq, product: bounded(outcome.product), image: bounded(outcome.image) }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        [self.seq, self.product, self.image].iter().flat_map(|n| n.to_be_bytes()).collect()
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let number = |at: usize| {
            let bytes = bytes.get(at..at + 4)?.try_into().ok()?;
            Some(u32::from_be_bytes(bytes))
        };
        Some(Place { seq: number(0)?, product: number(4)?, image: number(8)? })
    }
}
