//! Whoever fails leaves room for the others.

use super::*;
use crate::model::EndpointId;

fn queue() -> QueueId {
    QueueId { endpoint: EndpointId::fresh(), request: None }
}

/// Of an owner of its own.
fn lane(host: &str, receiver: &str) -> Lane {
    lane_of(&format!("owner of {host}"), host, receiver)
}

fn lane_of(owner: &str, host: &str, receiver: &str) -> Lane {
    let (owner, host) = (owner.to_owned(), host.to_owned());
    Lane { receiver: format!("{owner} {host} {receiver}"), owner, host }
}

/// Takes a queue in hand, in line or not.
fn enter(lanes: &Arc<Lanes>, lane: Lane) -> Option<Place> {
    let queue = queue();
    lanes.enter(queue, lane).or_else(|| lanes.call())
}

fn lanes(at_once: usize, per_lane: usize) -> Arc<Lanes> {
    Arc::new(Lanes::new(at_once, per_lane, Arc::default()))
}

fn tried(lanes: &Arc<Lanes>, lane: &Lane, is_success: bool) {
    enter(lanes, lane.clone()).unwrap().note(is_success);
}

#[test]
fn a_lane_that_is_full_leaves_room_for_others() {
    let lanes = lanes(3, 2);
    let (slow, quick) = (lane("slow", "a"), lane("quick", "a"));
    tried(&lanes, &slow, true);
    let enter = |lane: &Lane| enter(&lanes, lane.clone());
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
    let enter = || enter(&lanes, lane.clone());
    let mut first = enter().unwrap();
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
    let enter = |n| enter(&lanes, host(n));
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
    let enter = |n| enter(&lanes, receiver(n));
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
    assert!(enter(&lanes, host(1)).is_none());
    drop(places);
    assert!(lanes.call().unwrap().stays_as_failing());
}

#[test]
fn those_that_fall_silent_give_their_room_back_and_no_other_of_them_begins() {
    let lanes = lanes(4, 2);
    let host = |n: usize| lane(&format!("host {n}"), "a");
    (0..40).for_each(|n| tried(&lanes, &host(n), true));
    let enter = |n| enter(&lanes, host(n));
    let fill = |n| -> Vec<Place> { [n, n, n + 1, n + 1].into_iter().filter_map(enter).collect() };
    let mut silent = fill(0);
    assert!(silent.len() == 4 && enter(39).is_none());
    silent.iter_mut().for_each(Place::slow_down);
    assert!(enter(0).is_none() && enter(39).is_some());
    let mut last = fill(2);
    last.iter_mut().for_each(Place::slow_down);
    assert!(last.len() == 4 && enter(39).is_none(), "there is an end to it");
    silent[0].note(true);
    drop((silent, last));
    assert!(enter(0).is_some() && enter(0).is_some(), "it was only slow");
}

#[test]
fn no_more_than_twice_the_room_is_under_way_in_all_and_in_a_lane() {
    let lanes = lanes(8, 4);
    let silent = |all: Vec<Lane>| -> Vec<Place> {
        all.iter().for_each(|lane| tried(&lanes, lane, true));
        let begun = all.into_iter().filter_map(|lane| {
            let mut place = enter(&lanes, lane)?;
            place.slow_down();
            Some(place)
        });
        begun.collect()
    };
    let of_one = (0..40).map(|n| lane_of("one", "host", &n.to_string())).collect();
    assert_eq!(silent(of_one).len(), 8);
    let of_all = (0..40).map(|n| lane(&format!("host {n}"), "a")).collect();
    assert_eq!(silent(of_all).len(), 16);
}

#[test]
fn owners_whose_receivers_failed_take_turns_and_so_do_their_receivers() {
    let lanes = lanes(8, 8);
    let of = |owner: &str, n: usize| lane_of(owner, &format!("host {n}"), "a");
    (0..20).for_each(|n| tried(&lanes, &of("dead", n), false));
    tried(&lanes, &of("victim", 0), false);
    let mut silent: Vec<Place> = (0..20).filter_map(|n| enter(&lanes, of("dead", n))).collect();
    assert_eq!(silent.len(), 1, "an owner has half of the places");
    let victim = enter(&lanes, of("victim", 0)).unwrap();
    assert_eq!(victim.lane.owner, "victim");
    drop(victim);
    // One that gave its room back leaves its place to the next receiver of its owner, and so on,
    // each once.
    silent.iter_mut().for_each(Place::slow_down);
    while let Some(mut next) = lanes.call() {
        next.slow_down();
        silent.push(next);
    }
    let receivers: HashSet<String> = silent.iter().map(|p| p.lane.receiver.clone()).collect();
    assert_eq!(
        (silent.len(), receivers.len()),
        (5, 5),
        "four of eight may be silent, and one more"
    );
    assert!(enter(&lanes, of("victim", 0)).is_some());
}
