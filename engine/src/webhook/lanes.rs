//! How many deliveries are tried at once: some in all, and a few to each host, so that one that
//! does not answer holds up no other.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use crate::model::QueueId;

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
    lanes: HashMap<String, usize>,
}

/// The right to work off one queue, until it is dropped.
pub(super) struct Place {
    lanes: Arc<Lanes>,
    queue: QueueId,
    lane: String,
}

impl Lanes {
    /// Lanes with room for `at_once` in all; a count of nothing is taken as 1.
    pub(super) fn new(at_once: usize, per_lane: usize, bell: Arc<Notify>) -> Self {
        let (at_once, per_lane) = (at_once.max(1), per_lane.max(1));
        Lanes { at_once, per_lane, busy: Mutex::default(), bell }
    }

    /// Whether any queue can be taken in hand.
    pub(super) fn has_room(&self) -> bool {
        self.busy().queues.len() < self.at_once
    }

    /// Takes a queue in hand, if there is room and it is not in hand already.
    pub(super) fn enter(self: &Arc<Self>, queue: QueueId, lane: &str) -> Option<Place> {
        let mut busy = self.busy();
        let in_lane = busy.lanes.get(lane).copied().unwrap_or(0);
        let is_full = busy.queues.len() >= self.at_once || in_lane >= self.per_lane;
        if is_full || !busy.queues.insert(queue) {
            return None;
        }
        busy.lanes.insert(lane.to_owned(), in_lane + 1);
        Some(Place { lanes: Arc::clone(self), queue, lane: lane.to_owned() })
    }

    fn busy(&self) -> MutexGuard<'_, Busy> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut busy = self.lanes.busy();
        busy.queues.remove(&self.queue);
        if let Some(count) = busy.lanes.get_mut(&self.lane) {
            *count -= 1;
            if *count == 0 {
                busy.lanes.remove(&self.lane);
            }
        }
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

    #[test]
    fn a_lane_that_is_full_leaves_room_for_others() {
        let lanes = Arc::new(Lanes::new(3, 2, Arc::default()));
        let held: Vec<Place> = (0..2).filter_map(|_| lanes.enter(queue(), "slow")).collect();
        assert_eq!(held.len(), 2);
        assert!(lanes.enter(queue(), "slow").is_none());
        let other = lanes.enter(queue(), "quick");
        assert!(other.is_some() && !lanes.has_room());
        assert!(lanes.enter(queue(), "third").is_none(), "three in all");
        drop(held);
        assert!(lanes.has_room() && lanes.enter(queue(), "slow").is_some());
    }

    #[test]
    fn a_queue_is_in_hand_once() {
        let lanes = Arc::new(Lanes::new(8, 8, Arc::default()));
        let queue = queue();
        let place = lanes.enter(queue, "lane");
        assert!(place.is_some() && lanes.enter(queue, "lane").is_none());
        drop(place);
        assert!(lanes.enter(queue, "lane").is_some());
    }
}
