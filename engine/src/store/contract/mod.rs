//! What every store must do: one suite of tests for all of them.

pub(super) mod claiming;
pub(super) mod copies;
pub(super) mod documents;
pub(super) mod keys;
pub(super) mod leavings;
pub(super) mod lifecycle;
pub(super) mod remembered;
mod spy;

use std::{sync::Arc, time::Duration};

pub(crate) use spy::Spy;

use super::{Claimed, Creation, Requests, Store};
use crate::model::{
    Accepted, Batch, BatchId, Claim, Failure, FailureCode, Format, Image, ImageState, Link,
    Outcome, Product, Recipe, RecipeChange, Rendition, Request, RequestId, SheetFile, Status,
    Tally,
};

/// Where a store under test comes from.
#[async_trait::async_trait]
pub(super) trait Fixture: Sized + Send {
    /// An empty store; `None` where none can be had, after having said so.
    async fn fresh() -> Option<Self>;
    /// A handle on the store.
    fn store(&self) -> Arc<dyn Store>;
    /// The same store, closed and opened again.
    async fn reopened(self) -> Self;
}

/// Makes a test of each function of the suite for a fixture.
macro_rules! contract {
    ($fixture:ty: $($room:ident::$test:ident,)*) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            if let Some(fixture) = <$fixture as crate::store::contract::Fixture>::fresh().await {
                crate::store::contract::$room::$test(fixture).await;
            }
        })*
    };
    ($fixture:ty) => {
        crate::store::contract::contract! { $fixture:
            documents::what_was_inserted_is_found_by_each_of_its_names,
            documents::an_id_or_alias_in_use_is_left_to_whoever_has_it,
            documents::a_document_changed_meanwhile_is_not_replaced,
            documents::marks_are_found_in_order_and_go_with_their_documents,
            documents::documents_are_listed_from_the_highest_down,
            documents::a_group_is_summed_up_and_deleted_together,
            documents::of_many_changes_at_once_none_is_lost,
            documents::a_store_is_held_to_the_key_it_was_first_used_with,
            claiming::a_request_can_not_be_claimed_before_it_is_created,
            claiming::batches_are_handed_out_in_order_once,
            claiming::a_claim_that_ran_out_is_taken_over_and_the_old_one_is_stale,
            claiming::a_claim_that_is_given_back_is_handed_out_at_once,
            claiming::only_the_outcomes_of_waiting_images_are_written,
            claiming::many_workers_never_share_a_batch,
            claiming::a_batch_of_any_size_comes_back_as_it_was,
            claiming::a_batch_of_kept_images_is_never_handed_out,
            claiming::a_batch_that_is_free_is_found_behind_any_number_in_hand,
            claiming::what_is_left_of_any_round_is_found,
            claiming::open_requests_take_turns,
            claiming::a_batch_whose_claimant_ended_too_early_is_handed_out_again,
            lifecycle::what_was_created_is_there_after_a_restart,
            lifecycle::requests_are_listed_newest_first_a_page_at_a_time,
            lifecycle::an_idempotency_key_makes_one_request,
            lifecycle::a_request_is_settled_once_and_only_when_nothing_waits,
            lifecycle::failed_images_are_sent_round_again_and_nothing_else,
            lifecycle::a_cancelled_request_hands_nothing_out_and_goes_on_when_retried,
            lifecycle::a_removed_request_leaves_nothing,
            lifecycle::what_became_of_a_request_that_has_ended_is_not_counted_again,
            lifecycle::what_a_cancelled_request_had_in_hand_is_counted,
            lifecycle::a_request_is_closed_once_all_is_told_and_then_stays_as_it_is,
            lifecycle::an_image_finds_its_twin,
            lifecycle::a_cancelled_request_comes_to_rest_with_its_last_claim,
            lifecycle::a_claim_that_ran_out_keeps_no_cancelled_request_from_its_rest,
            lifecycle::what_the_dead_had_in_hand_keeps_no_cancelled_request_from_its_rest,
            leavings::what_a_crash_left_of_a_request_is_found_again,
            leavings::whoever_was_given_up_can_not_go_on,
            leavings::a_sign_of_life_in_the_last_moment_counts,
            copies::nobody_works_on_a_copy_or_changes_it,
            copies::of_two_copies_the_later_stays,
            copies::the_batches_of_a_copy_take_the_place_of_those_before,
            copies::what_was_deleted_is_not_copied_again,
            copies::what_was_written_long_after_the_moment_it_bears_is_seen_all_the_same,
            copies::a_store_has_one_name_for_ever,
            remembered::what_is_too_old_is_forgotten,
            remembered::of_too_many_the_oldest_are_forgotten,
            remembered::what_there_is_too_much_of_is_counted_once,
            keys::a_key_lets_its_bearer_in_after_a_restart_too,
            keys::a_token_that_no_key_has_is_refused,
            keys::a_key_expires_by_the_clock_of_the_store,
            keys::a_revoked_key_is_soon_refused_by_every_process,
            keys::the_first_key_is_soon_known_to_every_process,
            keys::a_rotated_key_takes_the_new_token_at_once_and_the_former_for_its_grace,
            keys::keys_are_listed_newest_first_a_page_at_a_time,
            keys::what_is_done_to_a_key_that_is_not_there_says_so,
        }
    };
}
pub(super) use contract;

const LONG: Duration = Duration::from_secs(600);

fn link(n: usize) -> Link {
    Link::Web(format!("https://shop.example/{n}.jpg").parse().unwrap())
}

fn product(n: usize, images: impl IntoIterator<Item = ImageState>) -> Product {
    let image = |(place, state)| Image::new(link(n * 100 + place), state);
    Product {
        line: n as u64 + 2,
        serial_number: n.to_string(),
        product_name: format!("Mug {n}"),
        images: images.into_iter().enumerate().map(image).collect(),
        recipe_change: RecipeChange::default(),
    }
}

pub(crate) fn done(name: &str) -> ImageState {
    ImageState::Done(Rendition {
        name: name.to_owned(),
        format: Format::Webp,
        width: 10,
        height: 10,
        bytes: 10,
        source_bytes: 100,
        source_width: 10,
        source_height: 10,
        source_format: Format::Jpeg,
        fetch_ms: Some(12),
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
    let sheet = SheetFile { name: None, bytes: 1, hash: "00".to_owned(), folder: None };
    let accepted = Accepted {
        owner: None,
        recipe: Recipe::default(),
        sheet,
        products: images,
        images,
        batches,
        hook: None,
    };
    Request::new(id, accepted, crate::model::Timestamp::from_millis(1_000))
}

/// A request of batches with one product of one waiting image each.
pub(crate) async fn created(store: &Requests, batches: u32) -> RequestId {
    let id = RequestId::fresh();
    store.begin(id).await.unwrap();
    let batch = |seq| {
        let products = vec![product(seq as usize, [ImageState::Waiting])];
        Batch::new(BatchId { request: id, seq }, products)
    };
    store.add(id, &(0..batches).map(batch).collect::<Vec<_>>()).await.unwrap();
    let request = request(id, u64::from(batches), batches);
    assert_eq!(store.create(&request, None).await.unwrap(), Creation::Created);
    id
}

/// Keeps the batches of a request that is yet to be created.
async fn begin_with(store: &Requests, batches: Vec<Batch>) {
    let id = batches[0].id.request;
    store.begin(id).await.unwrap();
    store.add(id, &batches).await.unwrap();
}

async fn claimed(store: &Requests, id: RequestId, lease: Duration) -> (Claim, Batch) {
    match store.claim(id, lease).await.unwrap() {
        Claimed::Batch(claim, batch) => (claim, *batch),
        other @ (Claimed::InHand | Claimed::Over) => panic!("nothing to claim: {other:?}"),
    }
}

pub(crate) fn outcome(state: ImageState) -> Vec<Outcome> {
    vec![Outcome { product: 0, image: 0, state }]
}

/// What has become of a request's images, as a reader is told.
async fn tally(store: &Requests, id: RequestId) -> Tally {
    store.tally(&store.show(id).await.unwrap()).await.unwrap()
}

/// Works on a request until there is nothing left to claim.
async fn work_off(store: &Requests, id: RequestId, state: impl Fn(u32) -> ImageState) {
    while let Claimed::Batch(claim, batch) = store.claim(id, LONG).await.unwrap() {
        store.record(claim, &outcome(state(batch.id.seq))).await.unwrap();
    }
}

/// Compares every index with what it was made from.
async fn assert_consistent(store: &Requests) {
    let mut open = Vec::new();
    for request in store.list(None, None, usize::MAX).await.unwrap() {
        let batches = store.batches(request.id, 0, request.batches + 1).await.unwrap();
        assert_eq!(batches.len(), request.batches as usize, "batches of {}", request.id);
        let mut sum = Tally::default();
        batches.iter().for_each(|batch| sum.add(&batch.tally()));
        assert_eq!(store.tally(&request).await.unwrap(), sum, "tally of {}", request.id);
        if request.final_tally().is_none() {
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
