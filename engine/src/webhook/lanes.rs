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

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

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

/// How a receiver is getting on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
enum Standing {
    /// Nothing is known of it.
    #[default]
    New,
    /// Its last try got through.
    Good,
    /// Its last try failed.
    Failing,
}

impl Standing {
    fn is_doubtful(self) -> bool {
        match self {
            Standing::New | Standing::Failing => true,
            Standing::Good => false,
        }
    }
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

/// How many are in hand.
#[derive(Clone, Copy, Default)]
struct Count {
    total: usize,
    /// Those that are not known to answer.
    doubtful: usize,
    /// Those whose last try failed, and those that gave their room back.
    failing: usize,
    /// Those that gave their room back: they are in no other count but the one of those that fail.
    slow: usize,
}

/// As what something is in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    /// It takes room, as a receiver of this standing.
    Room(Standing),
    /// It has given its room back.
    Slow,
}

impl Count {
    /// What one adds to each count.
    fn of(held: Held) -> Self {
        match held {
            Held::Slow => Count { failing: 1, slow: 1, ..Count::default() },
            Held::Room(standing) => Count {
                total: 1,
                doubtful: usize::from(standing.is_doubtful()),
                failing: usize::from(standing == Standing::Failing),
                slow: 0,
            },
        }
    }

    fn raise(&mut self, held: Held) {
        let Count { total, doubtful, failing, slow } = Count::of(held);
        self.total += total;
        self.doubtful += doubtful;
        self.failing += failing;
        self.slow += slow;
    }

    fn lower(&mut self, held: Held) {
        let Count { total, doubtful, failing, slow } = Count::of(held);
        self.total -= total;
        self.doubtful -= doubtful;
        self.failing -= failing;
        self.slow -= slow;
    }

    fn is_empty(self) -> bool {
        self.total + self.slow == 0
    }
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

    fn note(&mut self, receiver: &str, standing: Standing) {
        if self.known.len() >= REMEMBERED && !self.known.contains_key(receiver) {
            self.known.clear();
        }
        self.known.insert(receiver.to_owned(), standing);
    }
}

impl Place {
    /// Remembers what came of a try.
    pub(super) fn note(&self, is_success: bool) {
        let standing = if is_success { Standing::Good } else { Standing::Failing };
        self.lanes.busy().note(&self.lane.receiver, standing);
    }

    /// Remembers that the receiver's document says that its last try failed, if nothing was known
    /// of it; `false` where the queue has to be left for now, as there is no room for such.
    pub(super) fn is_failing(&mut self) -> bool {
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
mod tests {
    use super::*;
    use crate::model::EndpointId;

    fn queue() -> QueueId {
        QueueId { endpoint: EndpointId::fresh(), request: None }
    }

    fn lane(host: &str, receiver: &str) -> Lane {
        Lane { host: host.to_owned(), receiver: format!("{host} {receiver}") }
    }

    fn lanes(at_once: usize, per_lane: usize) -> Arc<Lanes> {
        Arc::new(Lanes::new(at_once, per_lane, Arc::default()))
    }

    fn tried(lanes: &Arc<Lanes>, lane: &Lane, is_success: bool) {
        lanes.enter(queue(), lane.clone()).unwrap().note(is_success);
    }

    #[test]
    fn a_lane_that_is_full_leaves_room_for_others() {
        let lanes = lanes(3, 2);
        let (slow, quick) = (lane("slow", "a"), lane("quick", "a"));
        tried(&lanes, &slow, true);
        let enter = |lane: &Lane| lanes.enter(queue(), lane.clone());
        let held: Vec<Place> = (0..2).filter_map(|_| enter(&slow)).collect();
        assert_eq!(held.len(), 2);
        assert!(enter(&slow).is_none());
        let other = enter(&quick);
        assert!(other.is_some() && !lanes.has_room());
        assert!(enter(&lane("third", "a")).is_none(), "three in all");
        drop(held);
        assert!(lanes.has_room() && enter(&slow).is_some());
    }

    #[test]
    fn a_queue_is_in_hand_once() {
        let lanes = lanes(8, 8);
        let (queue, lane) = (queue(), lane("host", "a"));
        tried(&lanes, &lane, true);
        let place = lanes.enter(queue, lane.clone());
        assert!(place.is_some() && lanes.enter(queue, lane.clone()).is_none());
        drop(place);
        assert!(lanes.enter(queue, lane).is_some());
    }

    #[test]
    fn a_receiver_that_is_not_known_to_answer_is_tried_once_at_a_time() {
        let lanes = lanes(8, 8);
        let lane = lane("host", "a");
        let enter = || lanes.enter(queue(), lane.clone());
        let first = enter().unwrap();
        assert!(enter().is_none());
        first.note(true);
        let second = enter();
        assert!(second.is_some() && enter().is_some(), "now it is");
        first.note(false);
        drop((first, second));
        let third = enter();
        assert!(third.is_some() && enter().is_none(), "and no longer");
    }

    #[test]
    fn those_that_fail_leave_three_quarters_and_those_that_may_leave_one() {
        let lanes = lanes(8, 2);
        let host = |n: usize| lane(&format!("host {n}"), "a");
        (0..20).for_each(|n| tried(&lanes, &host(n), false));
        (20..24).for_each(|n| tried(&lanes, &host(n), true));
        let enter = |n| lanes.enter(queue(), host(n));
        let failing: Vec<Place> = (0..20).filter_map(enter).collect();
        assert_eq!(failing.len(), 2);
        let new: Vec<Place> = (30..50).filter_map(enter).collect();
        assert_eq!(new.len(), 4);
        let good: Vec<Place> = (20..24).filter_map(enter).collect();
        assert_eq!(good.len(), 2);
        assert!(!lanes.has_room());
    }

    #[test]
    fn those_of_a_lane_that_fail_leave_half_of_it() {
        let lanes = lanes(100, 4);
        let receiver = |n: usize| lane("host", &n.to_string());
        tried(&lanes, &receiver(0), true);
        let enter = |n| lanes.enter(queue(), receiver(n));
        let doubtful: Vec<Place> = (1..9).filter_map(enter).collect();
        let good: Vec<Place> = (0..9).filter_map(|_| enter(0)).collect();
        assert_eq!((doubtful.len(), good.len()), (2, 2));
    }

    #[test]
    fn what_a_document_says_of_a_new_receiver_counts() {
        let lanes = lanes(4, 4);
        let host = |n: usize| lane(&format!("host {n}"), "a");
        let mut places: Vec<Place> =
            (0..2).map(|n| lanes.enter(queue(), host(n)).unwrap()).collect();
        assert!(places[0].is_failing());
        assert!(!places[1].is_failing(), "there is room for one");
        drop(places.remove(1));
        assert!(lanes.enter(queue(), host(1)).is_none());
        drop(places);
        assert!(lanes.enter(queue(), host(1)).unwrap().is_failing());
    }

    #[test]
    fn those_that_fall_silent_give_their_room_back_and_no_other_of_them_begins() {
        let lanes = lanes(4, 4);
        let host = |n: usize| lane(&format!("host {n}"), "a");
        (0..40).for_each(|n| tried(&lanes, &host(n), true));
        let enter = |n| lanes.enter(queue(), host(n));
        let mut silent = Vec::new();
        for n in 0..3 {
            let mut places: Vec<Place> = (0..9).filter_map(|_| enter(n)).collect();
            assert_eq!(places.len(), 4);
            assert!(enter(39).is_none());
            places.iter_mut().for_each(Place::slow_down);
            assert!(enter(n).is_none() && enter(39).is_some());
            silent.extend(places);
        }
        let mut last: Vec<Place> = (0..4).filter_map(|_| enter(3)).collect();
        last.iter_mut().for_each(Place::slow_down);
        assert!(enter(39).is_none(), "there is an end to it");
        silent[0].note(true);
        drop((silent, last));
        assert!(enter(0).is_some() && enter(0).is_some(), "it was only slow");
    }
}
