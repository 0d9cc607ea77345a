//! A store that does something when the time is asked for.

use std::{
    ops::Range,
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
};

use async_trait::async_trait;

use super::*;
use crate::{
    model::{Reasons, WorkerId},
    store::{Document, Marked, Result},
};

/// What happens when the time is asked for once too often.
#[derive(Clone, Copy)]
pub(super) enum Deed {
    /// The answer takes longer than a lease allows for.
    Dawdle,
    /// Meanwhile another process takes the queue over.
    TakeOver(QueueId),
}

/// A store that does something when the time is asked for.
pub(super) struct Clockwork {
    store: Arc<dyn Store>,
    /// How often it can be asked before that.
    calls_before: AtomicUsize,
    deed: Deed,
}

impl Clockwork {
    /// A store that does `deed` when the time has been asked for so many times before.
    pub(super) fn new(store: &Arc<dyn Store>, calls_before: usize, deed: Deed) -> Arc<Self> {
        let calls_before = AtomicUsize::new(calls_before);
        Arc::new(Clockwork { store: Arc::clone(store), calls_before, deed })
    }

    /// How often it can be asked before it does it.
    pub(super) fn calls_left(&self) -> usize {
        self.calls_before.load(SeqCst)
    }

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

    async fn reasons(&self, kind: Kind, group: &str) -> Result<Reasons> {
        self.store.reasons(kind, group).await
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
