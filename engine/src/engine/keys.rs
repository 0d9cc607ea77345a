//! API keys, as hosts show and change them.

use std::time::Duration;

use super::{Engine, open_store};
use crate::{
    config::Config,
    error::Error,
    model::{Caller, KeyId, NewKey},
    store::Keys,
    wire::{KeyList, KeyView, Limit, NewKeyView, Page, SessionView},
};

impl Engine {
    /// The API keys of a deployment whose engine is not opened, for what needs no more than them.
    ///
    /// # Errors
    /// [`Error::Store`]; [`StoreError::InUse`](crate::store::StoreError::InUse) where another process has the store for itself.
    pub async fn open_keys(config: Config) -> Result<Keys, Error> {
        let (store, _) = open_store(config.store).await?;
        Ok(Keys::new(store))
    }

    /// The API keys of the deployment.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.0.keys
    }

    /// Makes a key; its token is in the answer and never told again.
    ///
    /// # Errors
    /// [`Error::NoKey`] where it is to see the requests of a key that there is not.
    pub async fn add_key(&self, new: NewKey) -> Result<NewKeyView, Error> {
        let (key, token) = self.keys().add(new).await?;
        Ok(NewKeyView::new(&key, &token, key.created_at))
    }

    /// A page of keys, newest first, beginning with the next older than `before`.
    ///
    /// # Errors
    /// [`Error::Store`]
    pub async fn list_keys(&self, before: Option<KeyId>, limit: Limit) -> Result<KeyList, Error> {
        let now = self.keys().now().await?;
        let found = self.keys().list(before, limit.and_one_more()).await?;
        let Page { entries, next_cursor } = Page::cut(found, limit, |key| key.id);
        let keys = entries.iter().map(|key| KeyView::new(key, now)).collect();
        Ok(KeyList { keys, next_cursor })
    }

    /// One key.
    ///
    /// # Errors
    /// [`Error::NoKey`]
    pub async fn show_key(&self, id: KeyId) -> Result<KeyView, Error> {
        Ok(KeyView::new(&self.keys().show(id).await?, self.keys().now().await?))
    }

    /// Who asks, as a page needs to know; `version` is the host's.
    ///
    /// # Errors
    /// [`Error::NoKey`]
    pub async fn session(&self, caller: Caller, version: &str) -> Result<SessionView, Error> {
        let key = match caller {
            Caller::Anybody => None,
            Caller::Key { id, .. } => Some(self.keys().show(id).await?),
        };
        Ok(SessionView {
            needs_key: key.is_some(),
            role: key.as_ref().map(|key| key.role.name().to_owned()),
            name: key.map(|key| key.name.as_str().to_owned()),
            version: version.to_owned(),
        })
    }

    /// Takes a key back.
    ///
    /// # Errors
    /// [`Error::NoKey`]
    pub async fn revoke_key(&self, id: KeyId) -> Result<KeyView, Error> {
        Ok(KeyView::new(&self.keys().revoke(id).await?, self.keys().now().await?))
    }

    /// Gives a key another token, which is in the answer and never told again. The one before is
    /// good for another `grace`.
    ///
    /// # Errors
    /// [`Error::NoKey`], [`Error::Refused`] where the key is over.
    pub async fn rotate_key(&self, id: KeyId, grace: Duration) -> Result<NewKeyView, Error> {
        let (key, token) = self.keys().rotate(id, grace).await?;
        Ok(NewKeyView::new(&key, &token, self.keys().now().await?))
    }
}
