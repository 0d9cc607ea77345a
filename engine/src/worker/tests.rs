//! One pass over the open requests, and what it asks of the store.

use std::{sync::Arc, time::Duration};

use tempfile::TempDir;
use tokio::time::sleep;

use super::{
    clock::Moment,
    held::Held,
    turns::{Found, Turns},
    *,
};
use crate::{
    fetch::{Access, Guard, Limits as FetchLimits},
    gallery::{Layout, Objects},
    model::{Claim, Recipe, Remembered, SourceKey, Status, Validators},
    sheet::Links,
    store::{
        Claimed, Embedded, Kind, Store, StoreError,
        contract::{Spy, created, done, outcome},
    },
};

/// How many renditions are remembered.
const MOST: u64 = 20;

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
            Fetcher::new(FetchLimits::default(), guard, Links::Web).unwrap(),
            Limits::default(),
            Work {
                idle: Duration::from_millis(100),
                reuse: Some(Reuse { most: MOST, ..Reuse::default() }),
                ..Work::default()
            },
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
    let found = house.inner.claim_next(&mut Turns::default()).await.unwrap();
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_status_is_told_once_and_no_claim_as_one() {
    let house = House::new();
    let mut events = house.inner.tools.events.subscribe();
    let id = created(&house.requests, 3).await;
    let mut turns = Turns::default();
    for _ in 0..2 {
        assert!(matches!(house.inner.claim_next(&mut turns).await.unwrap(), Found::Work));
    }
    let told = std::iter::from_fn(|| events.try_recv().ok());
    assert_eq!(told.filter(|event| *event == Event::Status(id)).count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_cancelled_while_it_was_being_claimed_is_given_back_at_once() {
    let house = House::new();
    let (id, claim) = house.in_hand().await;
    let batch = house.requests.batches(id, 0, 1).await.unwrap().remove(0);
    house.requests.cancel(id).await.unwrap();
    let held = Held::new(claim, Duration::from_secs(600), Moment::now());
    house.inner.take_in_hand((claim, held), batch).await.unwrap();
    let stale = house.requests.record(claim, &outcome(done("x.webp"))).await;
    assert!(matches!(stale, Err(StoreError::Stale(_))));
    // Whoever cancelled it saw a batch in hand, and left it to this one.
    let rested = house.requests.show(id).await.unwrap().final_tally().unwrap().waiting();
    assert_eq!(rested, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_request_comes_to_rest_by_itself() {
    let house = House::new();
    let workers = Workers(Arc::clone(&house.inner));
    workers.start().await.unwrap();
    let id = created(&house.requests, 100).await;
    until(async || house.requests.show(id).await.unwrap().status != Status::Received).await;
    house.requests.cancel(id).await.unwrap();
    workers.drop_request(id);
    until(async || house.requests.show(id).await.unwrap().final_tally().is_some()).await;
    assert!(workers.stop(Duration::from_secs(30)).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_there_is_too_much_of_is_forgotten_while_more_is_remembered() {
    let house = House::new();
    let workers = Workers(Arc::clone(&house.inner));
    workers.start().await.unwrap();
    // It is looked over at the start.
    until(async || !house.spy.calls(Kind::Remembered).is_empty()).await;
    let ImageState::Done(rendition) = done("x.webp") else { panic!("it is done") };
    for n in 0..10 * MOST {
        let link = Link::Web(format!("https://shop.example/{n}.jpg").parse().unwrap());
        let remembered = |key, until| Remembered {
            key,
            request: RequestId::fresh(),
            rendition: rendition.clone(),
            validators: Validators::default(),
            until,
        };
        let key = SourceKey::of_link(None, &link, &Recipe::default());
        let memory = &house.inner.tools.memory;
        memory.remember([key], remembered, Duration::from_secs(60)).await.unwrap();
    }
    until(async || house.spy.count(Kind::Remembered).await.unwrap() <= MOST * 5 / 4).await;
    assert!(workers.stop(Duration::from_secs(30)).await);
}
