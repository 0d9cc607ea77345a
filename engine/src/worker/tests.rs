//! One pass over the open requests, and what it asks of the store.

use std::{sync::Arc, time::Duration};

use tempfile::TempDir;
use tokio::sync::broadcast;

use super::*;
use crate::{
    fetch::{Access, Guard, Limits as FetchLimits},
    gallery::{Layout, Objects},
    model::Status,
    store::{
        Embedded, Kind, Store,
        contract::{Spy, created, done, outcome},
    },
};

/// Workers that have not been started, on a store that tells what they ask of it.
struct House {
    _folder: TempDir,
    spy: Arc<Spy>,
    requests: Requests,
    inner: Arc<Inner>,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Embedded::open(&folder.path().join("store"), 1 << 20).unwrap();
        let spy = Arc::new(Spy::on(Arc::new(store)));
        let store: Arc<dyn Store> = spy.clone();
        let requests = Requests::new(Arc::clone(&store));
        let gallery = Objects::folder(&folder.path().join("gallery"), Layout::default()).unwrap();
        let guard = Guard::new(Access::default());
        let workers = Workers::new(
            (requests.clone(), Memory::new(store)),
            Arc::new(gallery),
            Fetcher::new(FetchLimits::default(), guard, None).unwrap(),
            Limits::default(),
            Work { idle: Duration::from_millis(100), ..Work::default() },
            broadcast::channel(16).0,
        );
        House { _folder: folder, spy, requests, inner: workers.unwrap().0 }
    }

    /// A request of one batch that is claimed.
    async fn in_hand(&self) -> (RequestId, Claim) {
        let id = created(&self.requests, 1).await;
        match self.requests.claim(id, Duration::from_secs(600)).await.unwrap() {
            Claimed::Batch(claim, _) => (id, claim),
            other @ (Claimed::InHand | Claimed::Over) => panic!("nothing to claim: {other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pass_settles_what_is_over_and_asks_each_request_once() {
    const EACH: usize = 5;
    let house = House::new();
    let mut over = Vec::new();
    for _ in 0..EACH {
        let (id, claim) = house.in_hand().await;
        house.requests.record(claim, &outcome(done("x.webp"))).await.unwrap();
        over.push(id);
        house.in_hand().await;
    }
    house.spy.forget();
    let found = house.inner.claim_next(&mut None).await.unwrap();
    assert!(matches!(found, Found::Nothing));
    for id in over {
        assert!(!house.requests.show(id).await.unwrap().status.is_open());
    }
    // One question for each request, one that comes round to the first, and one that starts anew
    // behind the last.
    let calls = house.spy.calls(Kind::Request);
    let asked = calls.iter().filter(|call| **call == "marked").count();
    assert!(asked <= 2 * EACH + 2, "asked {asked} times whose turn it is");
}

async fn until(is_so: impl AsyncFn() -> bool) {
    let waited = async {
        while !is_so().await {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(30), waited).await.unwrap();
}

/// As on a MongoDB without change streams: this store never tells that something has changed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_tells_of_is_found_by_looking() {
    let house = House::new();
    let workers = Workers(Arc::clone(&house.inner));
    workers.start().await.unwrap();
    // It has looked in vain before.
    until(async || house.spy.calls(Kind::Request).len() > 10).await;
    let id = created(&house.requests, 1).await;
    until(async || house.requests.show(id).await.unwrap().status != Status::Received).await;
    assert!(workers.stop(Duration::from_secs(30)).await);
}
