//! Batches are handed out once, and recorded once.

use std::time::Duration;

use super::{
    Fixture, LONG, assert_consistent, begin_with, claimed, created, done, failed, outcome, product,
    request, tally,
};
use crate::{
    model::{
        Again, Batch, BatchId, ImageState, Outcome, Product, Request, RequestId, Status, Timestamp,
    },
    store::{Claimed, Lasting, Requests, StoreError},
};

pub(in crate::store) async fn a_request_can_not_be_claimed_before_it_is_created(
    fixture: impl Fixture,
) {
    let store = Requests::new(fixture.store());
    let id = RequestId::fresh();
    let products = vec![product(0, [ImageState::Waiting])];
    begin_with(&store, vec![Batch::new(BatchId { request: id, seq: 0 }, products)]).await;
    assert_eq!(store.next_open(None).await.unwrap(), None);
    assert!(matches!(store.show(id).await, Err(StoreError::NotFound(_))));
    assert!(matches!(store.claim(id, LONG).await, Err(StoreError::NotFound(_))));
    store.create(&request(id, 1, 1), None).await.unwrap();
    assert_eq!(store.next_open(None).await.unwrap(), Some(id));
    claimed(&store, id, LONG).await;
}

pub(in crate::store) async fn batches_are_handed_out_in_order_once(fixture: impl Fixture) {
    let store = Requests::new(fixture.store());
    let id = created(&store, 3).await;
    assert_eq!(store.show(id).await.unwrap().status, Status::Received);
    for seq in 0..3 {
        assert_eq!(claimed(&store, id, LONG).await.1.id.seq, seq);
        assert_eq!(store.show(id).await.unwrap().status, Status::Processing);
    }
    assert_eq!(store.claim(id, LONG).await.unwrap(), Claimed::InHand);
    assert_consistent(&store).await;
}

pub(in crate::store) async fn a_claim_that_ran_out_is_taken_over_and_the_old_one_is_stale(
    fixture: impl Fixture,
) {
    let store = Requests::new(fixture.store());
    let id = created(&store, 1).await;
    let (old, _) = claimed(&store, id, Duration::ZERO).await;
    let (new, _) = claimed(&store, id, Duration::ZERO).await;
    assert!(new.token > old.token);
    for stale in [
        store.renew(old, LONG).await,
        store.record(old, &outcome(failed())).await,
        store.release(old).await,
    ] {
        assert!(matches!(stale, Err(StoreError::Stale(batch)) if batch == old.batch));
    }
    store.renew(new, LONG).await.unwrap();
    assert_eq!(store.claim(id, LONG).await.unwrap(), Claimed::InHand);
    store.record(new, &outcome(done("a.webp"))).await.unwrap();
    assert!(matches!(store.renew(new, LONG).await, Err(StoreError::Stale(_))));
    assert_eq!(store.claim(id, LONG).await.unwrap(), Claimed::Over);
    assert_eq!(tally(&store, id).await.done, 1);
}

pub(in crate::store) async fn a_claim_that_is_given_back_is_handed_out_at_once(
    fixture: impl Fixture,
) {
    let store = Requests::new(fixture.store());
    let id = created(&store, 1).await;
    let (first, _) = claimed(&store, id, LONG).await;
    store.release(first).await.unwrap();
    let (second, _) = claimed(&store, id, LONG).await;
    assert_eq!(second.batch, first.batch);
    assert!(second.token > first.token);
}

pub(in crate::store) async fn only_the_outcomes_of_waiting_images_are_written(
    fixture: impl Fixture,
) {
    let store = Requests::new(fixture.store());
    let id = RequestId::fresh();
    let products = vec![product(0, [ImageState::Waiting, ImageState::Waiting])];
    begin_with(&store, vec![Batch::new(BatchId { request: id, seq: 0 }, products)]).await;
    store.create(&request(id, 2, 1), None).await.unwrap();
    let (claim, _) = claimed(&store, id, LONG).await;
    store.record(claim, &outcome(done("first.webp"))).await.unwrap();
    store.record(claim, &outcome(failed())).await.unwrap();
    let nowhere = Outcome { product: 7, image: 7, state: failed() };
    store.record(claim, &[nowhere]).await.unwrap();
    let batch = store.batches(id, 0, 1).await.unwrap().remove(0);
    assert_eq!(batch.products[0].images[0].state, done("first.webp"));
    assert_eq!(batch.products[0].images[1].state, ImageState::Waiting);
    assert_consistent(&store).await;
}

pub(in crate::store) async fn many_workers_never_share_a_batch(fixture: impl Fixture) {
    let store = Requests::new(fixture.store());
    let id = created(&store, 40).await;
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let store = store.clone();
        workers.spawn(async move {
            let mut mine = Vec::new();
            while let Claimed::Batch(claim, batch) = store.claim(id, LONG).await.unwrap() {
                store.record(claim, &outcome(done("x.webp"))).await.unwrap();
                mine.push(batch.id.seq);
            }
            mine
        });
    }
    let mut all: Vec<u32> = workers.join_all().await.concat();
    all.sort();
    assert_eq!(all, (0..40).collect::<Vec<u32>>());
    assert_consistent(&store).await;
}

pub(in crate::store) async fn a_batch_of_any_size_comes_back_as_it_was(fixture: impl Fixture) {
    let store = Requests::new(fixture.store());
    for images in [1, 10, 100, 5_000] {
        let id = RequestId::fresh();
        let products: Vec<Product> =
            (0..images).map(|n| product(n, [ImageState::Waiting])).collect();
        let batch = Batch::new(BatchId { request: id, seq: 0 }, products);
        begin_with(&store, vec![batch.clone()]).await;
        store.create(&request(id, images as u64, 1), None).await.unwrap();
        assert_eq!(store.batches(id, 0, 1).await.unwrap(), [batch]);
        // The document grows with the outcomes and shrinks again when they are shorter.
        let (claim, _) = claimed(&store, id, LONG).await;
        let all = |name: &str| -> Vec<Outcome> {
            let outcome = |product| Outcome { product, image: 0, state: done(name) };
            (0..images).map(outcome).collect()
        };
        store.record(claim, &all(&"n".repeat(300))).await.unwrap();
        assert_eq!(tally(&store, id).await.done, images as u64);
        store.settle(id).await.unwrap().unwrap();
    }
    assert_consistent(&store).await;
}

pub(in crate::store) async fn a_batch_of_kept_images_is_never_handed_out(fixture: impl Fixture) {
    let store = Requests::new(fixture.store());
    let id = RequestId::fresh();
    let kept = ImageState::Kept { output: "https://shop.example/1.webp".to_owned() };
    let batch = |(seq, state)| {
        Batch::new(BatchId { request: id, seq }, vec![product(seq as usize, [state])])
    };
    let states = [kept.clone(), ImageState::Waiting, kept];
    begin_with(&store, (0..).zip(states).map(batch).collect()).await;
    store.create(&request(id, 3, 3), None).await.unwrap();
    let (claim, batch) = claimed(&store, id, LONG).await;
    assert_eq!(batch.id.seq, 1);
    store.record(claim, &outcome(done("x.webp"))).await.unwrap();
    assert_eq!(store.claim(id, LONG).await.unwrap(), Claimed::Over);
    let settled = store.settle(id).await.unwrap().unwrap();
    assert_eq!(settled.status, Status::Completed);
    assert_eq!(tally(&store, id).await.done, 3);
}

pub(in crate::store) async fn a_batch_that_is_free_is_found_behind_any_number_in_hand(
    fixture: impl Fixture,
) {
    const BATCHES: u32 = 150;
    let store = Requests::new(fixture.store());
    let id = created(&store, BATCHES).await;
    // The last claim has run out, as if its worker had ended.
    let mut claims = Vec::new();
    for seq in 0..BATCHES {
        let lease = if seq + 1 == BATCHES { Duration::ZERO } else { LONG };
        claims.push(claimed(&store, id, lease).await.0);
    }
    assert_eq!(claimed(&store, id, LONG).await.0.batch.seq, BATCHES - 1);
    assert_eq!(store.claim(id, LONG).await.unwrap(), Claimed::InHand);
    // One in the middle was given back.
    store.renew(claims[100], LONG).await.unwrap();
    store.release(claims[100]).await.unwrap();
    assert_eq!(claimed(&store, id, LONG).await.0.batch.seq, 100);
    assert_eq!(store.claim(id, LONG).await.unwrap(), Claimed::InHand);
}

pub(in crate::store) async fn what_is_left_of_any_round_is_found(fixture: impl Fixture) {
    const BATCHES: u32 = 80;
    let store = Requests::new(fixture.store());
    let id = created(&store, BATCHES).await;
    // The first round is given up with some done, some failed and some in hand.
    for seq in 0..BATCHES {
        let (claim, _) = claimed(&store, id, LONG).await;
        match seq % 4 {
            0 => store.record(claim, &outcome(done("x.webp"))).await.unwrap(),
            1 => store.record(claim, &outcome(failed())).await.unwrap(),
            2 => store.release(claim).await.unwrap(),
            _ => {}
        }
    }
    store.cancel(id).await.unwrap();
    store.retry(id, Again::All).await.unwrap();
    let mut found = Vec::new();
    for _ in 0..BATCHES / 2 {
        let (claim, batch) = claimed(&store, id, LONG).await;
        store.record(claim, &outcome(done("x.webp"))).await.unwrap();
        found.push(batch.id.seq);
    }
    found.sort();
    let expected: Vec<u32> = (0..BATCHES).filter(|seq| matches!(seq % 4, 1 | 2)).collect();
    assert_eq!(found, expected);
    assert_eq!(store.claim(id, LONG).await.unwrap(), Claimed::InHand);
    assert_eq!(store.settle(id).await.unwrap(), None);
}

pub(in crate::store) async fn open_requests_take_turns(fixture: impl Fixture) {
    let store = Requests::new(fixture.store());
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(created(&store, 1).await);
    }
    ids.sort();
    store.cancel(ids[1]).await.unwrap();
    // Nothing of it is in hand.
    store.settle(ids[1]).await.unwrap();
    assert_eq!(store.next_open(None).await.unwrap(), Some(ids[0]));
    assert_eq!(store.next_open(Some(ids[0])).await.unwrap(), Some(ids[2]));
    assert_eq!(store.next_open(Some(ids[1])).await.unwrap(), Some(ids[2]));
    assert_eq!(store.next_open(Some(ids[2])).await.unwrap(), Some(ids[0]));
}

pub(in crate::store) async fn a_batch_whose_claimant_ended_too_early_is_handed_out_again(
    fixture: impl Fixture,
) {
    let store = Requests::new(fixture.store());
    let id = created(&store, 3).await;
    // Whoever moved the cursor on ended before claiming the batch that it named.
    let advance = |request: &mut Request| Ok(request.advance(Timestamp::EPOCH));
    let documents = fixture.store();
    documents.change(&id.to_string(), Lasting::Now, advance).await.unwrap().unwrap();
    let mut seqs = Vec::new();
    for _ in 0..3 {
        let (claim, batch) = claimed(&store, id, LONG).await;
        seqs.push(batch.id.seq);
        store.record(claim, &outcome(done("x.webp"))).await.unwrap();
    }
    assert_eq!(seqs, [1, 2, 0]);
    assert_eq!(store.claim(id, LONG).await.unwrap(), Claimed::Over);
    store.settle(id).await.unwrap().unwrap();
}
