//! What crashes leave of requests is found again, and nothing else.

use std::{sync::Arc, time::Duration};

use super::{Fixture, begin_with, created};
use crate::{
    model::{Batch, BatchId, RequestId},
    store::{Lasting, Requests, Store, StoreError, requests::Trace},
};

/// As if there had been no sign of life of a request for some hours.
async fn hours_ago(store: &Arc<dyn Store>, id: RequestId) {
    let then = store.now().await.unwrap().before(Duration::from_secs(5 * 3_600));
    let age = |trace: &mut Trace| {
        trace.at = then;
        Ok(())
    };
    store.change(&id.to_string(), Lasting::Now, age).await.unwrap().unwrap();
}

fn empty(id: RequestId) -> Batch {
    Batch::new(BatchId { request: id, seq: 0 }, Vec::new())
}

pub(in crate::store) async fn what_a_crash_left_of_a_request_is_found_again(fixture: impl Fixture) {
    let store = Requests::new(fixture.store());
    let whole = created(&store, 1).await;
    let deleted = created(&store, 1).await;
    let half_made = RequestId::fresh();
    begin_with(&store, vec![empty(half_made)]).await;
    // This one was created, and its trace should have gone.
    store.begin(whole).await.unwrap();
    store.remove(deleted).await.unwrap();
    assert_eq!(store.abandoned().await.unwrap(), [], "this process may still be at work on them");
    let later = Requests::new(fixture.store());
    if !store.is_exclusive() {
        assert_eq!(later.abandoned().await.unwrap(), [], "another process may be, too");
        for id in [deleted, half_made, whole] {
            hours_ago(&fixture.store(), id).await;
        }
    }
    let mut abandoned = later.abandoned().await.unwrap();
    abandoned.sort();
    let mut expected = [deleted, half_made];
    expected.sort();
    assert_eq!(abandoned, expected);
    assert_eq!(later.abandoned().await.unwrap(), [], "they are being cleared away");
    for id in abandoned {
        later.remove(id).await.unwrap();
        later.forget(id).await.unwrap();
        assert_no_trace(&fixture.store(), id).await;
    }
    assert_eq!(later.abandoned().await.unwrap(), []);
    assert_eq!(later.batches(half_made, 0, 9).await.unwrap(), []);
    assert_eq!(later.show(whole).await.unwrap().id, whole);
    assert_eq!(later.batches(whole, 0, 9).await.unwrap().len(), 1);
    assert_no_trace(&fixture.store(), whole).await;
}

async fn assert_no_trace(store: &Arc<dyn Store>, id: RequestId) {
    assert!(store.load::<Trace>(&id.to_string()).await.unwrap().is_none(), "{id} has a trace");
}

pub(in crate::store) async fn whoever_was_given_up_can_not_go_on(fixture: impl Fixture) {
    let store = Requests::new(fixture.store());
    let slow = RequestId::fresh();
    begin_with(&store, vec![empty(slow)]).await;
    hours_ago(&fixture.store(), slow).await;
    let sweeper = Requests::new(fixture.store());
    assert_eq!(sweeper.abandoned().await.unwrap(), [slow]);
    let added = store.add(slow, &[empty(slow)]).await;
    assert!(matches!(added, Err(StoreError::GivenUp(id)) if id == slow), "{added:?}");
    let made = store.create(&super::request(slow, 0, 0), None).await;
    assert!(matches!(made, Err(StoreError::GivenUp(id)) if id == slow), "{made:?}");
    assert!(matches!(store.show(slow).await, Err(StoreError::NotFound(_))));
}

pub(in crate::store) async fn a_sign_of_life_in_the_last_moment_counts(fixture: impl Fixture) {
    let (documents, store) = (fixture.store(), Requests::new(fixture.store()));
    let slow = RequestId::fresh();
    begin_with(&store, vec![empty(slow)]).await;
    hours_ago(&documents, slow).await;
    // Somebody has looked, and takes it for given up, when its maker goes on.
    let seen = documents.load::<Trace>(&slow.to_string()).await.unwrap().unwrap();
    store.add(slow, &[Batch::new(BatchId { request: slow, seq: 1 }, Vec::new())]).await.unwrap();
    let sweeper = Requests::new(fixture.store());
    let now = documents.now().await.unwrap();
    assert!(!sweeper.take_over(seen, now).await.unwrap());
    store.create(&super::request(slow, 0, 2), None).await.unwrap();
    assert_eq!(store.batches(slow, 0, 9).await.unwrap().len(), 2);
}
