//! How many deliveries are tried at once, so that a receiver that does not answer holds up no
//! other.
//!
//! 1. There is room for so many in all, and in each [`Lane`] for a few.
//! 2. A receiver that is not known to answer has one try under way at a time, be it that it is new
//!    or that its last try failed.
//! 3. Those that are not known to answer have three quarters of the room, and half of a lane: what
//!    is left is for those that do.
//! 4. Those whose last try failed have one quarter, so that there is room for new ones; and those
//!    whose last try went unanswered have another to themselves, so that whoever answers with an
//!    error does not wait for those that do not answer at all. Both stand in a [`Line`]: owners take
//!    turns, and so do the receivers of each. No owner has more than half of their places.
//! 5. A try that has gone unanswered for a moment gives its room back: so receivers that all fall
//!    silent together hold up others no longer than that moment. There may be as many such tries as
//!    there is room for others, in all and in each lane, half of them for one owner; with more, a
//!    try keeps its room.
//!
//! So never more than twice the room is under way, in all or in a lane.
//!
//! What is known of a receiver is what this process has seen of it, and what its document says.

mod count;
mod line;

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use count::{Count, Footing, Standing};
use line::Line;
use tokio::sync::Notify;

use crate::model::{Lane, QueueId};

/// Of how many receivers it is remembered how they are getting on.
const REMEMBERED: usize = 10_000;

/// The queues that this process works off at the moment.
pub(super) struct Lanes {
    at_once: usize,
    per_lane: usize,
    busy: Mutex<Busy>,
    /// Rung when there is room again.
    bell: Arc<Notify>,
}

#[derive(Default)]
struct Busy {
    queues: HashSet<QueueId>,
    lanes: HashMap<String, Count>,
    owners: HashMap<String, Count>,
    all: Count,
    /// The receivers with a try under way.
    receivers: HashMap<String, usize>,
    known: HashMap<String, Standing>,
    /// Those whose last try did not get through and who wait for a place.
    line: Line,
}

/// The right to work off one queue, until it is dropped.
pub(super) struct Place {
    lanes: Arc<Lanes>,
    queue: QueueId,
    lane: Lane,
    footing: Footing,
    /// Whether its try has gone unanswered for a moment.
    is_slow: bool,
}

impl Lanes {
    /// Lanes with room for `at_once` in all; a count of nothing is taken as 1.
    pub(super) fn new(at_once: usize, per_lane: usize, bell: Arc<Notify>) -> Self {
        let (at_once, per_lane) = (at_once.max(1), per_lane.max(1));
        Lanes { at_once, per_lane, busy: Mutex::default(), bell }
    }

    /// Whether any queue can be taken in hand.
    pub(super) fn has_room(&self) -> bool {
        self.busy().all.total < self.at_once
    }

    /// Takes a queue in hand, if there is room and it is not in hand already. One whose receiver
    /// failed joins the line instead: see [`call`](Self::call).
    pub(super) fn enter(self: &Arc<Self>, queue: QueueId, lane: Lane) -> Option<Place> {
        let mut busy = self.busy();
        let standing = busy.standing(&lane);
        if standing.has_failed() {
            busy.line.join(queue, lane);
            return None;
        }
        let is_free = !busy.queues.contains(&queue) && self.has_room_for(&busy, &lane, standing);
        is_free.then(|| self.take(&mut busy, queue, lane, standing))
    }

    /// Takes the next in line in hand, if there is room for any.
    pub(super) fn call(self: &Arc<Self>) -> Option<Place> {
        let mut busy = self.busy();
        let mut line = std::mem::take(&mut busy.line);
        let may = |queue, lane: &Lane| {
            !busy.queues.contains(&queue) && self.has_room_for(&busy, lane, busy.standing(lane))
        };
        let under_way = |lane: &Lane| {
            let count = busy.owners.get(&lane.owner).copied().unwrap_or_default();
            count.failing + count.silent
        };
        let next = line.next(may, under_way);
        busy.line = line;
        let (queue, lane) = next?;
        let standing = busy.standing(&lane);
        Some(self.take(&mut busy, queue, lane, standing))
    }

    fn take(
        self: &Arc<Self>,
        busy: &mut Busy,
        queue: QueueId,
        lane: Lane,
        standing: Standing,
    ) -> Place {
        let footing = Footing::Room(standing);
        busy.queues.insert(queue);
        busy.raise(&lane, footing);
        Place { lanes: Arc::clone(self), queue, lane, footing, is_slow: false }
    }

    fn has_room_for(&self, busy: &Busy, lane: &Lane, standing: Standing) -> bool {
        let (all, here, own) = busy.counts(lane);
        let is_tried = busy.receivers.contains_key(&lane.receiver);
        let places = share(self.at_once, 1);
        let has_share = match standing {
            Standing::Good => true,
            Standing::New => all.doubtful < share(self.at_once, 3),
            Standing::Failing => all.failing < places && own.failing < half(places),
            Standing::Silent => all.silent < places && own.silent < half(places),
        };
        let has_doubtful_share = here.doubtful < half(self.per_lane) && !is_tried;
        all.total < self.at_once
            && here.total < self.per_lane
            && has_share
            && (!standing.is_doubtful() || has_doubtful_share)
    }

    /// Whether one more try may go unanswered without taking room.
    fn has_room_for_slow(&self, busy: &Busy, lane: &Lane) -> bool {
        let (all, here, own) = busy.counts(lane);
        all.slow < self.at_once && here.slow < self.per_lane && own.slow < half(self.at_once)
    }

    fn busy(&self) -> MutexGuard<'_, Busy> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// So many quarters of the room.
fn share(of: usize, quarters: usize) -> usize {
    (of * quarters / 4).max(1)
}

fn half(of: usize) -> usize {
    of.div_ceil(2)
}

impl Busy {
    fn standing(&self, lane: &Lane) -> Standing {
        self.known.get(&lane.receiver).copied().unwrap_or_default()
    }

    /// What is in hand in all, in a lane, and of its owner.
    fn counts(&self, lane: &Lane) -> (Count, Count, Count) {
        let of = |counts: &HashMap<String, Count>, key| counts.get(key).copied();
        let here = of(&self.lanes, &lane.host).unwrap_or_default();
        (self.all, here, of(&self.owners, &lane.owner).unwrap_or_default())
    }

    fn raise(&mut self, lane: &Lane, footing: Footing) {
        self.all.raise(footing);
        self.lanes.entry(lane.host.clone()).or_default().raise(footing);
        self.owners.entry(lane.owner.clone()).or_default().raise(footing);
        *self.receivers.entry(lane.receiver.clone()).or_default() += 1;
    }

    fn lower(&mut self, lane: &Lane, footing: Footing) {
        self.all.lower(footing);
        for (counts, key) in [(&mut self.lanes, &lane.host), (&mut self.owners, &lane.owner)] {
            if let Some(count) = counts.get_mut(key) {
                count.lower(footing);
                if count.is_empty() {
                    counts.remove(key);
                }
            }
        }
        if let Some(count) = self.receivers.get_mut(&lane.receiver) {
            *count -= 1;
            if *count == 0 {
                self.receivers.remove(&lane.receiver);
            }
        }
    }

    /// Remembers how a receiver is getting on; gives how it was.
    fn note(&mut self, receiver: &str, standing: Standing) -> Option<Standing> {
        if self.known.len() >= REMEMBERED && !self.known.contains_key(receiver) {
            self.known.clear();
        }
        self.known.insert(receiver.to_owned(), standing)
    }
}

impl Place {
    /// The queue that is in hand.
    pub(super) fn queue(&self) -> QueueId {
        self.queue
    }

    /// Remembers what came of a try.
    pub(super) fn note(&mut self, is_success: bool) {
        let is_slow = std::mem::take(&mut self.is_slow);
        let standing = match (is_success, is_slow) {
            (true, _) => Standing::Good,
            (false, false) => Standing::Failing,
            (false, true) => Standing::Silent,
        };
        let before = self.lanes.busy().note(&self.lane.receiver, standing);
        if is_success && before != Some(Standing::Good) {
            // There is room for more of its queues from now on.
            self.lanes.bell.notify_one();
        }
    }

    /// Remembers that the receiver's document says that its last try failed, if nothing was known
    /// of it; `false` where the queue has to be left for now, as there is no room for such.
    pub(super) fn stays_as_failing(&mut self) -> bool {
        if self.footing != Footing::Room(Standing::New) {
            return true;
        }
        let mut busy = self.lanes.busy();
        busy.note(&self.lane.receiver, Standing::Failing);
        busy.lower(&self.lane, self.footing);
        let has_room = self.lanes.has_room_for(&busy, &self.lane, Standing::Failing);
        if has_room {
            self.footing = Footing::Room(Standing::Failing);
        }
        busy.raise(&self.lane, self.footing);
        has_room
    }

    /// Gives the room back that a try takes which goes unanswered, unless too many have.
    pub(super) fn slow_down(&mut self) {
        self.is_slow = true;
        let mut busy = self.lanes.busy();
        busy.note(&self.lane.receiver, Standing::Silent);
        if !self.lanes.has_room_for_slow(&busy, &self.lane) {
            return;
        }
        busy.lower(&self.lane, self.footing);
        self.footing = Footing::Slow;
        busy.raise(&self.lane, self.footing);
        drop(busy);
        self.lanes.bell.notify_one();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut busy = self.lanes.busy();
        busy.queues.remove(&self.queue);
        busy.lower(&self.lane, self.footing);
        drop(busy);
        self.lanes.bell.notify_one();
    }
}

#[cfg(test)]
mod tests;
