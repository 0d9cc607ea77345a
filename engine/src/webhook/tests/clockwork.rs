//! A store that does something when the time is asked for.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use super::*;
use crate::{
    model::WorkerId,
    store::{Result, contract::Spy},
};

/// What happens when the time is asked for once too often.
#[derive(Clone, Copy)]
pub(super) enum Deed {
    /// The answer takes longer than a lease allows for.
    Dawdle,
    /// Meanwhile another process takes the queue over.
    TakeOver(QueueId),
    /// Meanwhile the endpoint gets another address.
    Move(EndpointId),
    /// Meanwhile the receiver that the request names gets another secret.
    Rotate(RequestId),
}

/// A store that does `deed` when the time has been asked for so many times before.
pub(super) fn clockwork(store: &Arc<dyn Store>, calls_before: usize, deed: Deed) -> Arc<Spy> {
    let (asked, behind) = (AtomicUsize::new(0), Arc::clone(store));
    Arc::new(Spy::with(Arc::clone(store), move |call| {
        let is_time = call == ("now", None) && asked.fetch_add(1, SeqCst) == calls_before;
        let store = Arc::clone(&behind);
        Box::pin(async move { if is_time { strike(&store, deed).await } else { Ok(()) } })
    }))
}

async fn strike(store: &Arc<dyn Store>, deed: Deed) -> Result<()> {
    match deed {
        Deed::Dawdle => tokio::time::advance(Duration::from_secs(20)).await,
        Deed::Move(id) => {
            let move_on = |endpoint: &mut Endpoint| {
                endpoint.receiver.url = "https://moved.example/hook".parse().unwrap();
                Ok(())
            };
            store.change(&id.to_string(), Lasting::Now, move_on).await?;
        }
        Deed::Rotate(id) => {
            let now = store.now().await?;
            let rotate = |request: &mut Request| {
                let hook = request.hook.as_mut().unwrap();
                hook.rotate(hook.secrets.current.clone(), now, Duration::from_secs(60));
                Ok(())
            };
            store.change(&id.to_string(), Lasting::Now, rotate).await?;
        }
        Deed::TakeOver(id) => {
            let (now, worker) = (store.now().await?, WorkerId::fresh());
            let take_over = |queue: &mut Queue| {
                queue.void_lease_of_others(worker);
                Ok(queue.claim(worker, now, Duration::from_secs(30)).unwrap())
            };
            store.change(&id.to_string(), Lasting::Now, take_over).await?;
        }
    }
    Ok(())
}
