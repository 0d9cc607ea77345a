//! Where documents are kept: requests, batches and all else that must outlive a process.
//!
//! 1. A [`Store`] keeps documents and knows nothing of what they mean. What it changes, it changes
//!    one document at a time, so that a database without transactions will do.
//! 2. [`Stored`] says how a type is kept as a document; a change of one is made by the model and
//!    written only if nobody else has changed the document meanwhile.
//! 3. [`Requests`] makes the moves of requests and batches out of these, [`Keys`] those of API keys.

mod document;
mod typed;
mod meta;
mod requests;
mod keys;
mod remembered;
mod embedded;
mod mongo;

#[cfg(test)]
pub(crate) mod contract;

use std::ops::Range;

use async_trait::async_trait;
use thiserror::Error;

pub use document::{Document, Kind, Lasting, Mark, Marked};
pub use embedded::Embedded;
pub use keys::{KEYS_FRESH, Keys};
pub use mongo::{Mongo, MongoUri, NotMongo};
pub use remembered::Memory;
pub(crate) use requests::WRITTEN_WITHIN;
pub use requests::{Claimed, Copying, Creation, IdempotencyKey, KeyUse, Requests, Tombstone};
pub use typed::{Kept, Stored};

use crate::{
    blame::Blame,
    model::{BatchId, IllegalMove, KeyId, Reasons, Refused, RequestId, Tally, Timestamp},
};

/// Where documents are kept.
///
/// Each method that writes changes one document at a time, atomically; over several documents a
/// crash may leave some done and some not. What a method has answered is durable, unless it was
/// asked for less by [`Lasting`]. Every method may fail with [`StoreError::Unavailable`].
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// The time by the store's clock, which alone decides which claims are good.
    async fn now(&self) -> Result<Timestamp>;

    /// Whether no other process can use this store at the same time.
    fn is_exclusive(&self) -> bool;

    /// The documents with these ids that there are, in the order of `ids`.
    async fn find(&self, kind: Kind, ids: &[String]) -> Result<Vec<Document>>;

    /// The document that bears an alias.
    async fn find_alias(&self, kind: Kind, alias: &str) -> Result<Option<Document>>;

    /// Keeps new documents, and leaves out those whose id or alias another one bears. Gives how
    /// many were kept.
    async fn insert(&self, kind: Kind, documents: Vec<Document>, lasting: Lasting)
    -> Result<usize>;

    /// Puts a document in the place of the one with its id and revision, and raises its revision by
    /// one. Gives `false`, and changes nothing, where there is none, be it that somebody has
    /// changed it meanwhile. Its alias and group stay what they were.
    async fn replace(&self, kind: Kind, document: Document, lasting: Lasting) -> Result<bool>;

    /// Deletes documents; that one is not there is no error.
    async fn delete(&self, kind: Kind, ids: &[String]) -> Result<()>;

    /// Deletes all documents of a group.
    async fn delete_group(&self, kind: Kind, group: &str) -> Result<()>;

    /// At most `limit` documents in falling order of their ids, beginning with the next below
    /// `before`; of one group or of all.
    async fn list(
        &self,
        kind: Kind,
        group: Option<&str>,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Document>>;

    /// At most `limit` of the documents that bear a mark with a value in a range, in rising order
    /// of their values.
    async fn marked(
        &self,
        kind: Kind,
        mark: Mark,
        values: Range<String>,
        limit: usize,
    ) -> Result<Vec<Marked>>;

    /// The sum of the tallies of a group.
    async fn tally(&self, kind: Kind, group: &str) -> Result<Tally>;

    /// The sum of the reasons of a group. It takes longer than its tally.
    async fn reasons(&self, kind: Kind, group: &str) -> Result<Reasons>;

    /// About how many documents there are.
    async fn count(&self, kind: Kind) -> Result<u64>;

    /// Waits until all that has been written is durable: what was read before is not undone by a
    /// crash any more.
    async fn flush(&self) -> Result<()>;

    /// Waits until another process may have changed something. It is a hint: it may come for
    /// nothing, and may not come at all.
    async fn changed(&self);

    /// Takes leave in order. Nothing is asked of the store after that, by this process.
    async fn close(&self) {}
}

/// The result of a store's method.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Why a store did not do what it was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// There is no such request.
    #[error("there is no request {0}")]
    NotFound(RequestId),
    /// There is no such API key.
    #[error("there is no key {0}")]
    NoKey(KeyId),
    /// The API key is not good, or not any longer.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The request was made in another store, where alone it can be changed.
    #[error(
        "request {0} belongs to another computer: it can be cancelled or tried again only there"
    )]
    Elsewhere(RequestId),
    /// The claim has been taken over, or the batch is no more; nothing was written.
    #[error("the claim on batch {0} has been taken over")]
    Stale(BatchId),
    /// The status of the request does not allow it.
    #[error(transparent)]
    Illegal(#[from] IllegalMove),
    /// Accepting the sheet took so long that it was taken for given up.
    #[error("accepting the sheet of request {0} took too long: send it again")]
    GivenUp(RequestId),
    /// Another process has the store open, and it is for one at a time.
    #[error("another process uses the store {0}, and only one can at a time")]
    InUse(String),
    /// The store cannot be reached, read or written; trying again may help.
    #[error("the store cannot {action}: {source}")]
    Unavailable {
        /// What was to be done.
        action: &'static str,
        /// What the backend says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A document is not what it is to be; trying again does not help.
    #[error("the document {id} of the {kind} cannot be read: {source}")]
    Unreadable {
        /// What documents of its kind are called together.
        kind: &'static str,
        /// Its id.
        id: String,
        /// What is wrong with it.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database cannot be used as its address says: it refuses the user or the password, or
    /// an option means nothing.
    #[error("MongoDB cannot be used as its address says: {0}")]
    Rejected(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database is of a version that lacks what is needed.
    #[error(
        "MongoDB 5.0 or newer is needed, and this server is older: it speaks wire version \
         {version}, as MongoDB {} does", release(*version)
    )]
    TooOld {
        /// The newest wire version that it speaks.
        version: i32,
    },
    /// The secrets in the store are sealed with another key.
    #[error(
        "the secrets in the store are sealed with another key than this process was given: give \
         it the secret key or the key file that the store was first used with"
    )]
    OtherKey,
    /// What is stored was written by another version of Pixmill.
    #[error("the store has schema {found}, and this Pixmill knows {known}: {advice}", advice = advice(*found, *known))]
    OtherSchema {
        /// The schema found.
        found: u32,
        /// The schema known.
        known: u32,
    },
}

/// The release of MongoDB that was the first to speak a wire version.
fn release(wire_version: i32) -> &'static str {
    match wire_version {
        9..13 => "4.4",
        8 => "4.2",
        7 => "4.0",
        _ => "3.6 or an older one",
    }
}

fn advice(found: u32, known: u32) -> &'static str {
    if found > known {
        "install a newer one"
    } else {
        "it was written before the first release, so begin with an empty one"
    }
}

impl StoreError {
    /// A fault of the backend.
    pub(crate) fn unavailable(
        action: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> StoreError {
        StoreError::Unavailable { action, source: source.into() }
    }

    /// Whose fault it is, where the backend tells.
    pub(crate) fn blame(&self) -> Blame {
        match self {
            StoreError::Rejected(_) => Blame::Asker,
            StoreError::Unavailable { source, .. } => mongo::blame(source.as_ref()),
            StoreError::NotFound(_)
            | StoreError::NoKey(_)
            | StoreError::Refused(_)
            | StoreError::Elsewhere(_)
            | StoreError::Stale(_)
            | StoreError::Illegal(_)
            | StoreError::GivenUp(_)
            | StoreError::InUse(_)
            | StoreError::Unreadable { .. }
            | StoreError::TooOld { .. }
            | StoreError::OtherKey
            | StoreError::OtherSchema { .. } => Blame::Nobody,
        }
    }

    /// Whether the same may succeed later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            StoreError::Unavailable { .. } | StoreError::InUse(_) => true,
            StoreError::NotFound(_)
            | StoreError::NoKey(_)
            | StoreError::Refused(_)
            | StoreError::Elsewhere(_)
            | StoreError::Stale(_)
            | StoreError::Illegal(_)
            | StoreError::GivenUp(_)
            | StoreError::Unreadable { .. }
            | StoreError::Rejected(_)
            | StoreError::TooOld { .. }
            | StoreError::OtherKey
            | StoreError::OtherSchema { .. } => false,
        }
    }
}
