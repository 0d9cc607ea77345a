//! Types as documents, and changes that nobody else's change gets lost by.

use std::{collections::BTreeMap, time::Duration};

use rand::RngExt;
use serde::{Serialize, de::DeserializeOwned};

use super::{Document, Kind, Lasting, Mark, Result, Store, StoreError};
use crate::model::{Reasons, Tally};

/// After how many changes by others one waits a moment before the next try.
const PATIENT_TRIES: u32 = 3;

/// A type that is kept as a document.
pub trait Stored: Serialize + DeserializeOwned + Send + Sync {
    /// The kind of its documents.
    const KIND: Kind;

    /// See [`Document::id`].
    fn id(&self) -> String;

    /// See [`Document::group`]. Default: none.
    fn group(&self) -> Option<String> {
        None
    }

    /// See [`Document::alias`]. Default: none.
    fn alias(&self) -> Option<String> {
        None
    }

    /// See [`Document::marks`]. Default: none.
    fn marks(&self) -> BTreeMap<Mark, String> {
        BTreeMap::new()
    }

    /// See [`Document::tally`]. Default: none.
    fn tally(&self) -> Option<Tally> {
        None
    }

    /// See [`Document::reasons`]. Default: none.
    fn reasons(&self) -> Reasons {
        Reasons::default()
    }
}

/// A value as it was when it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept<T> {
    /// The value.
    pub value: T,
    document: Document,
}

impl<T: Stored> Kept<T> {
    /// Reads what is in a document.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] where it is not of this type.
    pub fn read(document: Document) -> Result<Self> {
        let read = bson::deserialize_from_slice(document.body.as_bytes());
        let value = read.map_err(|error| StoreError::Unreadable {
            kind: T::KIND.name(),
            id: document.id.clone(),
            source: Box::new(error),
        })?;
        Ok(Kept { value, document })
    }

    /// How often it has been replaced.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.document.revision
    }
}

/// The document of a new value.
fn document<T: Stored>(value: &T) -> Result<Document> {
    let body = bson::serialize_to_raw_document_buf(value);
    Ok(Document {
        id: value.id(),
        revision: 0,
        group: value.group(),
        alias: value.alias(),
        marks: value.marks(),
        tally: value.tally(),
        reasons: value.reasons(),
        body: body.map_err(|error| StoreError::unavailable("write", error))?,
    })
}

impl dyn Store {
    /// The value with an id.
    pub async fn load<T: Stored>(&self, id: &str) -> Result<Option<Kept<T>>> {
        let found = self.find(T::KIND, &[id.to_owned()]).await?.pop();
        found.map(Kept::read).transpose()
    }

    /// The values with these ids that there are, in the order of `ids`.
    pub async fn load_all<T: Stored>(&self, ids: &[String]) -> Result<Vec<T>> {
        let found = self.find(T::KIND, ids).await?.into_iter();
        found.map(|document| Ok(Kept::read(document)?.value)).collect()
    }

    /// The value that bears an alias.
    pub async fn load_alias<T: Stored>(&self, alias: &str) -> Result<Option<Kept<T>>> {
        self.find_alias(T::KIND, alias).await?.map(Kept::read).transpose()
    }

    /// At most `limit` values in falling order of their ids; see [`Store::list`].
    pub async fn load_page<T: Stored>(
        &self,
        group: Option<&str>,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<T>> {
        let found = self.list(T::KIND, group, before, limit).await?.into_iter();
        found.map(|document| Ok(Kept::read(document)?.value)).collect()
    }

    /// Keeps new values, and leaves out those whose id or alias is in use. Gives how many were
    /// kept.
    pub async fn add<T: Stored>(&self, values: &[T], lasting: Lasting) -> Result<usize> {
        let documents = values.iter().map(document).collect::<Result<_>>()?;
        self.insert(T::KIND, documents, lasting).await
    }

    /// Writes a value that was read and changed; `false`, and nothing is written, where somebody
    /// else has changed it meanwhile. What is as it was is not written.
    pub async fn put<T: Stored>(&self, kept: &Kept<T>, lasting: Lasting) -> Result<bool> {
        let revision = kept.document.revision;
        let document = Document { revision, ..document(&kept.value)? };
        if document == kept.document {
            return Ok(true);
        }
        self.replace(T::KIND, document, lasting).await
    }

    /// Reads a value, changes it and writes it, as often as it takes until nobody else has changed
    /// it in between. Gives it as it is now, with what `change` gave; `None` where there is none.
    /// Where `change` fails, nothing is written.
    pub async fn change<T: Stored, R: Send>(
        &self,
        id: &str,
        lasting: Lasting,
        mut change: impl FnMut(&mut T) -> Result<R> + Send,
    ) -> Result<Option<(T, R)>> {
        let mut tries = 0;
        loop {
            let Some(mut kept) = self.load::<T>(id).await? else { return Ok(None) };
            let answer = change(&mut kept.value)?;
            if self.put(&kept, lasting).await? {
                return Ok(Some((kept.value, answer)));
            }
            tries += 1;
            if tries > PATIENT_TRIES {
                let wait = rand::rng().random_range(1..=20);
                tokio::time::sleep(Duration::from_millis(wait)).await;
            }
        }
    }
}
