//! What is true of the store as a whole.

use serde::{Deserialize, Serialize};

use super::{Kind, Lasting, Result, Store, StoreError, Stored};

/// The document that tells which secret key the store's secrets are sealed with.
const KEY: &str = "secret-key";

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
}
