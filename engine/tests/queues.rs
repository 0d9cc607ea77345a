//! Random moves on a queue of deliveries: whatever fails, the receiver hears of things in order.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use pixmill_engine::model::{
    DeadBecause, Delivery, DeliveryState, DisabledBecause, EndpointId, EventType, Fate, Lane,
    MessageId, Queue, QueueId, RequestId, Timestamp, Token, Try, TryOutcome, WorkerId,
};
use pixmill_engine::webhook::Schedule;
use proptest::prelude::*;

const LEASE: Duration = Duration::from_millis(10);
const MOST_TRIES: u32 = 4;

#[derive(Clone, Debug)]
enum Step {
    /// Some process puts in all notices that it knows of, also those that are in it already.
    Notice {
        again: u64,
    },
    /// A process leases the queue and sends.
    Send {
        worker: usize,
        is_accepted: bool,
    },
    /// A process that has sent writes down what came of it; if it never does, it has crashed.
    Record {
        worker: usize,
    },
    /// The only process starts anew, and knows that all others are gone.
    Restart {
        worker: usize,
    },
    Wait {
        millis: i64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let worker = 0..3_usize;
    prop_oneof![
        2 => (0..4_u64).prop_map(|again| Step::Notice { again }),
        6 => (worker.clone(), any::<bool>())
            .prop_map(|(worker, is_accepted)| Step::Send { worker, is_accepted }),
        5 => worker.clone().prop_map(|worker| Step::Record { worker }),
        1 => worker.prop_map(|worker| Step::Restart { worker }),
        3 => (0..15_i64).prop_map(|millis| Step::Wait { millis }),
    ]
}

fn empty() -> Queue {
    let id = QueueId { endpoint: EndpointId::fresh(), request: Some(RequestId::fresh()) };
    let lane = Lane::new(None, &"https://shop.example/".parse().unwrap());
    Queue::new(id, None, lane, Timestamp::EPOCH)
}

fn delivery(queue: &Queue, number: u64, now: Timestamp) -> Delivery {
    let message = MessageId::Notice { request: queue.id.request.unwrap(), number };
    Delivery::new(message, EventType::Processing, "{}".to_owned(), now)
}

fn number(message: MessageId) -> u64 {
    match message {
        MessageId::Notice { number, .. } => number,
        MessageId::Test(_) => panic!("nobody tests here"),
    }
}

fn outcome(status: u16, now: Timestamp) -> Try {
    let outcome = TryOutcome::Answered { status, excerpt: String::new() };
    Try { at: now, latency_ms: 1, outcome }
}

/// What a process has sent and not yet written down.
#[derive(Clone, Copy)]
struct Sent {
    token: Token,
    message: MessageId,
    is_accepted: bool,
    failed: u32,
}

proptest! {
    #[test]
    fn a_receiver_hears_of_everything_in_order_whatever_fails(
        steps in prop::collection::vec(step(), 0..120)
    ) {
        let mut queue = empty();
        let workers: Vec<WorkerId> = (0..3).map(|_| WorkerId::fresh()).collect();
        let mut sent: [Option<Sent>; 3] = [None; 3];
        let (mut now, mut notices) = (0, 0);
        // The numbers of the messages in the order in which they were sent and accepted.
        let mut heard: Vec<u64> = Vec::new();
        let finish = std::iter::repeat_n([
            Step::Wait { millis: 20 },
            Step::Send { worker: 0, is_accepted: true },
            Step::Record { worker: 0 },
        ], 130).flatten();
        for step in steps.into_iter().chain(finish) {
            let time = Timestamp::from_millis(now);
            let before = queue.clone();
            match step {
                Step::Wait { millis } => now += millis,
                Step::Notice { again } => {
                    let from = notices - again.min(notices);
                    notices += 1;
                    for number in from..notices {
                        let delivery = delivery(&queue, number, time);
                        queue.append(number, delivery);
                    }
                }
                Step::Restart { worker } => {
                    queue.void_lease_of_others(workers[worker]);
                    (0..3).filter(|other| *other != worker).for_each(|other| sent[other] = None);
                }
                Step::Send { worker, is_accepted } => {
                    let is_leased = before.lease.is_some_and(|lease| lease.until > time);
                    let Some(token) = queue.claim(workers[worker], time, LEASE) else { continue };
                    prop_assert!(!is_leased, "somebody else is sending");
                    let first = queue.first_waiting().unwrap();
                    let (message, failed) = (first.message, first.failed());
                    for earlier in &queue.deliveries {
                        if number(earlier.message) < number(message) {
                            prop_assert!(earlier.due().is_none(), "{} overtakes", message);
                        }
                    }
                    if is_accepted {
                        heard.push(number(message));
                    }
                    sent[worker] = Some(Sent { token, message, is_accepted, failed });
                }
                Step::Record { worker } => {
                    let Some(Sent { token, message, is_accepted, failed }) = sent[worker].take()
                    else { continue };
                    let fate = match (is_accepted, failed + 1 < MOST_TRIES) {
                        (true, _) => Fate::Delivered,
                        (false, true) => Fate::Again(time.after(Duration::from_millis(5))),
                        (false, false) => Fate::Dead(DeadBecause::TriesUsedUp),
                    };
                    let status = if is_accepted { 200 } else { 500 };
                    let tried = outcome(status, time);
                    let is_held = before.lease.is_some() && before.token == token;
                    let recorded = queue.record(token, message, tried, fate, time);
                    prop_assert_eq!(recorded.is_ok(), is_held);
                    if !is_held {
                        prop_assert_eq!(&queue, &before, "who has lost the lease changes nothing");
                    }
                }
            }
        }
        let mut first_time = heard.clone();
        let mut seen = std::collections::BTreeSet::new();
        first_time.retain(|number| seen.insert(*number));
        prop_assert!(first_time.is_sorted(), "{:?}", heard);
        // A message that was accepted may come again, but never after a later one.
        prop_assert!(heard.is_sorted(), "{:?}", heard);
        prop_assert!(queue.first_waiting().is_none());
        for delivery in &queue.deliveries {
            let is_heard = seen.contains(&number(delivery.message));
            let is_delivered = matches!(delivery.state, DeliveryState::Delivered { .. });
            prop_assert!(is_heard || !is_delivered, "{} was never sent", delivery.message);
        }
        prop_assert_eq!(queue.next, notices);
    }
}

#[test]
fn a_queue_does_not_grow_without_end() {
    let mut queue = empty();
    let worker = WorkerId::fresh();
    for number in 0..10_000 {
        let now = Timestamp::from_millis(number as i64);
        let mut delivery = delivery(&queue, number, now);
        delivery.body = "x".repeat(1_000);
        queue.append(number, delivery);
        if number % 3 == 0 {
            let token = queue.claim(worker, now, LEASE).unwrap();
            let message = queue.first_waiting().unwrap().message;
            let mut tried = outcome(500, now);
            let excerpt = "y".repeat(1_024);
            tried.outcome = TryOutcome::Answered { status: 500, excerpt };
            queue.record(token, message, tried, Fate::Again(now), now).unwrap();
        }
    }
    let bytes = bson::serialize_to_vec(&queue).unwrap().len();
    assert!(bytes < 1 << 20, "{bytes} bytes");
    let waiting = queue.deliveries.iter().filter(|delivery| delivery.due().is_some());
    let numbers: Vec<u64> = waiting.map(|delivery| number(delivery.message)).collect();
    assert_eq!(numbers.len(), 256);
    assert_eq!((numbers[0], numbers[255]), (0, 9_999), "the first may be on its way");
}

#[test]
fn every_try_of_the_longest_schedule_is_kept_and_the_document_stays_small() {
    let mut queue = empty();
    let worker = WorkerId::fresh();
    let mut now = Timestamp::EPOCH;
    let mut fail = |queue: &mut Queue, fate| {
        now = now.after(Duration::from_millis(1));
        let token = queue.claim(worker, now, LEASE).unwrap();
        let message = queue.first_waiting().unwrap().message;
        let excerpt = "y".repeat(1_024);
        let mut tried = outcome(500, now);
        tried.outcome = TryOutcome::Answered { status: 500, excerpt };
        queue.record(token, message, tried, fate, now).unwrap();
    };
    for number in 0..40 {
        let mut delivery = delivery(&queue, number, Timestamp::EPOCH);
        delivery.body = "x".repeat(1_000);
        queue.append(number, delivery);
        for _ in 0..Schedule::MOST_WAITS {
            fail(&mut queue, Fate::Again(Timestamp::EPOCH));
        }
        fail(&mut queue, Fate::Dead(DeadBecause::TriesUsedUp));
        let last = queue.deliveries.last().unwrap();
        assert_eq!((last.tried, last.tries.len()), (301, 301));
        let bytes = bson::serialize_to_vec(&queue).unwrap().len();
        assert!(bytes < 4 << 20, "{bytes} bytes");
    }
    let last = delivery(&queue, 40, Timestamp::EPOCH);
    queue.append(40, last);
    (0..199).for_each(|_| fail(&mut queue, Fate::Again(Timestamp::EPOCH)));
    fail(&mut queue, Fate::Dead(DeadBecause::TriesUsedUp));
    assert_eq!(queue.deliveries.len(), 7);
    // Even where all of them wait and none can be forgotten.
    for message in queue.deliveries.iter().map(|delivery| delivery.message).collect::<Vec<_>>() {
        queue.redeliver(message, Timestamp::EPOCH);
    }
    for _ in 0..400 {
        fail(&mut queue, Fate::Again(Timestamp::EPOCH));
    }
    let tries: usize = queue.deliveries.iter().map(|delivery| delivery.tries.len()).sum();
    assert_eq!(tries, 2_048);
}

#[test]
fn a_request_that_is_tried_again_a_hundred_times_loses_no_delivery() {
    let mut queue = empty();
    let worker = WorkerId::fresh();
    for number in 0..203 {
        let now = Timestamp::from_millis(number as i64);
        let delivery = delivery(&queue, number, now);
        queue.append(number, delivery);
        let token = queue.claim(worker, now, LEASE).unwrap();
        let message = queue.first_waiting().unwrap().message;
        queue.record(token, message, outcome(200, now), Fate::Delivered, now).unwrap();
    }
    assert_eq!(queue.deliveries.len(), 203);
}

#[test]
fn a_delivery_that_is_sent_again_by_hand_has_all_its_tries_before_it() {
    let mut queue = empty();
    let (worker, now) = (WorkerId::fresh(), Timestamp::EPOCH);
    let first = delivery(&queue, 0, now);
    let message = first.message;
    queue.append(0, first);
    let token = queue.claim(worker, now, LEASE).unwrap();
    let dead = Fate::Dead(DeadBecause::TriesUsedUp);
    queue.record(token, message, outcome(500, now), dead, now).unwrap();
    assert_eq!(queue.due(), None);
    assert!(queue.redeliver(message, now));
    let again = queue.first_waiting().unwrap();
    assert_eq!((again.message, again.failed(), again.tried), (message, 0, 1));
    let unknown = MessageId::Notice { request: queue.id.request.unwrap(), number: 7 };
    assert!(!queue.redeliver(unknown, now));
}

#[test]
fn a_closed_queue_has_nothing_that_waits() {
    let mut queue = empty();
    let now = Timestamp::EPOCH;
    let first = delivery(&queue, 0, now);
    queue.append(0, first);
    assert!(!queue.close());
    queue.give_up(DeadBecause::Disabled(DisabledBecause::Asked), now);
    assert!(queue.close() && queue.is_closed);
}

#[test]
fn the_names_of_queues_and_messages_are_read_as_they_are_written() {
    let endpoint = EndpointId::fresh();
    for request in [None, Some(RequestId::fresh())] {
        let id = QueueId { endpoint, request };
        assert_eq!(id.to_string().parse(), Ok(id));
    }
    let message = MessageId::Notice { request: RequestId::fresh(), number: 12 };
    assert_eq!(message.to_string().parse(), Ok(message));
    for text in ["", "msg_", "msg_x_1", "12", &format!("{message} "), &format!("{message}_1")] {
        assert!(text.parse::<MessageId>().is_err(), "{text}");
    }
}
