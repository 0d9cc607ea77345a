//! What is true of the store as a whole.

use serde::{Deserialize, Serialize};

use super::{Kind, Lasting, Result, Store, StoreError, Stored};
use crate::model::StoreId;

/// The document that tells which secret key the store's secrets are sealed with.
const KEY: &str = "secret-key";
/// The document that tells the name of the store.
const NAME: &str = "name";

/// Something that is true of the store as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Meta {
    #[serde(rename = "_id")]
    id: String,
    value: String,
}

impl Stored for Meta {
    const KIND: Kind = Kind::Meta;

    fn id(&self) -> String {
        self.id.clone()
    }
}

impl dyn Store {
    /// Holds every process that uses the store to one secret key: that of the first. `fingerprint`
    /// tells a key from others.
    ///
    /// # Errors
    /// [`StoreError::OtherKey`] where the first had another one.
    pub async fn hold_to_key(&self, fingerprint: &str) -> Result<()> {
        let own = Meta { id: KEY.to_owned(), value: fingerprint.to_owned() };
        self.add(std::slice::from_ref(&own), Lasting::Now).await?;
        match self.load::<Meta>(KEY).await? {
            Some(first) if first.value == own => Ok(()),
            Some(_) | None => Err(StoreError::OtherKey),
        }
    }

    /// Whether processes are held to a secret key already.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]
    pub async fn is_held_to_key(&self) -> Result<bool> {
        Ok(self.load::<Meta>(KEY).await?.is_some())
    }

    /// The name of the store, which tells it from all others; the first to ask makes it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]
    pub async fn name(&self) -> Result<StoreId> {
        let name = self.noted_first(NAME, &StoreId::fresh().to_string()).await?;
        name.parse().map_err(|error| StoreError::unavailable("tell its name", error))
    }

    /// What was noted under a name, of what is true of the store as a whole.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]
    pub async fn noted(&self, name: &str) -> Result<Option<String>> {
        Ok(self.load::<Meta>(name).await?.map(|kept| kept.value.value))
    }

    /// What was noted under a name; where nothing was, this is.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]
    pub async fn noted_first(&self, name: &str, value: &str) -> Result<String> {
        if let Some(noted) = self.noted(name).await? {
            return Ok(noted);
        }
        let new = Meta { id: name.to_owned(), value: value.to_owned() };
        self.add(&[new], Lasting::Now).await?;
        // Somebody else may have been first.
        Ok(self.noted(name).await?.unwrap_or_default())
    }

    /// Notes something under a name, in the place of what was noted before.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]
    pub async fn note(&self, name: &str, value: &str) -> Result<()> {
        let new = Meta { id: name.to_owned(), value: value.to_owned() };
        let change = |meta: &mut Meta| {
            meta.clone_from(&new);
            Ok(())
        };
        if self.change(name, Lasting::Now, change).await?.is_none() {
            self.add(std::slice::from_ref(&new), Lasting::Now).await?;
        }
        Ok(())
    }
}
