//! Which batches of requests that are being worked on will not change any more.
//!
//! A passage tells how many of the first ones will not. One that takes long has others settle behind
//! it, and these are known here, for as long as a session lasts: so they are not read again and again.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::passage::Passage;
use crate::model::RequestId;

/// The batches that have settled behind others that have not.
#[derive(Default)]
pub(super) struct Settled(Mutex<HashMap<RequestId, Batches>>);

/// Those of one request in one round.
#[derive(Default)]
pub(super) struct Batches {
    round: u32,
    seqs: BTreeSet<u32>,
}

impl Settled {
    /// What is known of a request in the present round of its passage; nobody else has it then.
    pub(super) fn take(&self, passage: &Passage) -> Batches {
        let known = self.all().remove(&passage.id);
        let known = known.filter(|known| known.round == passage.round);
        known.unwrap_or(Batches { round: passage.round, seqs: BTreeSet::new() })
    }

    /// Keeps what is known of a request, if that is any more than its passage tells.
    pub(super) fn put(&self, id: RequestId, known: Batches) {
        if !known.seqs.is_empty() {
            self.all().insert(id, known);
        }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<RequestId, Batches>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Batches {
    /// Notes that a batch has settled, in the passage if all before it have.
    pub(super) fn settle(&mut self, seq: u32, passage: &mut Passage) {
        if seq >= passage.settled {
            self.seqs.insert(seq);
        }
        while self.seqs.remove(&passage.settled) {
            passage.settled += 1;
        }
    }

    /// The first batch from `at` on that is not known to have settled.
    pub(super) fn next_open(&self, at: u32) -> u32 {
        let run = self.seqs.range(at..).zip(at..).take_while(|(seq, next)| **seq == *next);
        run.last().map_or(at, |(_, last)| last + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::StoreId, sync::passage::Way};

    #[test]
    fn what_settles_behind_others_is_passed_over_until_those_have_settled() {
        let mut passage = Passage::new(RequestId::fresh(), StoreId::fresh(), Way::There);
        let settled = Settled::default();
        let mut known = settled.take(&passage);
        for seq in [0, 2, 3, 6] {
            known.settle(seq, &mut passage);
        }
        settled.put(passage.id, known);
        let mut known = settled.take(&passage);
        assert_eq!(passage.settled, 1);
        let open = [1, 2, 3, 4, 5, 6, 7].map(|at| known.next_open(at));
        assert_eq!(open, [1, 4, 4, 4, 5, 7, 7]);
        known.settle(1, &mut passage);
        assert_eq!(passage.settled, 4);
        settled.put(passage.id, known);
        passage.round += 1;
        assert_eq!(settled.take(&passage).next_open(6), 6, "in another round all may change");
    }
}
