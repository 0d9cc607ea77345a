//! A store has copies of what was made in others, and nobody works on them.

use std::sync::Arc;

use super::{Fixture, LONG, created, done, product, request};
use crate::{
    model::{Again, Batch, BatchId, ImageState, Origin, Request, RequestId, StoreId, Timestamp},
    store::{Claimed, Copying, Kind, Lasting, Mark, Requests, StoreError, Tombstone},
};

/// A request with one batch, and where it comes from.
fn made_elsewhere(revision: u64) -> (Request, Vec<Batch>, Origin) {
    let id = RequestId::fresh();
    let batch =
        Batch::new(BatchId { request: id, seq: 0 }, vec![product(0, [ImageState::Waiting])]);
    let origin = Origin { store: StoreId::fresh(), revision, at: Timestamp::EPOCH };
    (request(id, 1, 1), vec![batch], origin)
}

pub(in crate::store) async fn nobody_works_on_a_copy_or_changes_it(fixture: impl Fixture) {
    let store = fixture.store();
    let requests = Requests::new(Arc::clone(&store));
    let (copied, batches, origin) = made_elsewhere(3);
    let id = copied.id;
    requests.keep_copied(&batches).await.unwrap();
    assert_eq!(requests.keep_copy(&copied, origin).await.unwrap(), Copying::Kept);
    assert_eq!(requests.show(id).await.unwrap().notices, [], "there is nothing to be told");
    assert_eq!(requests.next_open(None).await.unwrap(), None);
    assert_eq!(requests.claim(id, LONG).await.unwrap(), Claimed::Over);
    let changed = [requests.cancel(id).await, requests.retry(id, Again::All).await];
    for refused in changed {
        assert!(matches!(refused, Err(StoreError::Elsewhere(refused)) if refused == id));
    }
    let all = || Mark::values_from(String::new());
    for (mark, count) in [(Mark::Open, 0), (Mark::News, 0), (Mark::Changed, 1)] {
        let marked = store.marked(Kind::Request, mark, all(), 9).await.unwrap();
        assert_eq!(marked.len(), count, "{mark:?}");
    }
    assert_eq!(requests.batches(id, 0, 9).await.unwrap(), batches);
}

pub(in crate::store) async fn of_two_copies_the_later_stays(fixture: impl Fixture) {
    let requests = Requests::new(fixture.store());
    let (first, batches, origin) = made_elsewhere(3);
    let id = first.id;
    requests.keep_copied(&batches).await.unwrap();
    requests.keep_copy(&first, origin).await.unwrap();
    let later = Request { next: 1, ..first.clone() };
    let at = |revision| Origin { revision, ..origin };
    assert_eq!(requests.keep_copy(&later, at(5)).await.unwrap(), Copying::Kept);
    for revision in [3, 4, 5] {
        assert_eq!(requests.keep_copy(&first, at(revision)).await.unwrap(), Copying::Late);
    }
    let shown = requests.show(id).await.unwrap();
    assert_eq!((shown.next, shown.origin.unwrap().revision), (1, 5));
    let other = Origin { store: StoreId::fresh(), revision: 9, ..origin };
    assert_eq!(requests.keep_copy(&first, other).await.unwrap(), Copying::Clash);
    let own = created(&requests, 1).await;
    let own = requests.show(own).await.unwrap();
    assert_eq!(requests.keep_copy(&own, at(9)).await.unwrap(), Copying::Clash);
    assert_eq!(requests.show(own.id).await.unwrap(), own);
}

pub(in crate::store) async fn the_batches_of_a_copy_take_the_place_of_those_before(
    fixture: impl Fixture,
) {
    let requests = Requests::new(fixture.store());
    let (copied, batches, origin) = made_elsewhere(3);
    requests.keep_copied(&batches).await.unwrap();
    requests.keep_copy(&copied, origin).await.unwrap();
    let products = vec![product(0, [done("0-mug-0-1.webp")])];
    let second = Batch::new(BatchId { request: copied.id, seq: 1 }, products.clone());
    let settled = [Batch::new(batches[0].id, products), second];
    for _ in 0..2 {
        requests.keep_copied(&settled).await.unwrap();
        assert_eq!(requests.batches(copied.id, 0, 9).await.unwrap(), settled);
    }
    let tally = requests.tally(&requests.show(copied.id).await.unwrap()).await.unwrap();
    assert_eq!((tally.total, tally.done), (2, 2));
}

pub(in crate::store) async fn what_was_deleted_is_not_copied_again(fixture: impl Fixture) {
    let requests = Requests::new(fixture.store());
    let (copied, batches, origin) = made_elsewhere(3);
    let id = copied.id;
    requests.keep_copied(&batches).await.unwrap();
    requests.keep_copy(&copied, origin).await.unwrap();
    for _ in 0..2 {
        requests.bury(id, origin.store, false).await.unwrap();
        requests.remove(id).await.unwrap();
    }
    let later = Origin { revision: 9, ..origin };
    assert_eq!(requests.keep_copy(&copied, later).await.unwrap(), Copying::Buried);
    assert!(matches!(requests.show(id).await, Err(StoreError::NotFound(_))));
    assert!(requests.is_buried(id).await.unwrap());
    assert!(!requests.is_buried(RequestId::fresh()).await.unwrap());
}

pub(in crate::store) async fn what_was_written_long_after_the_moment_it_bears_is_seen_all_the_same(
    fixture: impl Fixture,
) {
    let store = fixture.store();
    let requests = Requests::new(Arc::clone(&store));
    let (made, batches, origin) = made_elsewhere(3);
    let id = made.id;
    requests.keep_copied(&batches).await.unwrap();
    // Both bear the beginning of time, as if whoever wrote them had been suspended since.
    store.add(&[made.copy(origin)], Lasting::Now).await.unwrap();
    let tombstone = Tombstone { id, by: origin.store, at: Timestamp::EPOCH, is_news: false };
    let begun = Mark::moment(store.now().await.unwrap());
    assert_eq!(requests.keep_copy(&made, origin).await.unwrap(), Copying::Late);
    store.add(&[tombstone], Lasting::Now).await.unwrap();
    requests.bury(id, origin.store, false).await.unwrap();
    for kind in [Kind::Request, Kind::Tombstone] {
        let values = Mark::values_from(begun.clone());
        assert_eq!(store.marked(kind, Mark::Changed, values, 9).await.unwrap().len(), 1);
    }
}

pub(in crate::store) async fn a_store_has_one_name_for_ever(fixture: impl Fixture) {
    let name = fixture.store().name().await.unwrap();
    let fixture = fixture.reopened().await;
    assert_eq!(fixture.store().name().await.unwrap(), name);
    let store = fixture.store();
    assert_eq!(store.noted("place").await.unwrap(), None);
    for value in ["one", "other"] {
        store.note("place", value).await.unwrap();
        assert_eq!(store.noted("place").await.unwrap().as_deref(), Some(value));
    }
}
