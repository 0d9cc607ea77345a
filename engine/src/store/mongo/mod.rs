//! The store of any number of processes: MongoDB.
//!
//! Every change is an atomic update of one document, so a standalone server will do as well as a
//! replica set. What is written is on the disks of a majority before it is acknowledged, and the
//! database's clock is the only one.

mod address;
mod connect;
mod documents;
mod said;
mod watch;

#[cfg(test)]
mod fake;
#[cfg(test)]
mod steps;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, future::Future, ops::Range, sync::Arc};

use async_trait::async_trait;
use futures_util::TryStreamExt;
use mongodb::{
    Collection, Database,
    bson::{Document as Bson, RawDocumentBuf, doc},
    error::{Error, ErrorKind, WriteFailure},
    options::ClientOptions,
};

pub use address::{MongoUri, NotMongo};
use documents::{Form, field, marked, read, reasons, tally};
use said::Said;
use watch::Watch;

use super::{Document, Kind, Lasting, Mark, Marked, Result, Store, StoreError};
use crate::{
    blame::Blame,
    model::{Reasons, Tally, Timestamp},
};

/// What MongoDB calls it where an id or an alias is in use.
const DUPLICATE_KEY: i32 = 11_000;

/// The store of any number of processes.
#[derive(Clone)]
pub struct Mongo {
    database: Database,
    watch: Arc<Watch>,
}

impl Mongo {
    /// Connects to a database, which is named in the address or called `pixmill`, and creates the
    /// indexes that are missing.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where it cannot be reached, [`StoreError::Rejected`],
    /// [`StoreError::TooOld`] and [`StoreError::OtherSchema`].
    pub async fn open(uri: &MongoUri) -> Result<Self> {
        Mongo::with(connect::options(uri).await?).await
    }

    async fn with(options: ClientOptions) -> Result<Self> {
        let database = connect::open(options).await?;
        let watch = Arc::new(Watch::start(database.clone()));
        Ok(Mongo { database, watch })
    }

    /// The database, for what else is kept in it.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    fn of(&self, kind: Kind) -> Collection<Form> {
        self.database.collection(kind.name())
    }

    /// The documents as they are, be they ours or not.
    fn raw(&self, kind: Kind) -> Collection<RawDocumentBuf> {
        self.database.collection(kind.name())
    }
}

/// Whose fault an error is that came of an operation.
pub(super) fn blame(error: &(dyn std::error::Error + Send + Sync + 'static)) -> Blame {
    error.downcast_ref::<Said>().map_or(Blame::Nobody, Said::blame)
}

/// Runs an operation to its end, even if nobody waits for it any more: a driver's operation that
/// is dropped half-way costs its connection.
async fn run<T: Send + 'static>(
    action: &'static str,
    operation: impl Future<Output = std::result::Result<T, Error>> + Send + 'static,
) -> Result<T> {
    match tokio::spawn(operation).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(StoreError::unavailable(action, Said::from(error))),
        Err(error) => Err(StoreError::unavailable(action, error)),
    }
}

/// How many of `asked` documents were kept: those whose id or alias is in use were not.
#[expect(clippy::wildcard_enum_match_arm, reason = "the enum is another crate's and may grow")]
fn kept(
    asked: usize,
    outcome: std::result::Result<(), Error>,
) -> std::result::Result<usize, Error> {
    let Err(error) = outcome else { return Ok(asked) };
    let left_out = match error.kind.as_ref() {
        ErrorKind::Write(WriteFailure::WriteError(one)) if one.code == DUPLICATE_KEY => Some(1),
        ErrorKind::InsertMany(many) if many.write_concern_error.is_none() => {
            let errors = many.write_errors.as_deref().unwrap_or_default();
            errors.iter().all(|error| error.code == DUPLICATE_KEY).then_some(errors.len())
        }
        _ => None,
    };
    left_out.map(|left_out| asked - left_out).ok_or(error)
}

#[async_trait]
impl Store for Mongo {
    async fn now(&self) -> Result<Timestamp> {
        let database = self.database.clone();
        let hello =
            run("tell the time", async move { database.run_command(doc! { "hello": 1 }).await });
        let time = hello.await?.get_datetime("localTime").map(|time| time.timestamp_millis());
        let time = time.map_err(|error| StoreError::unavailable("tell the time", error))?;
        Ok(Timestamp::from_millis(time))
    }

    fn is_exclusive(&self) -> bool {
        false
    }

    async fn find(&self, kind: Kind, ids: &[String]) -> Result<Vec<Document>> {
        let collection = self.raw(kind);
        let filter = match ids {
            [] => return Ok(Vec::new()),
            [id] => doc! { "_id": id },
            ids => doc! { "_id": { "$in": ids } },
        };
        let found: Vec<RawDocumentBuf> =
            run("read", async move { collection.find(filter).await?.try_collect().await }).await?;
        let found = found.iter().filter_map(read);
        let mut found: HashMap<String, Document> =
            found.map(|document| (document.id.clone(), document)).collect();
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }

    async fn find_alias(&self, kind: Kind, alias: &str) -> Result<Option<Document>> {
        let (collection, filter) = (self.of(kind), doc! { "alias": alias });
        let found = run("read", async move { collection.find_one(filter).await }).await?;
        found.map(Form::document).transpose()
    }

    async fn insert(&self, kind: Kind, documents: Vec<Document>, _: Lasting) -> Result<usize> {
        let collection = self.of(kind);
        let mut forms = documents.into_iter().map(Form::from).collect::<Vec<Form>>();
        let count = forms.len();
        run("write", async move {
            let outcome = match (forms.pop(), forms.is_empty()) {
                (None, _) => Ok(()),
                (Some(only), true) => collection.insert_one(only).await.map(drop),
                (Some(last), false) => {
                    forms.push(last);
                    collection.insert_many(forms).ordered(false).await.map(drop)
                }
            };
            kept(count, outcome)
        })
        .await
    }

    async fn replace(&self, kind: Kind, mut document: Document, _: Lasting) -> Result<bool> {
        let collection = self.of(kind);
        let revision = i64::try_from(document.revision).unwrap_or(i64::MAX);
        let filter = doc! { "_id": &document.id, "revision": revision };
        document.revision += 1;
        let form = Form::from(document);
        let replaced =
            run("write", async move { collection.replace_one(filter, form).await }).await?;
        Ok(replaced.matched_count == 1)
    }

    async fn delete(&self, kind: Kind, ids: &[String]) -> Result<()> {
        let collection = self.of(kind);
        // Drivers try the deletion of one again by themselves, and that of many not.
        if let [id] = ids {
            let filter = doc! { "_id": id };
            return run("delete", async move { collection.delete_one(filter).await.map(drop) })
                .await;
        }
        let filter = doc! { "_id": { "$in": ids } };
        run("delete", async move { collection.delete_many(filter).await.map(drop) }).await
    }

    async fn delete_group(&self, kind: Kind, group: &str) -> Result<()> {
        let (collection, filter) = (self.of(kind), doc! { "group": group });
        run("delete", async move { collection.delete_many(filter).await.map(drop) }).await
    }

    async fn list(
        &self,
        kind: Kind,
        group: Option<&str>,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Document>> {
        let collection = self.raw(kind);
        let mut filter = Bson::new();
        filter.extend(group.map(|group| ("group".to_owned(), group.into())));
        filter.extend(before.map(|before| ("_id".to_owned(), doc! { "$lt": before }.into())));
        let found: Vec<RawDocumentBuf> = run("read", async move {
            let found = collection.find(filter).sort(doc! { "_id": -1 }).limit(at_most(limit));
            found.await?.try_collect().await
        })
        .await?;
        Ok(found.iter().filter_map(read).collect())
    }

    async fn marked(
        &self,
        kind: Kind,
        mark: Mark,
        values: Range<String>,
        limit: usize,
    ) -> Result<Vec<Marked>> {
        let collection = self.database.collection::<Bson>(kind.name());
        let field = field(mark);
        let filter = doc! { &field: { "$gte": values.start, "$lt": values.end } };
        let (order, only) = (doc! { &field: 1 }, doc! { &field: 1 });
        let found: Vec<Bson> = run("read", async move {
            let found = collection.find(filter).sort(order).limit(at_most(limit)).projection(only);
            found.await?.try_collect().await
        })
        .await?;
        Ok(found.iter().filter_map(|found| marked(found, mark)).collect())
    }

    async fn tally(&self, kind: Kind, group: &str) -> Result<Tally> {
        let collection = self.database.collection::<Bson>(kind.name());
        let group = group.to_owned();
        run("read", async move { tally(collection, &group).await }).await
    }

    async fn reasons(&self, kind: Kind, group: &str) -> Result<Reasons> {
        let collection = self.database.collection::<Bson>(kind.name());
        let group = group.to_owned();
        run("read", async move { reasons(collection, &group).await }).await
    }

    async fn count(&self, kind: Kind) -> Result<u64> {
        let collection = self.of(kind);
        run("read", async move { collection.estimated_document_count().await }).await
    }

    /// What a majority has not acknowledged is written again by whoever wrote it.
    async fn flush(&self) -> Result<()> {
        Ok(())
    }

    async fn changed(&self) {
        self.watch.changed().await;
    }

    async fn close(&self) {
        self.watch.stop();
        connect::shut_down(self.database.client().clone()).await;
    }
}

/// A limit as the driver takes it.
fn at_most(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
