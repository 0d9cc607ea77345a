//! The store of a single process: sled in a folder.
//!
//! sled's own transactions are not used: one process has the folder, so a lock in it is enough to
//! make each read-and-write one step, and a batch of changes is atomic across a crash.

mod documents;
mod durable;
mod keys;
mod opening;

#[cfg(test)]
mod tests;

use std::{
    ops::Range,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use documents::{Changes, Documents, unreadable};
use durable::Durable;

use super::{Document, Kind, Lasting, Mark, Marked, Result, Store, StoreError};
use crate::model::{Reasons, SCHEMA_VERSION, Tally, Timestamp};

/// How many documents are deleted in one step.
const DELETED_AT_ONCE: usize = 200;

/// The store of a single process.
#[derive(Clone)]
pub struct Embedded(Arc<Inner>);

struct Inner {
    db: sled::Db,
    durable: Durable,
    /// Held by whoever reads in order to write.
    writing: Mutex<()>,
}

impl Embedded {
    /// Opens the store in a folder, and makes the folder where it is missing.
    ///
    /// `cache_bytes` bounds the pages that sled keeps in memory. This blocks; it may take seconds.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where another process has the folder open, and
    /// [`StoreError::OtherSchema`].
    pub fn open(folder: &Path, cache_bytes: u64) -> Result<Self> {
        let db = opening::open(folder, cache_bytes)?;
        check_schema(&db)?;
        let durable = Durable::start(db.clone(), folder)
            .map_err(|error| StoreError::unavailable("open its folder", error))?;
        Ok(Embedded(Arc::new(Inner { db, durable, writing: Mutex::new(()) })))
    }

    /// Runs `work` off the async threads: sled may read from the disk.
    async fn read<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(Documents<'_>) -> Result<T> + Send + 'static,
    {
        let inner = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || work(Documents(&inner.db))).await;
        done.map_err(|error| StoreError::unavailable("end its work", error))?
    }

    /// Runs `work` alone among all that write.
    async fn write<T, F>(&self, lasting: Lasting, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Inner) -> Result<T> + Send + 'static,
    {
        let inner = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || {
            // A panic leaves nothing half done: changes are applied at one step.
            let _alone = inner.writing.lock().unwrap_or_else(PoisonError::into_inner);
            inner.durable.count(|| work(&inner))
        });
        let done = done.await;
        let done = done.map_err(|error| StoreError::unavailable("end its work", error))??;
        match lasting {
            Lasting::Now => self.0.durable.wait().await?,
            Lasting::WithNext => {}
        }
        Ok(done)
    }
}

impl Inner {
    fn delete(&self, kind: Kind, ids: &[String]) -> Result<()> {
        for ids in ids.chunks(DELETED_AT_ONCE) {
            let mut changes = Changes::default();
            for id in ids {
                if let Some(head) = Documents(&self.db).head(kind, id)? {
                    changes.delete(kind, id, &head);
                }
            }
            changes.apply(&self.db)?;
        }
        Ok(())
    }

    fn insert(&self, kind: Kind, documents: &[Document]) -> Result<usize> {
        let stored = Documents(&self.db);
        let mut count = 0;
        for document in documents {
            let has_alias = |alias: &String| stored.find_alias(kind, alias);
            let bearer = document.alias.as_ref().map(has_alias).transpose()?.flatten();
            if bearer.is_some() || stored.head(kind, &document.id)?.is_some() {
                continue;
            }
            let mut changes = Changes::default();
            changes.put(kind, document, None)?;
            changes.apply(&self.db)?;
            count += 1;
        }
        Ok(count)
    }

    fn replace(&self, kind: Kind, mut document: Document) -> Result<bool> {
        let head = Documents(&self.db).head(kind, &document.id)?;
        let Some(head) = head.filter(|head| head.has_revision(document.revision)) else {
            return Ok(false);
        };
        document.revision += 1;
        let mut changes = Changes::default();
        changes.put(kind, &document, Some(&head))?;
        changes.apply(&self.db)?;
        Ok(true)
    }
}

#[async_trait]
impl Store for Embedded {
    /// The clock is that of this machine: no other process writes here.
    async fn now(&self) -> Result<Timestamp> {
        Ok(Timestamp::from_millis(bson::DateTime::now().timestamp_millis()))
    }

    fn is_exclusive(&self) -> bool {
        true
    }

    async fn find(&self, kind: Kind, ids: &[String]) -> Result<Vec<Document>> {
        let ids = ids.to_vec();
        self.read(move |documents| documents.find_all(kind, ids)).await
    }

    async fn find_alias(&self, kind: Kind, alias: &str) -> Result<Option<Document>> {
        let alias = alias.to_owned();
        self.read(move |documents| documents.find_alias(kind, &alias)).await
    }

    async fn insert(
        &self,
        kind: Kind,
        documents: Vec<Document>,
        lasting: Lasting,
    ) -> Result<usize> {
        if documents.is_empty() {
            return Ok(0);
        }
        self.write(lasting, move |inner| inner.insert(kind, &documents)).await
    }

    async fn replace(&self, kind: Kind, document: Document, lasting: Lasting) -> Result<bool> {
        self.write(lasting, move |inner| inner.replace(kind, document)).await
    }

    async fn delete(&self, kind: Kind, ids: &[String]) -> Result<()> {
        let ids = ids.to_vec();
        self.write(Lasting::Now, move |inner| inner.delete(kind, &ids)).await
    }

    async fn delete_group(&self, kind: Kind, group: &str) -> Result<()> {
        loop {
            let group = group.to_owned();
            // Step by step, so that others come to write in between.
            let step = self.write(Lasting::WithNext, move |inner| {
                let documents = Documents(&inner.db);
                let ids = documents.ids(kind, Some(&group), None, DELETED_AT_ONCE)?;
                inner.delete(kind, &ids)?;
                Ok(ids.len())
            });
            if step.await? == 0 {
                return self.0.durable.wait().await;
            }
        }
    }

    async fn list(
        &self,
        kind: Kind,
        group: Option<&str>,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Document>> {
        let (group, before) = (group.map(str::to_owned), before.map(str::to_owned));
        self.read(move |documents| {
            let ids = documents.ids(kind, group.as_deref(), before.as_deref(), limit)?;
            documents.find_all(kind, ids)
        })
        .await
    }

    async fn marked(
        &self,
        kind: Kind,
        mark: Mark,
        values: Range<String>,
        limit: usize,
    ) -> Result<Vec<Marked>> {
        self.read(move |documents| documents.marked(kind, mark, &values, limit)).await
    }

    async fn tally(&self, kind: Kind, group: &str) -> Result<Tally> {
        let group = group.to_owned();
        self.read(move |documents| documents.tally(kind, &group)).await
    }

    async fn reasons(&self, kind: Kind, group: &str) -> Result<Reasons> {
        let group = group.to_owned();
        self.read(move |documents| documents.reasons(kind, &group)).await
    }

    async fn count(&self, kind: Kind) -> Result<u64> {
        self.read(move |documents| documents.count(kind)).await
    }

    async fn flush(&self) -> Result<()> {
        self.0.durable.wait_for_all().await
    }

    /// No other process writes here.
    async fn changed(&self) {
        std::future::pending().await
    }
}

fn check_schema(db: &sled::Db) -> Result<()> {
    let found = db.get(keys::SCHEMA).map_err(unreadable)?;
    let found = found.and_then(|bytes| Some(u32::from_be_bytes(bytes.as_ref().try_into().ok()?)));
    match found {
        Some(SCHEMA_VERSION) => Ok(()),
        Some(found) => Err(StoreError::OtherSchema { found, known: SCHEMA_VERSION }),
        None => {
            let written = db.insert(keys::SCHEMA, &SCHEMA_VERSION.to_be_bytes());
            written.map(|_| ()).map_err(unreadable)
        }
    }
}
