//! What every store must do: one suite of tests for all of them.

use std::{sync::Arc, time::Duration};

use super::{Claimed, Creation, IdempotencyKey, Store, StoreError};
use crate::model::{
    Accepted, Batch, BatchId, Claim, Failure, FailureCode, Format, Image, ImageState, Link,
    Outcome, Product, Recipe, RecipeChange, Rendition, Request, RequestId, SheetFile, Status,
    Tally, TwinKey,
};

/// Where a store under test comes from.
#[async_trait::async_trait]
pub(super) trait Fixture: Sized + Send {
    /// An empty store.
    async fn fresh() -> Self;
    /// A handle on the store.
    fn store(&self) -> Arc<dyn Store>;
    /// The same store, closed and opened again.
    async fn reopened(self) -> Self;
}

/// Makes a test of each function of the suite for a fixture.
macro_rules! contract {
    ($fixture:ty: $($test:ident,)*) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            let fixture = <$fixture as crate::store::contract::Fixture>::fresh().await;
            crate::store::contract::$test(fixture).await;
        })*
    };
    ($fixture:ty) => {
        crate::store::contract::contract! { $fixture:
            what_was_created_is_there_after_a_restart,
            requests_are_listed_newest_first_a_page_at_a_time,
            a_request_can_not_be_claimed_before_it_is_created,
            an_idempotency_key_makes_one_request,
            batches_are_handed_out_in_order_once,
            a_claim_that_ran_out_is_taken_over_and_the_old_one_is_stale,
            a_claim_that_is_given_back_is_handed_out_at_once,
            only_the_outcomes_of_waiting_images_are_written,
            many_workers_never_share_a_batch,
            a_request_is_settled_once_and_only_when_nothing_waits,
            failed_images_are_sent_round_again_and_nothing_else,
            a_cancelled_request_hands_nothing_out_and_goes_on_when_retried,
            a_removed_request_leaves_nothing,
            an_image_finds_its_twin,
            open_requests_take_turns,
            a_batch_of_any_size_comes_back_as_it_was,
            a_batch_of_kept_images_is_never_handed_out,
        }
    };
}
pub(super) use contract;

const LONG: Duration = Duration::from_secs(600);

fn link(n: usize) -> Link {
    Link::Web(format!("https://shop.example/{n}.jpg").parse().unwrap())
}

fn product(n: usize, images: impl IntoIterator<Item = ImageState>) -> Product {
    let image = |(place, state)| Image { link: link(n * 100 + place), state };
    Product {
        line: n as u64 + 2,
        serial_number: n.to_string(),
        product_name: format!("Mug {n}"),
        images: images.into_iter().enumerate().map(image).collect(),
        recipe_change: RecipeChange::default(),
    }
}

fn done(name: &str) -> ImageState {
    ImageState::Done(Rendition {
        name: name.to_owned(),
        format: Format::Webp,
        width: 10,
        height: 10,
        bytes: 10,
        source_bytes: 100,
        source_width: 10,
        source_height: 10,
    })
}

fn failed() -> ImageState {
    ImageState::Failed(Failure {
        code: FailureCode::HttpStatus,
        message: "HTTP 404".to_owned(),
        reason: "HTTP 404".to_owned(),
        is_retryable: false,
    })
}

fn request(id: RequestId, images: u64, batches: u32) -> Request {
    let sheet = SheetFile { name: None, bytes: 1, hash: "00".to_owned() };
    let accepted = Accepted { recipe: Recipe::default(), sheet, products: images, images, batches };
    Request::new(id, accepted, crate::model::Timestamp::from_millis(1_000))
}

/// A request of batches with one product of one waiting image each.
async fn created(store: &dyn Store, batches: u32) -> RequestId {
    let id = RequestId::fresh();
    for seq in 0..batches {
        let products = vec![product(seq as usize, [ImageState::Waiting])];
        store.add(vec![Batch::new(BatchId { request: id, seq }, products)]).await.unwrap();
    }
    let request = request(id, u64::from(batches), batches);
    assert_eq!(store.create(&request, None).await.unwrap(), Creation::Created);
    id
}

async fn claimed(store: &dyn Store, id: RequestId, lease: Duration) -> (Claim, Batch) {
    match store.claim(id, lease).await.unwrap() {
        Claimed::Batch(claim, batch) => (claim, *batch),
        other @ (Claimed::InHand | Claimed::Over) => panic!("nothing to claim: {other:?}"),
    }
}

fn outcome(state: ImageState) -> Vec<Outcome> {
    vec![Outcome { product: 0, image: 0, state }]
}

/// Works on a request until there is nothing left to claim.
async fn work_off(store: &dyn Store, id: RequestId, state: impl Fn(u32) -> ImageState) {
    while let Claimed::Batch(claim, batch) = store.claim(id, LONG).await.unwrap() {
        store.record(claim, &outcome(state(batch.id.seq))).await.unwrap();
    }
}

/// Compares every index with what it was made from.
async fn assert_consistent(store: &dyn Store) {
    let mut open = Vec::new();
    for request in store.list(None, usize::MAX).await.unwrap() {
        let batches = store.batches(request.id, 0, usize::MAX).await.unwrap();
        assert_eq!(batches.len(), request.batches as usize, "batches of {}", request.id);
        let mut sum = Tally::default();
        batches.iter().for_each(|batch| sum.add(&batch.tally()));
        assert_eq!(store.tally(request.id).await.unwrap(), sum, "tally of {}", request.id);
        if request.status.is_open() {
            open.push(request.id);
        } else if request.status != Status::Cancelled {
            assert_eq!(sum.waiting(), 0, "{} has ended and something waits", request.id);
        }
    }
    open.sort();
    let mut listed = Vec::new();
    let mut next = store.next_open(None).await.unwrap();
    while let Some(id) = next.filter(|id| !listed.contains(id)) {
        listed.push(id);
        next = store.next_open(Some(id)).await.unwrap();
    }
    assert_eq!(listed, open, "the open requests");
}

pub(super) async fn what_was_created_is_there_after_a_restart(fixture: impl Fixture) {
    let store = fixture.store();
    let id = created(&*store, 3).await;
    let (claim, _) = claimed(&*store, id, LONG).await;
    store.record(claim, &outcome(done("0-mug-1.webp"))).await.unwrap();
    let before = (store.show(id).await.unwrap(), store.batches(id, 0, 9).await.unwrap());
    drop(store);
    let fixture = fixture.reopened().await;
    let store = fixture.store();
    let after = (store.show(id).await.unwrap(), store.batches(id, 0, 9).await.unwrap());
    assert_eq!(after, before);
    assert_consistent(&*store).await;
    work_off(&*store, id, |_| done("x.webp")).await;
    assert_eq!(store.settle(id).await.unwrap().unwrap().status, Status::Completed);
}

pub(super) async fn requests_are_listed_newest_first_a_page_at_a_time(fixture: impl Fixture) {
    let store = fixture.store();
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(created(&*store, 1).await);
    }
    ids.sort();
    ids.reverse();
    let listed = |page: Vec<Request>| page.iter().map(|r| r.id).collect::<Vec<_>>();
    assert_eq!(listed(store.list(None, 3).await.unwrap()), ids[..3]);
    assert_eq!(listed(store.list(Some(ids[2]), 3).await.unwrap()), ids[3..]);
    assert_eq!(listed(store.list(Some(ids[4]), 3).await.unwrap()), []);
}

pub(super) async fn a_request_can_not_be_claimed_before_it_is_created(fixture: impl Fixture) {
    let store = fixture.store();
    let id = RequestId::fresh();
    let products = vec![product(0, [ImageState::Waiting])];
    store.add(vec![Batch::new(BatchId { request: id, seq: 0 }, products)]).await.unwrap();
    assert_eq!(store.next_open(None).await.unwrap(), None);
    assert!(matches!(store.show(id).await, Err(StoreError::NotFound(_))));
    assert!(matches!(store.claim(id, LONG).await, Err(StoreError::NotFound(_))));
    store.create(&request(id, 1, 1), None).await.unwrap();
    assert_eq!(store.next_open(None).await.unwrap(), Some(id));
    claimed(&*store, id, LONG).await;
}

pub(super) async fn an_idempotency_key_makes_one_request(fixture: impl Fixture) {
    let store = fixture.store();
    let key = IdempotencyKey { key: "k".repeat(5_000), fingerprint: "f1".to_owned() };
    let first = request(RequestId::fresh(), 0, 0);
    let second = request(RequestId::fresh(), 0, 0);
    assert_eq!(store.find_key(&key).await.unwrap(), None);
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

pub(super) async fn batches_are_handed_out_in_order_once(fixture: impl Fixture) {
    let store = fixture.store();
    let id = created(&*store, 3).await;
    assert_eq!(store.show(id).await.unwrap().status, Status::Received);
    for seq in 0..3 {
        assert_eq!(claimed(&*store, id, LONG).await.1.id.seq, seq);
        assert_eq!(store.show(id).await.unwrap().status, Status::Processing);
    }
    assert_eq!(store.claim(id, LONG).await.unwrap(), Claimed::InHand);
    assert_consistent(&*store).await;
}

pub(super) async fn a_claim_that_ran_out_is_taken_over_and_the_old_one_is_stale(
    fixture: impl Fixture,
) {
    let store = fixture.store();
    let id = created(&*store, 1).await;
    let (old, _) = claimed(&*store, id, Duration::ZERO).await;
    let (new, _) = claimed(&*store, id, Duration::ZERO).await;
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
    assert_eq!(store.tally(id).await.unwrap().done, 1);
}

pub(super) async fn a_claim_that_is_given_back_is_handed_out_at_once(fixture: impl Fixture) {
    let store = fixture.store();
    let id = created(&*store, 1).await;
    let (first, _) = claimed(&*store, id, LONG).await;
    store.release(first).await.unwrap();
    let (second, _) = claimed(&*store, id, LONG).await;
    assert_eq!(second.batch, first.batch);
    assert!(second.token > first.token);
}

pub(super) async fn only_the_outcomes_of_waiting_images_are_written(fixture: impl Fixture) {
    let store = fixture.store();
    let id = RequestId::fresh();
    let products = vec![product(0, [ImageState::Waiting, ImageState::Waiting])];
    store.add(vec![Batch::new(BatchId { request: id, seq: 0 }, products)]).await.unwrap();
    store.create(&request(id, 2, 1), None).await.unwrap();
    let (claim, _) = claimed(&*store, id, LONG).await;
    store.record(claim, &outcome(done("first.webp"))).await.unwrap();
    store.record(claim, &outcome(failed())).await.unwrap();
    let nowhere = Outcome { product: 7, image: 7, state: failed() };
    store.record(claim, &[nowhere]).await.unwrap();
    let batch = store.batches(id, 0, 1).await.unwrap().remove(0);
    assert_eq!(batch.products[0].images[0].state, done("first.webp"));
    assert_eq!(batch.products[0].images[1].state, ImageState::Waiting);
    assert_consistent(&*store).await;
}

pub(super) async fn many_workers_never_share_a_batch(fixture: impl Fixture) {
    let store = fixture.store();
    let id = created(&*store, 40).await;
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let store = Arc::clone(&store);
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
    assert_consistent(&*store).await;
}

pub(super) async fn a_request_is_settled_once_and_only_when_nothing_waits(fixture: impl Fixture) {
    let store = fixture.store();
    let id = created(&*store, 2).await;
    assert_eq!(store.settle(id).await.unwrap(), None);
    let (first, _) = claimed(&*store, id, LONG).await;
    let (second, _) = claimed(&*store, id, LONG).await;
    store.record(first, &outcome(done("a.webp"))).await.unwrap();
    assert_eq!(store.settle(id).await.unwrap(), None);
    store.record(second, &outcome(failed())).await.unwrap();
    let settled = store.settle(id).await.unwrap().unwrap();
    let message = "1 of 2 images failed: 1x HTTP 404".to_owned();
    assert_eq!(settled.status, Status::Error { message });
    assert_eq!(store.settle(id).await.unwrap(), None);
    assert_eq!(store.show(id).await.unwrap(), settled);
    assert_eq!(store.next_open(None).await.unwrap(), None);
    assert_consistent(&*store).await;
}

pub(super) async fn failed_images_are_sent_round_again_and_nothing_else(fixture: impl Fixture) {
    let store = fixture.store();
    let id = created(&*store, 4).await;
    assert!(matches!(store.retry(id).await, Err(StoreError::Illegal(_))));
    work_off(&*store, id, |seq| if seq % 2 == 1 { failed() } else { done("x.webp") }).await;
    store.settle(id).await.unwrap().unwrap();
    assert_eq!(store.retry(id).await.unwrap().status, Status::Processing);
    assert_eq!(store.next_open(None).await.unwrap(), Some(id));
    for seq in [1, 3] {
        let (claim, batch) = claimed(&*store, id, LONG).await;
        assert_eq!(batch.id.seq, seq);
        assert_eq!(batch.products[0].images[0].state, ImageState::Waiting);
        store.record(claim, &outcome(done("again.webp"))).await.unwrap();
    }
    assert_eq!(store.claim(id, LONG).await.unwrap(), Claimed::Over);
    assert_eq!(store.settle(id).await.unwrap().unwrap().status, Status::Completed);
    assert_consistent(&*store).await;
}

pub(super) async fn a_cancelled_request_hands_nothing_out_and_goes_on_when_retried(
    fixture: impl Fixture,
) {
    let store = fixture.store();
    let id = created(&*store, 3).await;
    let (claim, _) = claimed(&*store, id, LONG).await;
    assert_eq!(store.cancel(id).await.unwrap().status, Status::Cancelled);
    assert_eq!(store.claim(id, LONG).await.unwrap(), Claimed::Over);
    assert!(matches!(store.cancel(id).await, Err(StoreError::Illegal(_))));
    assert_eq!(store.settle(id).await.unwrap(), None);
    store.release(claim).await.unwrap();
    store.retry(id).await.unwrap();
    work_off(&*store, id, |_| done("x.webp")).await;
    assert_eq!(store.settle(id).await.unwrap().unwrap().status, Status::Completed);
    assert_eq!(store.tally(id).await.unwrap().done, 3);
}

pub(super) async fn a_removed_request_leaves_nothing(fixture: impl Fixture) {
    let store = fixture.store();
    let id = created(&*store, 30).await;
    let other = created(&*store, 2).await;
    let (claim, _) = claimed(&*store, id, LONG).await;
    store.remove(id).await.unwrap();
    assert!(matches!(store.show(id).await, Err(StoreError::NotFound(_))));
    let stale = store.record(claim, &outcome(done("x.webp"))).await;
    assert!(matches!(stale, Err(StoreError::Stale(_))));
    assert_eq!(store.batches(id, 0, 99).await.unwrap(), []);
    assert_eq!(store.tally(id).await.unwrap(), Tally::default());
    store.remove(id).await.unwrap();
    assert_eq!(store.next_open(None).await.unwrap(), Some(other));
    assert_eq!(store.batches(other, 0, 99).await.unwrap().len(), 2);
    assert_consistent(&*store).await;
}

pub(super) async fn an_image_finds_its_twin(fixture: impl Fixture) {
    let store = fixture.store();
    let id = created(&*store, 2).await;
    let twin = |n: usize| TwinKey::new(&link(n * 100), &RecipeChange::default());
    let (first, _) = claimed(&*store, id, LONG).await;
    let (second, _) = claimed(&*store, id, LONG).await;
    assert_eq!(store.find_twin(id, twin(0)).await.unwrap(), None);
    store.record(first, &outcome(done("a.webp"))).await.unwrap();
    store.record(second, &outcome(failed())).await.unwrap();
    assert_eq!(store.find_twin(id, twin(0)).await.unwrap(), Some(done("a.webp")));
    assert_eq!(store.find_twin(id, twin(1)).await.unwrap(), Some(failed()));
    store.settle(id).await.unwrap().unwrap();
    store.retry(id).await.unwrap();
    assert_eq!(store.find_twin(id, twin(0)).await.unwrap(), Some(done("a.webp")));
    assert_eq!(store.find_twin(id, twin(1)).await.unwrap(), None);
    let other = created(&*store, 1).await;
    assert_eq!(store.find_twin(other, twin(0)).await.unwrap(), None);
}

pub(super) async fn open_requests_take_turns(fixture: impl Fixture) {
    let store = fixture.store();
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(created(&*store, 1).await);
    }
    ids.sort();
    store.cancel(ids[1]).await.unwrap();
    assert_eq!(store.next_open(None).await.unwrap(), Some(ids[0]));
    assert_eq!(store.next_open(Some(ids[0])).await.unwrap(), Some(ids[2]));
    assert_eq!(store.next_open(Some(ids[1])).await.unwrap(), Some(ids[2]));
    assert_eq!(store.next_open(Some(ids[2])).await.unwrap(), Some(ids[0]));
}

pub(super) async fn a_batch_of_any_size_comes_back_as_it_was(fixture: impl Fixture) {
    let store = fixture.store();
    for images in [1, 10, 100, 5_000] {
        let id = RequestId::fresh();
        let products: Vec<Product> =
            (0..images).map(|n| product(n, [ImageState::Waiting])).collect();
        let batch = Batch::new(BatchId { request: id, seq: 0 }, products);
        store.add(vec![batch.clone()]).await.unwrap();
        store.create(&request(id, images as u64, 1), None).await.unwrap();
        assert_eq!(store.batches(id, 0, 1).await.unwrap(), [batch]);
        // The document grows with the outcomes and shrinks again when they are shorter.
        let (claim, _) = claimed(&*store, id, LONG).await;
        let all = |name: &str| -> Vec<Outcome> {
            let outcome = |product| Outcome { product, image: 0, state: done(name) };
            (0..images).map(outcome).collect()
        };
        store.record(claim, &all(&"n".repeat(300))).await.unwrap();
        assert_eq!(store.tally(id).await.unwrap().done, images as u64);
        store.settle(id).await.unwrap().unwrap();
    }
    assert_consistent(&*store).await;
}

pub(super) async fn a_batch_of_kept_images_is_never_handed_out(fixture: impl Fixture) {
    let store = fixture.store();
    let id = RequestId::fresh();
    let kept = ImageState::Kept { output: "https://shop.example/1.webp".to_owned() };
    for (seq, state) in [kept.clone(), ImageState::Waiting, kept].into_iter().enumerate() {
        let batch = BatchId { request: id, seq: seq as u32 };
        store.add(vec![Batch::new(batch, vec![product(seq, [state])])]).await.unwrap();
    }
    store.create(&request(id, 3, 3), None).await.unwrap();
    let (claim, batch) = claimed(&*store, id, LONG).await;
    assert_eq!(batch.id.seq, 1);
    store.record(claim, &outcome(done("x.webp"))).await.unwrap();
    assert_eq!(store.claim(id, LONG).await.unwrap(), Claimed::Over);
    let settled = store.settle(id).await.unwrap().unwrap();
    assert_eq!(settled.status, Status::Completed);
    assert_eq!(store.tally(id).await.unwrap().done, 3);
}
