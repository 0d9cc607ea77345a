//! A store that tells what was asked of it, and has something done before it is.

use std::{
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use futures_util::future::BoxFuture;

use crate::{
    model::{Reasons, Tally, Timestamp},
    store::{Document, Kind, Lasting, Mark, Marked, Result, Store},
};

/// What is asked of a store: the name of the method, and of documents of which kind, if of any.
pub(crate) type Call = (&'static str, Option<Kind>);

/// What is done before a call; where it fails, the call does.
type Before = dyn Fn(Call) -> BoxFuture<'static, Result<()>> + Send + Sync;

/// A store that passes everything on to another one and writes down what it was.
pub(crate) struct Spy {
    store: Arc<dyn Store>,
    calls: Mutex<Vec<Call>>,
    before: Box<Before>,
}

impl Spy {
    pub(crate) fn on(store: Arc<dyn Store>) -> Self {
        Spy::with(store, |_| Box::pin(async { Ok(()) }))
    }

    /// The same, with something that is done before each call.
    pub(crate) fn with(
        store: Arc<dyn Store>,
        before: impl Fn(Call) -> BoxFuture<'static, Result<()>> + Send + Sync + 'static,
    ) -> Self {
        Spy { store, calls: Mutex::default(), before: Box::new(before) }
    }

    /// What was asked of documents of a kind, in order.
    pub(crate) fn calls(&self, kind: Kind) -> Vec<&'static str> {
        let calls = self.written().clone().into_iter();
        calls.filter(|(_, of)| *of == Some(kind)).map(|(call, _)| call).collect()
    }

    /// How often the time was asked for.
    pub(crate) fn looks_at_the_clock(&self) -> usize {
        self.written().iter().filter(|call| **call == ("now", None)).count()
    }

    /// Forgets what was asked until now.
    pub(crate) fn forget(&self) {
        self.written().clear();
    }

    async fn note(&self, name: &'static str, kind: Option<Kind>) -> Result<&dyn Store> {
        self.written().push((name, kind));
        (self.before)((name, kind)).await?;
        Ok(&*self.store)
    }

    fn written(&self) -> MutexGuard<'_, Vec<Call>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for Spy {
    async fn now(&self) -> Result<Timestamp> {
        self.note("now", None).await?.now().await
    }

    fn is_exclusive(&self) -> bool {
        self.store.is_exclusive()
    }

    async fn find(&self, kind: Kind, ids: &[String]) -> Result<Vec<Document>> {
        self.note("find", Some(kind)).await?.find(kind, ids).await
    }

    async fn find_alias(&self, kind: Kind, alias: &str) -> Result<Option<Document>> {
        self.note("find_alias", Some(kind)).await?.find_alias(kind, alias).await
    }

    async fn insert(&self, kind: Kind, all: Vec<Document>, lasting: Lasting) -> Result<usize> {
        self.note("insert", Some(kind)).await?.insert(kind, all, lasting).await
    }

    async fn replace(&self, kind: Kind, document: Document, lasting: Lasting) -> Result<bool> {
        self.note("replace", Some(kind)).await?.replace(kind, document, lasting).await
    }

    async fn delete(&self, kind: Kind, ids: &[String]) -> Result<()> {
        self.note("delete", Some(kind)).await?.delete(kind, ids).await
    }

    async fn delete_group(&self, kind: Kind, group: &str) -> Result<()> {
        self.note("delete_group", Some(kind)).await?.delete_group(kind, group).await
    }

    async fn list(
        &self,
        kind: Kind,
        group: Option<&str>,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Document>> {
        self.note("list", Some(kind)).await?.list(kind, group, before, limit).await
    }

    async fn marked(
        &self,
        kind: Kind,
        mark: Mark,
        values: Range<String>,
        limit: usize,
    ) -> Result<Vec<Marked>> {
        self.note("marked", Some(kind)).await?.marked(kind, mark, values, limit).await
    }

    async fn tally(&self, kind: Kind, group: &str) -> Result<Tally> {
        self.note("tally", Some(kind)).await?.tally(kind, group).await
    }

    async fn reasons(&self, kind: Kind, group: &str) -> Result<Reasons> {
        self.note("reasons", Some(kind)).await?.reasons(kind, group).await
    }

    async fn count(&self, kind: Kind) -> Result<u64> {
        self.note("count", Some(kind)).await?.count(kind).await
    }

    async fn flush(&self) -> Result<()> {
        self.note("flush", None).await?.flush().await
    }

    async fn changed(&self) {
        self.store.changed().await;
    }

    async fn close(&self) {
        self.store.close().await;
    }
}
