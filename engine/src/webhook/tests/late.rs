//! A process that is too slow neither sends nor writes anything.

use std::{
    net::TcpListener,
    ops::Range,
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
};

use async_trait::async_trait;

use super::*;
use crate::{
    model::{ReceiverState, WorkerId},
    store::{Document, Marked, Result},
};

/// What happens when the time is asked for once too often.
#[derive(Clone, Copy)]
enum Deed {
    /// The answer takes longer than a lease allows for.
    Dawdle,
    /// Meanwhile another process takes the queue over.
    TakeOver(QueueId),
}

/// A store that does something when the time is asked for.
struct Clockwork {
    store: Arc<dyn Store>,
    calls_before: AtomicUsize,
    deed: Deed,
}

impl Clockwork {
    async fn strike(&self) -> Result<()> {
        match self.deed {
            Deed::Dawdle => tokio::time::advance(Duration::from_secs(20)).await,
            Deed::TakeOver(id) => {
                let (now, worker) = (self.store.now().await?, WorkerId::fresh());
                let take_over = |queue: &mut Queue| {
                    queue.void_lease_of_others(worker);
                    Ok(queue.claim(worker, now, Duration::from_secs(30)).unwrap())
                };
                self.store.change(&id.to_string(), Lasting::Now, take_over).await?;
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Store for Clockwork {
    async fn now(&self) -> Result<Timestamp> {
        if self.calls_before.fetch_sub(1, SeqCst) == 0 {
            self.strike().await?;
        }
        self.store.now().await
    }

    fn is_exclusive(&self) -> bool {
        self.store.is_exclusive()
    }

    async fn find(&self, kind: Kind, ids: &[String]) -> Result<Vec<Document>> {
        self.store.find(kind, ids).await
    }

    async fn find_alias(&self, kind: Kind, alias: &str) -> Result<Option<Document>> {
        self.store.find_alias(kind, alias).await
    }

    async fn insert(
        &self,
        kind: Kind,
        documents: Vec<Document>,
        lasting: Lasting,
    ) -> Result<usize> {
        self.store.insert(kind, documents, lasting).await
    }

    async fn replace(&self, kind: Kind, document: Document, lasting: Lasting) -> Result<bool> {
        self.store.replace(kind, document, lasting).await
    }

    async fn delete(&self, kind: Kind, ids: &[String]) -> Result<()> {
        self.store.delete(kind, ids).await
    }

    async fn delete_group(&self, kind: Kind, group: &str) -> Result<()> {
        self.store.delete_group(kind, group).await
    }

    async fn list(
        &self,
        kind: Kind,
        group: Option<&str>,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Document>> {
        self.store.list(kind, group, before, limit).await
    }

    async fn marked(
        &self,
        kind: Kind,
        mark: Mark,
        values: Range<String>,
        limit: usize,
    ) -> Result<Vec<Marked>> {
        self.store.marked(kind, mark, values, limit).await
    }

    async fn tally(&self, kind: Kind, group: &str) -> Result<Tally> {
        self.store.tally(kind, group).await
    }

    async fn count(&self, kind: Kind) -> Result<u64> {
        self.store.count(kind).await
    }

    async fn flush(&self) -> Result<()> {
        self.store.flush().await
    }

    async fn changed(&self) {
        self.store.changed().await;
    }
}

/// Works off the queue of a request whose receiver takes calls and never answers, and does the deed
/// when the time is asked for after so many calls. Gives whether anything was sent, and the state
/// of the receiver and of the queue after it.
async fn worked_off(
    calls_before: usize,
    deed: impl FnOnce(QueueId) -> Deed,
) -> (bool, Endpoint, Queue) {
    let receiver = TcpListener::bind("127.0.0.1:0").unwrap();
    receiver.set_nonblocking(true).unwrap();
    let url = format!("http://{}/hook", receiver.local_addr().unwrap());
    let desk = Desk::open_to(&url, Terms::default()).await;
    let request = desk.request().await;
    desk.webhooks.pass_on(request.id).await.unwrap();

    let queue = desk.queue(&request).await.unwrap();
    let clockwork = Clockwork {
        store: Arc::clone(&desk.store),
        calls_before: AtomicUsize::new(calls_before),
        deed: deed(queue.id),
    };
    let slow = desk.process(Arc::new(clockwork));
    let mut place = slow.0.lanes.enter(queue.id, queue.lane).unwrap();
    slow.0.work_off(queue.id, &mut place).await.unwrap();
    let endpoint = desk.store.load(&desk.endpoint.id.to_string()).await.unwrap().unwrap().value;
    (receiver.accept().is_ok(), endpoint, desk.queue(&request).await.unwrap())
}

#[tokio::test(start_paused = true)]
async fn what_was_leased_too_long_ago_is_not_sent() {
    for calls_before in [0, 1] {
        let (is_sent, _, queue) = worked_off(calls_before, |_| Deed::Dawdle).await;
        assert!(!is_sent, "the time took too long after {calls_before} calls");
        assert_eq!(queue.deliveries[0].tried, 0);
    }
    let (is_sent, endpoint, queue) = worked_off(2, |_| Deed::Dawdle).await;
    assert!(is_sent && endpoint.receiver.is_failing() && queue.deliveries[0].tried == 1);
}

#[tokio::test(start_paused = true)]
async fn who_has_lost_a_lease_writes_nothing_of_what_it_has_sent() {
    let (is_sent, endpoint, queue) = worked_off(2, Deed::TakeOver).await;
    assert!(is_sent);
    assert!(queue.lease.is_some() && queue.deliveries[0].tried == 0);
    assert_eq!(endpoint.receiver.state, ReceiverState::Enabled { failing: None });
}
