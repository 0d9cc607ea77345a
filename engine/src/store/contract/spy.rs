//! A store that tells what was asked of it.

use std::{
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use crate::{
    model::{Reasons, Tally, Timestamp},
    store::{Document, Kind, Lasting, Mark, Marked, Result, Store},
};

/// A store that passes everything on to another one and writes down what it was.
pub(crate) struct Spy {
    store: Arc<dyn Store>,
    calls: Mutex<Vec<(&'static str, Kind)>>,
}

impl Spy {
    pub(crate) fn on(store: Arc<dyn Store>) -> Self {
        Spy { store, calls: Mutex::default() }
    }

    /// What was asked of documents of a kind, in order.
    pub(crate) fn calls(&self, kind: Kind) -> Vec<&'static str> {
        let calls = self.written().clone().into_iter();
        calls.filter(|(_, of)| *of == kind).map(|(call, _)| call).collect()
    }

    /// Forgets what was asked until now.
    pub(crate) fn forget(&self) {
        self.written().clear();
    }

    fn note(&self, call: &'static str, kind: Kind) -> &dyn Store {
        self.written().push((call, kind));
        &*self.store
    }

    fn written(&self) -> MutexGuard<'_, Vec<(&'static str, Kind)>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for Spy {
    async fn now(&self) -> Result<Timestamp> {
        self.store.now().await
    }

    fn is_exclusive(&self) -> bool {
        self.store.is_exclusive()
    }

    async fn find(&self, kind: Kind, ids: &[String]) -> Result<Vec<Document>> {
        self.note("find", kind).find(kind, ids).await
    }

    async fn find_alias(&self, kind: Kind, alias: &str) -> Result<Option<Document>> {
        self.note("find_alias", kind).find_alias(kind, alias).await
    }

    async fn insert(&self, kind: Kind, all: Vec<Document>, lasting: Lasting) -> Result<usize> {
        self.note("insert", kind).insert(kind, all, lasting).await
    }

    async fn replace(&self, kind: Kind, document: Document, lasting: Lasting) -> Result<bool> {
        self.note("replace", kind).replace(kind, document, lasting).await
    }

    async fn delete(&self, kind: Kind, ids: &[String]) -> Result<()> {
        self.note("delete", kind).delete(kind, ids).await
    }

    async fn delete_group(&self, kind: Kind, group: &str) -> Result<()> {
        self.note("delete_group", kind).delete_group(kind, group).await
    }

    async fn list(
        &self,
        kind: Kind,
        group: Option<&str>,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Document>> {
        self.note("list", kind).list(kind, group, before, limit).await
    }

    async fn marked(
        &self,
        kind: Kind,
        mark: Mark,
        values: Range<String>,
        limit: usize,
    ) -> Result<Vec<Marked>> {
        self.note("marked", kind).marked(kind, mark, values, limit).await
    }

    async fn tally(&self, kind: Kind, group: &str) -> Result<Tally> {
        self.note("tally", kind).tally(kind, group).await
    }

    async fn reasons(&self, kind: Kind, group: &str) -> Result<Reasons> {
        self.note("reasons", kind).reasons(kind, group).await
    }

    async fn count(&self, kind: Kind) -> Result<u64> {
        self.note("count", kind).count(kind).await
    }

    async fn flush(&self) -> Result<()> {
        self.store.flush().await
    }

    async fn changed(&self) {
        self.store.changed().await;
    }
}
