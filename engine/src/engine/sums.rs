//! What has become of the images of a request, for who looks at it.
//!
//! Of a request with very many batches it takes a while to sum up, and a page asks every second, as do
//! the others that show it. So such a sum holds for a moment.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::Mutex as AsyncMutex, time::Instant};

use crate::{
    model::{Request, RequestId, Tally},
    store::{Requests, Result},
};

/// With so many batches a sum holds for a moment: some 64,000 images.
const MANY_BATCHES: u32 = 1_000;
/// How long it holds.
const FRESH: Duration = Duration::from_secs(2);

/// The sum of a request and when it was made; whoever comes while it is being made waits for it.
type Sum = Arc<AsyncMutex<Option<(Tally, Instant)>>>;

/// The sums of large requests that are being looked at.
#[derive(Default)]
pub(super) struct Sums(Mutex<HashMap<RequestId, Sum>>);

impl Sums {
    /// What has become of a request's images: as it is, or as it was a moment ago.
    ///
    /// # Errors
    /// Where the store fails.
    pub(super) async fn of(&self, request: &Request, requests: &Requests) -> Result<Tally> {
        if request.batches < MANY_BATCHES || request.final_tally().is_some() {
            return requests.tally(request).await;
        }
        let sum = self.sum(request.id);
        let mut sum = sum.lock().await;
        match &*sum {
            Some((tally, at)) if at.elapsed() < FRESH => Ok(*tally),
            Some(_) | None => {
                let tally = requests.tally(request).await?;
                *sum = Some((tally, Instant::now()));
                Ok(tally)
            }
        }
    }

    fn sum(&self, id: RequestId) -> Sum {
        let mut sums = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sums.retain(|other, sum| *other == id || !is_old(sum));
        Arc::clone(sums.entry(id).or_default())
    }
}

/// Whether a sum is of no more use, and nobody is about to make it anew.
fn is_old(sum: &Sum) -> bool {
    let is_fresh = |(_, at): (Tally, Instant)| at.elapsed() < FRESH;
    sum.try_lock().is_ok_and(|sum| !sum.is_some_and(is_fresh))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::ImageState,
        store::{
            Claimed, Embedded, Kind,
            contract::{Spy, created, done, outcome},
        },
    };

    /// Records an image of a request.
    async fn record_one(requests: &Requests, id: RequestId, state: ImageState) {
        match requests.claim(id, Duration::from_secs(600)).await.unwrap() {
            Claimed::Batch(claim, _) => requests.record(claim, &outcome(state)).await.unwrap(),
            other @ (Claimed::InHand | Claimed::Over) => panic!("nothing to claim: {other:?}"),
        }
    }

    #[tokio::test]
    async fn a_large_request_is_summed_up_once_in_a_while_and_a_small_one_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let store = Embedded::open(folder.path(), 1 << 20).unwrap();
        let spy = Arc::new(Spy::on(Arc::new(store)));
        let (requests, sums) = (Requests::new(spy.clone()), Sums::default());
        for (batches, tallied) in [(MANY_BATCHES, 1), (2, 3)] {
            let id = created(&requests, batches).await;
            let request = requests.show(id).await.unwrap();
            spy.forget();
            for _ in 0..3 {
                let tally = sums.of(&request, &requests).await.unwrap();
                assert_eq!(tally.total, u64::from(batches));
            }
            let calls = spy.calls(Kind::Batch);
            assert_eq!(calls.iter().filter(|call| **call == "tally").count(), tallied);
        }
    }

    #[tokio::test]
    async fn a_sum_is_made_anew_when_it_is_old() {
        let folder = tempfile::tempdir().unwrap();
        let store = Embedded::open(folder.path(), 1 << 20).unwrap();
        let (requests, sums) = (Requests::new(Arc::new(store)), Sums::default());
        let id = created(&requests, MANY_BATCHES).await;
        let request = requests.show(id).await.unwrap();
        assert_eq!(sums.of(&request, &requests).await.unwrap().done, 0);
        record_one(&requests, id, done("x.webp")).await;
        assert_eq!(sums.of(&request, &requests).await.unwrap().done, 0);
        let sum = sums.sum(id);
        let longer_ago = |(tally, at): (Tally, Instant)| (tally, at.checked_sub(FRESH).unwrap());
        let aged = sum.lock().await.map(longer_ago);
        *sum.lock().await = aged;
        assert_eq!(sums.of(&request, &requests).await.unwrap().done, 1);
    }
}
