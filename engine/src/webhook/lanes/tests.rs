//! Whoever fails leaves room for the others.

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
    let mut places: Vec<Place> = (0..2).map(|n| lanes.enter(queue(), host(n)).unwrap()).collect();
    assert!(places[0].stays_as_failing());
    assert!(!places[1].stays_as_failing(), "there is room for one");
    drop(places.remove(1));
    assert!(lanes.enter(queue(), host(1)).is_none());
    drop(places);
    assert!(lanes.enter(queue(), host(1)).unwrap().stays_as_failing());
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
