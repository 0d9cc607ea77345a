//! Requests are made, listed, ended, sent round again and deleted.

use std::{sync::Arc, time::Duration};

use super::{
    Fixture, LONG, Spy, assert_consistent, claimed, created, done, failed, link, outcome, request,
    tally, work_off,
};
use crate::{
    model::{Again, ImageState, Recipe, Request, RequestId, Status, Tally, TwinKey},
    store::{Claimed, Creation, IdempotencyKey, Kind, Lasting, Requests, StoreError},
};

pub(in crate::store) async fn what_was_created_is_there_after_a_restart(fixture: impl Fixture) {
    let store = Requests::new(fixture.store());
    let id = created(&store, 3).await;
    let (claim, _) = claimed(&store, id, LONG).await;
    store.record(claim, &outcome(done("0-mug-1.webp"))).await.unwrap();
    let before = (store.show(id).await.unwrap(), store.batches(id, 0, 9).await.unwrap());
    drop(store);
    let fixture = fixture.reopened().await;
    let store = Requests::new(fixture.store());
    let after = (store.show(id).await.unwrap(), store.batches(id, 0, 9).await.unwrap());
    assert_eq!(after, before);
    assert_consistent(&store).await;
    work_off(&store, id, |_| done("x.webp")).await;
    assert_eq!(store.settle(id).await.unwrap().unwrap().status, Status::Completed);
}

pub(in crate::store) async fn requests_are_listed_newest_first_a_page_at_a_time(
    fixture: impl Fixture,
) {
    let store = Requests::new(fixture.store());
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(created(&store, 1).await);
    }
    ids.sort();
    ids.reverse();
    let listed = |page: Vec<Request>| page.iter().map(|r| r.id).collect::<Vec<_>>();
    assert_eq!(listed(store.list(None, None, 3).await.unwrap()), ids[..3]);
    assert_eq!(listed(store.list(None, Some(ids[2]), 3).await.unwrap()), ids[3..]);
    assert_eq!(listed(store.list(None, Some(ids[4]), 3).await.unwrap()), []);
}

pub(in crate::store) async fn an_idempotency_key_makes_one_request(fixture: impl Fixture) {
    let store = Requests::new(fixture.store());
    let key = IdempotencyKey { owner: None, key: "k".repeat(5_000), fingerprint: "f1".to_owned() };
    let first = request(RequestId::fresh(), 0, 0);
    let second = request(RequestId::fresh(), 0, 0);
    assert_eq!(store.find_key(&key).await.unwrap(), None);
    store.begin(first.id).await.unwrap();
    store.begin(second.id).await.unwrap();
    assert_eq!(store.create(&first, Some(&key)).await.unwrap(), Creation::Created);
    let other = IdempotencyKey { fingerprint: "f2".to_owned(), ..key.clone() };
    match store.create(&second, Some(&other)).await.unwrap() {
        Creation::KeyInUse(key_use) => {
            assert_eq!((key_use.request, key_use.fingerprint.as_str()), (first.id, "f1"));
        }
        Creation::Created => panic!("one key made two requests"),
    }
    assert!(matches!(store.show(second.id).await, Err(StoreError::NotFound(_))));
    assert_eq!(store.find_key(&key).await.unwrap().unwrap().request, first.id);
    store.remove(first.id).await.unwrap();
    assert_eq!(store.find_key(&key).await.unwrap(), None);
}

pub(in crate::store) async fn a_request_is_settled_once_and_only_when_nothing_waits(
    fixture: impl Fixture,
) {
    let store = Requests::new(fixture.store());
    let id = created(&store, 2).await;
    assert_eq!(store.settle(id).await.unwrap(), None);
    let (first, _) = claimed(&store, id, LONG).await;
    let (second, _) = claimed(&store, id, LONG).await;
    store.record(first, &outcome(done("a.webp"))).await.unwrap();
    assert_eq!(store.settle(id).await.unwrap(), None);
    store.record(second, &outcome(failed())).await.unwrap();
    let settled = store.settle(id).await.unwrap().unwrap();
    let message = "1 of 2 images failed: 1x HTTP 404".to_owned();
    assert_eq!(settled.status, Status::Error { message });
    assert_eq!(store.settle(id).await.unwrap(), None);
    assert_eq!(store.show(id).await.unwrap(), settled);
    assert_eq!(store.next_open(None).await.unwrap(), None);
    assert_consistent(&store).await;
}

pub(in crate::store) async fn failed_images_are_sent_round_again_and_nothing_else(
    fixture: impl Fixture,
) {
    let store = Requests::new(fixture.store());
    let id = created(&store, 4).await;
    assert!(matches!(store.retry(id, Again::All).await, Err(StoreError::Illegal(_))));
    work_off(&store, id, |seq| if seq % 2 == 1 { failed() } else { done("x.webp") }).await;
    store.settle(id).await.unwrap().unwrap();
    assert_eq!(store.retry(id, Again::All).await.unwrap().status, Status::Processing);
    assert_eq!(store.next_open(None).await.unwrap(), Some(id));
    let mut again = Vec::new();
    for _ in 0..2 {
        let (claim, batch) = claimed(&store, id, LONG).await;
        again.push(batch.id.seq);
        assert_eq!(batch.products[0].images[0].state, ImageState::Waiting);
        store.record(claim, &outcome(done("again.webp"))).await.unwrap();
    }
    again.sort();
    assert_eq!(again, [1, 3]);
    assert_eq!(store.claim(id, LONG).await.unwrap(), Claimed::Over);
    assert_eq!(store.settle(id).await.unwrap().unwrap().status, Status::Completed);
    assert_consistent(&store).await;
}

pub(in crate::store) async fn a_cancelled_request_hands_nothing_out_and_goes_on_when_retried(
    fixture: impl Fixture,
) {
    let store = Requests::new(fixture.store());
    let id = created(&store, 3).await;
    let (claim, _) = claimed(&store, id, LONG).await;
    assert_eq!(store.cancel(id).await.unwrap().status, Status::Cancelled);
    assert_eq!(store.claim(id, LONG).await.unwrap(), Claimed::Over);
    assert!(matches!(store.cancel(id).await, Err(StoreError::Illegal(_))));
    assert_eq!(store.settle(id).await.unwrap(), None);
    store.release(claim).await.unwrap();
    store.retry(id, Again::All).await.unwrap();
    work_off(&store, id, |_| done("x.webp")).await;
    assert_eq!(store.settle(id).await.unwrap().unwrap().status, Status::Completed);
    assert_eq!(tally(&store, id).await.done, 3);
}

pub(in crate::store) async fn a_removed_request_leaves_nothing(fixture: impl Fixture) {
    let store = Requests::new(fixture.store());
    let id = created(&store, 30).await;
    let other = created(&store, 2).await;
    let (claim, _) = claimed(&store, id, LONG).await;
    store.remove(id).await.unwrap();
    assert!(matches!(store.show(id).await, Err(StoreError::NotFound(_))));
    let stale = store.record(claim, &outcome(done("x.webp"))).await;
    assert!(matches!(stale, Err(StoreError::Stale(_))));
    assert_eq!(store.batches(id, 0, 99).await.unwrap(), []);
    assert_eq!(
        fixture.store().tally(Kind::Batch, &id.to_string()).await.unwrap(),
        Tally::default()
    );
    store.remove(id).await.unwrap();
    assert_eq!(store.next_open(None).await.unwrap(), Some(other));
    assert_eq!(store.batches(other, 0, 99).await.unwrap().len(), 2);
    assert_consistent(&store).await;
}

pub(in crate::store) async fn what_became_of_a_request_that_has_ended_is_not_counted_again(
    fixture: impl Fixture,
) {
    let spy = Arc::new(Spy::on(fixture.store()));
    let store = Requests::new(spy.clone());
    let (good, bad) = (created(&store, 2).await, created(&store, 2).await);
    work_off(&store, good, |_| done("x.webp")).await;
    work_off(&store, bad, |seq| if seq == 0 { failed() } else { done("x.webp") }).await;
    for id in [good, bad] {
        store.settle(id).await.unwrap().unwrap();
    }
    spy.forget();
    for request in store.list(None, None, 9).await.unwrap() {
        let failed = if request.id == bad { 1 } else { 0 };
        let tally = store.tally(&request).await.unwrap();
        assert_eq!((tally.total, tally.done, tally.failed), (2, 2 - failed, failed));
    }
    assert_eq!(spy.calls(Kind::Batch), Vec::<&str>::new());
    store.retry(bad, Again::All).await.unwrap();
    work_off(&store, bad, |_| done("x.webp")).await;
    assert_eq!(tally(&store, bad).await.done, 2, "it is open again, and so it is counted");
    store.settle(bad).await.unwrap().unwrap();
    assert_eq!(tally(&store, bad).await.done, 2);
}

pub(in crate::store) async fn what_a_cancelled_request_had_in_hand_is_counted(
    fixture: impl Fixture,
) {
    let store = Requests::new(fixture.store());
    let id = created(&store, 2).await;
    let (claim, _) = claimed(&store, id, LONG).await;
    store.cancel(id).await.unwrap();
    store.record(claim, &outcome(done("x.webp"))).await.unwrap();
    assert_eq!(tally(&store, id).await.done, 1);
}

pub(in crate::store) async fn a_request_is_closed_once_all_is_told_and_then_stays_as_it_is(
    fixture: impl Fixture,
) {
    let kept = fixture.store();
    let store = Requests::new(kept.clone());
    let id = created(&store, 1).await;
    assert!(!store.close(id).await.unwrap(), "it is open");
    store.cancel(id).await.unwrap();
    assert!(!store.close(id).await.unwrap(), "nobody knows that it was cancelled");
    let pass_on = |request: &mut Request| {
        request.passed_on(u64::MAX);
        Ok(())
    };
    kept.change(&id.to_string(), Lasting::Now, pass_on).await.unwrap().unwrap();
    assert!(store.close(id).await.unwrap());
    let again = store.retry(id, Again::All).await;
    assert!(matches!(again, Err(StoreError::Illegal(_))), "{again:?}");
    store.remove(id).await.unwrap();
    assert!(matches!(store.close(id).await, Err(StoreError::NotFound(_))));
}

pub(in crate::store) async fn an_image_finds_its_twin(fixture: impl Fixture) {
    let store = Requests::new(fixture.store());
    let id = created(&store, 2).await;
    let twin = |n: usize| TwinKey::new(&link(n * 100), &Recipe::default());
    let request = store.show(id).await.unwrap();
    assert_eq!(store.find_twin(&request, twin(0)).await.unwrap(), None);
    let states = [(twin(0), done("a.webp")), (twin(1), failed())];
    store.keep_twins(&request, states.clone()).await.unwrap();
    store.keep_twins(&request, states).await.unwrap();
    assert_eq!(store.find_twin(&request, twin(0)).await.unwrap(), Some(done("a.webp")));
    assert_eq!(store.find_twin(&request, twin(1)).await.unwrap(), Some(failed()));
    let later = {
        let mut later = request;
        later.rounds.begin(Again::All);
        later
    };
    assert_eq!(store.find_twin(&later, twin(0)).await.unwrap(), Some(done("a.webp")));
    assert_eq!(store.find_twin(&later, twin(1)).await.unwrap(), None, "it is to be tried again");
    let other = created(&store, 1).await;
    let other = store.show(other).await.unwrap();
    assert_eq!(store.find_twin(&other, twin(0)).await.unwrap(), None);
    work_off(&store, id, |_| done("a.webp")).await;
    store.settle(id).await.unwrap().unwrap();
    assert_eq!(fixture.store().count(Kind::Twin).await.unwrap(), 0, "nobody needs them any more");
}

pub(in crate::store) async fn a_cancelled_request_comes_to_rest_with_its_last_claim(
    fixture: impl Fixture,
) {
    let spy = Arc::new(Spy::on(fixture.store()));
    let store = Requests::new(spy.clone());
    let id = created(&store, 4).await;
    let (first, _) = claimed(&store, id, LONG).await;
    let (second, _) = claimed(&store, id, LONG).await;
    let twin = TwinKey::new(&link(0), &Recipe::default());
    let states = [(twin, done("x.webp"))];
    store.keep_twins(&store.show(id).await.unwrap(), states).await.unwrap();
    store.cancel(id).await.unwrap();
    store.record(first, &outcome(done("x.webp"))).await.unwrap();
    assert_eq!(store.settle(id).await.unwrap(), None);
    assert_eq!(store.show(id).await.unwrap().final_tally(), None, "one is in hand");
    assert_eq!(store.next_open(None).await.unwrap(), Some(id), "somebody has to look again");
    store.release(second).await.unwrap();
    assert_eq!(store.settle(id).await.unwrap(), None, "its status is what it was");
    let over = store.show(id).await.unwrap();
    let final_tally = Tally { total: 4, done: 1, bytes_in: 100, bytes_out: 10, failed: 0 };
    assert_eq!(over.final_tally(), Some(final_tally));
    assert_eq!(store.next_open(None).await.unwrap(), None);
    assert_eq!(fixture.store().count(Kind::Twin).await.unwrap(), 0, "nobody needs them any more");
    spy.forget();
    assert_eq!(store.tally(&over).await.unwrap(), final_tally);
    assert_eq!(spy.calls(Kind::Batch), Vec::<&str>::new());
    assert_consistent(&store).await;
    store.retry(id, Again::All).await.unwrap();
    assert_eq!(store.next_open(None).await.unwrap(), Some(id));
    work_off(&store, id, |_| done("x.webp")).await;
    assert_eq!(tally(&store, id).await.done, 4, "it is open again, and so it is counted");
    assert_eq!(store.settle(id).await.unwrap().unwrap().status, Status::Completed);
}

pub(in crate::store) async fn a_claim_that_ran_out_keeps_no_cancelled_request_from_its_rest(
    fixture: impl Fixture,
) {
    let store = Requests::new(fixture.store());
    let id = created(&store, 3).await;
    let (late, _) = claimed(&store, id, Duration::ZERO).await;
    store.cancel(id).await.unwrap();
    store.retry(id, Again::All).await.unwrap();
    // It is of a later round, and so behind what waits of the earlier one.
    let (later, _) = claimed(&store, id, Duration::ZERO).await;
    store.cancel(id).await.unwrap();
    store.settle(id).await.unwrap();
    assert_eq!(store.show(id).await.unwrap().final_tally().map(|tally| tally.done), Some(0));
    for claim in [late, later] {
        let stale = store.record(claim, &outcome(done("x.webp"))).await;
        assert!(matches!(stale, Err(StoreError::Stale(_))), "what is over has changed");
    }
    assert_consistent(&store).await;
}

/// Where a store is for one process, whoever has claimed something before it was opened is gone.
pub(in crate::store) async fn what_the_dead_had_in_hand_keeps_no_cancelled_request_from_its_rest(
    fixture: impl Fixture,
) {
    let store = Requests::new(fixture.store());
    let id = created(&store, 2).await;
    claimed(&store, id, LONG).await;
    store.cancel(id).await.unwrap();
    drop(store);
    let fixture = fixture.reopened().await;
    let store = Requests::new(fixture.store());
    store.settle(id).await.unwrap();
    let is_over = store.show(id).await.unwrap().final_tally().is_some();
    assert_eq!(is_over, store.is_exclusive(), "elsewhere it may be worked on for ten minutes more");
}
