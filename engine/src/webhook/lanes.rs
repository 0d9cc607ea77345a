//! How many deliveries are tried at once, so that a receiver that does not answer holds up no
//! other.
//!
//! 1. There is room for so many in all, and in each [`Lane`] for a few.
//! 2. A receiver that is not known to answer has one try under way at a time, be it that it is new
//!    or that its last try failed.
//! 3. Those that are not known to answer have three quarters of the room, and half of a lane: what
//!    is left is for those that do.
//! 4. Those whose last try failed have one quarter, so that there is room for new ones.
//!
//! 5. A try that has gone unanswered for a moment gives its room back and counts as failing: so
//!    receivers that all fall silent together hold up others no longer than that moment.
//!
//! What is known of a receiver is what this process has seen of it, and what its document says.

mod count;

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use count::{Count, Held, Standing};
use tokio::sync::Notify;

use crate::model::{Lane, QueueId};

/// How many tries that gave their room back may be under way, as a multiple of the room.
const SLOW_SHARE: usize = 3;
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
    all: Count,
    /// The receivers with a try under way.
    receivers: HashMap<String, usize>,
    known: HashMap<String, Standing>,
}

/// The right to work off one queue, until it is dropped.
pub(super) struct Place {
    lanes: Arc<Lanes>,
    queue: QueueId,
    lane: Lane,
    held: Held,
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

    /// Takes a queue in hand, if there is room and it is not in hand already.
    pub(super) fn enter(self: &Arc<Self>, queue: QueueId, lane: Lane) -> Option<Place> {
        let mut busy = self.busy();
        let standing = busy.known.get(&lane.receiver).copied().unwrap_or_default();
        if !self.has_room_for(&busy, &lane, standing) || !busy.queues.insert(queue) {
            return None;
        }
        let held = Held::Room(standing);
        busy.raise(&lane, held);
        Some(Place { lanes: Arc::clone(self), queue, lane, held })
    }

    fn has_room_for(&self, busy: &Busy, lane: &Lane, standing: Standing) -> bool {
        let (all, here) = (busy.all, busy.lanes.get(&lane.host).copied().unwrap_or_default());
        let is_tried = busy.receivers.contains_key(&lane.receiver);
        let share = |of: usize, part: usize| (of * part / 4).max(1);
        let has_share = match standing {
            Standing::Good => true,
            Standing::New => all.doubtful < share(self.at_once, 3),
            Standing::Failing => all.failing < share(self.at_once, 1),
        };
        let has_doubtful_share = here.doubtful < share(self.per_lane, 2) && !is_tried;
        all.total < self.at_once
            && here.total < self.per_lane
            && has_share
            && (!standing.is_doubtful() || has_doubtful_share)
    }

    fn busy(&self) -> MutexGuard<'_, Busy> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Busy {
    fn raise(&mut self, lane: &Lane, held: Held) {
        self.all.raise(held);
        self.lanes.entry(lane.host.clone()).or_default().raise(held);
        *self.receivers.entry(lane.receiver.clone()).or_default() += 1;
    }

    fn lower(&mut self, lane: &Lane, held: Held) {
        self.all.lower(held);
        if let Some(count) = self.lanes.get_mut(&lane.host) {
            count.lower(held);
            if count.is_empty() {
                self.lanes.remove(&lane.host);
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
    /// Remembers what came of a try.
    pub(super) fn note(&self, is_success: bool) {
        let standing = if is_success { Standing::Good } else { Standing::Failing };
        let before = self.lanes.busy().note(&self.lane.receiver, standing);
        if is_success && before != Some(Standing::Good) {
            // There is room for more of its queues from now on.
            self.lanes.bell.notify_one();
        }
    }

    /// Remembers that the receiver's document says that its last try failed, if nothing was known
    /// of it; `false` where the queue has to be left for now, as there is no room for such.
    pub(super) fn stays_as_failing(&mut self) -> bool {
        if self.held != Held::Room(Standing::New) {
            return true;
        }
        let mut busy = self.lanes.busy();
        busy.note(&self.lane.receiver, Standing::Failing);
        busy.lower(&self.lane, self.held);
        let has_room = self.lanes.has_room_for(&busy, &self.lane, Standing::Failing);
        if has_room {
            self.held = Held::Room(Standing::Failing);
        }
        busy.raise(&self.lane, self.held);
        has_room
    }

    /// Gives the room back that a try takes which goes unanswered, unless too many have.
    pub(super) fn slow_down(&mut self) {
        let mut busy = self.lanes.busy();
        busy.note(&self.lane.receiver, Standing::Failing);
        if busy.all.slow >= SLOW_SHARE * self.lanes.at_once {
            return;
        }
        busy.lower(&self.lane, self.held);
        self.held = Held::Slow;
        busy.raise(&self.lane, self.held);
        drop(busy);
        self.lanes.bell.notify_one();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut busy = self.lanes.busy();
        busy.queues.remove(&self.queue);
        busy.lower(&self.lane, self.held);
        drop(busy);
        self.lanes.bell.notify_one();
    }
}

#[cfg(test)]
mod tests;
