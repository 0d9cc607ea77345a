//! Who waits for a place among those whose last try failed, and whose turn it is.

use std::collections::{HashMap, hash_map::Entry};

use crate::model::{Lane, QueueId};

/// How many receivers may wait; those that find no place in the line come again.
const LONGEST: usize = 10_000;
/// Of how many owners and receivers it is remembered when they had their turn.
const REMEMBERED: usize = 20_000;

/// Who waits, one queue of each receiver.
#[derive(Default)]
pub(super) struct Line {
    waiting: HashMap<String, (QueueId, Lane)>,
    /// The turn that an owner or a receiver had last.
    served: HashMap<String, u64>,
    turns: u64,
}

impl Line {
    /// Has a queue wait, unless another one of its receiver does.
    pub(super) fn join(&mut self, queue: QueueId, lane: Lane) {
        let is_full = self.waiting.len() >= LONGEST;
        if let Entry::Vacant(vacant) = self.waiting.entry(lane.receiver.clone())
            && !is_full
        {
            vacant.insert((queue, lane));
        }
    }

    /// Takes out whoever is next of those that `may` go: owners with fewer tries under way, told by
    /// `under_way`, come first, then those who have had no turn for longer, and so do the receivers
    /// of one owner.
    pub(super) fn next(
        &mut self,
        may: impl Fn(QueueId, &Lane) -> bool,
        under_way: impl Fn(&Lane) -> usize,
    ) -> Option<(QueueId, Lane)> {
        let last = |of: &String| self.served.get(of).copied();
        let ready = self.waiting.values().filter(|(queue, lane)| may(*queue, lane));
        let next = ready.min_by_key(|(_, lane)| {
            (under_way(lane), last(&lane.owner), last(&lane.receiver), lane.receiver.clone())
        });
        let receiver = next?.1.receiver.clone();
        let (queue, lane) = self.waiting.remove(&receiver)?;
        if self.served.len() >= REMEMBERED {
            self.served.clear();
        }
        self.turns += 1;
        self.served.insert(lane.owner.clone(), self.turns);
        self.served.insert(receiver, self.turns);
        Some((queue, lane))
    }
}
