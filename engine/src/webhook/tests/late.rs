//! A process that is too slow neither sends nor writes anything.

use std::net::TcpListener;

use super::*;
use crate::model::ReceiverState;

/// Works off the queue of a request whose receiver takes calls and never answers, and does the deed
/// when the time is asked for after so many calls. Gives whether anything was sent, and the state
/// of the receiver and of the queue after it.
async fn worked_off(
    calls_before: usize,
    deed: impl FnOnce(QueueId) -> Deed,
) -> (bool, Endpoint, Queue) {
    let receiver = TcpListener::bind("127.0.0.1:0").unwrap();
    receiver.set_nonblocking(true).unwrap();
    let url = format!("http://{}/hook", receiver.local_addr().unwrap());
    let desk = Desk::open_to(&url, Terms::default()).await;
    let request = desk.request().await;
    desk.webhooks.pass_on(request.id).await.unwrap();

    let queue = desk.queue(&request).await.unwrap();
    let slow = desk.process(clockwork(&desk.store, calls_before, deed(queue.id)));
    let mut place = slow.0.lanes.enter(queue.id, queue.lane).unwrap();
    slow.0.work_off(queue.id, &mut place).await.unwrap();
    let endpoint = desk.store.load(&desk.endpoint.id.to_string()).await.unwrap().unwrap().value;
    (receiver.accept().is_ok(), endpoint, desk.queue(&request).await.unwrap())
}

#[tokio::test(start_paused = true)]
async fn what_was_leased_too_long_ago_is_not_sent() {
    for calls_before in [0, 1] {
        let (is_sent, _, queue) = worked_off(calls_before, |_| Deed::Dawdle).await;
        assert!(!is_sent, "the time took too long after {calls_before} calls");
        assert_eq!(queue.deliveries[0].tried, 0);
    }
    let (is_sent, endpoint, queue) = worked_off(2, |_| Deed::Dawdle).await;
    assert!(is_sent && endpoint.receiver.is_failing() && queue.deliveries[0].tried == 1);
}

#[tokio::test(start_paused = true)]
async fn who_has_lost_a_lease_writes_nothing_of_what_it_has_sent() {
    let (is_sent, endpoint, queue) = worked_off(2, Deed::TakeOver).await;
    assert!(is_sent);
    assert!(queue.lease.is_some() && queue.deliveries[0].tried == 0);
    assert_eq!(endpoint.receiver.state, ReceiverState::Enabled { failing: None });
}

#[tokio::test(start_paused = true)]
async fn what_an_address_did_wrong_is_not_held_against_the_next_one() {
    let (is_sent, endpoint, queue) = worked_off(2, |queue| Deed::Move(queue.endpoint)).await;
    assert!(is_sent && queue.deliveries[0].tried == 1 && queue.deliveries[0].due().is_some());
    assert_eq!(endpoint.receiver.state, ReceiverState::Enabled { failing: None });
}
