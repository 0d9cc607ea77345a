//! The moves of API keys, and finding out whom a token lets in.
//!
//! Every call to a server is checked, so what was looked up is good for [`KEYS_FRESH`]: after that
//! time at the latest, all processes of a deployment know what became of a key. Whoever made the
//! change knows it at once, and a token that is refused is always looked up first.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::{Kind, Lasting, Result, Store, StoreError, Stored};
use crate::model::{Caller, Key, KeyId, KeyToken, NewKey, Refused, Role, Timestamp};

/// How long a process goes by what it looked up of a key before it looks again.
pub const KEYS_FRESH: Duration = Duration::from_secs(2);

/// How many keys are remembered.
const REMEMBERED: usize = 10_000;

/// The API keys of a store, as one process sees them.
#[derive(Clone)]
pub struct Keys {
    store: Arc<dyn Store>,
    known: Arc<Mutex<Known>>,
}

/// What was looked up.
#[derive(Default)]
struct Known {
    keys: HashMap<KeyId, Seen>,
    /// Whether there are any, and when that was found out.
    exist: Option<(bool, Instant)>,
    /// How often this process has changed a key: what was read before is not to be remembered after.
    changes: u64,
}

/// A key as it was when it was read.
#[derive(Clone)]
struct Seen {
    key: Key,
    at: Instant,
    /// The same moment by the store's clock.
    now: Timestamp,
}

impl Seen {
    fn is_fresh(&self) -> bool {
        self.at.elapsed() < KEYS_FRESH
    }

    /// The time by the store's clock.
    fn now(&self) -> Timestamp {
        self.now.after(self.at.elapsed())
    }

    fn check(&self, token: &KeyToken) -> Result<Caller, Refused> {
        self.key.check(token, self.now())
    }
}

impl Stored for Key {
    const KIND: Kind = Kind::Key;

    fn id(&self) -> String {
        self.id.to_string()
    }
}

impl Keys {
    /// Takes leave of the store, for who has opened no more than the keys.
    pub async fn close(&self) {
        self.store.close().await;
    }

    /// The keys of a store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Keys { store, known: Arc::default() }
    }

    /// Makes a key. Its token is told here and never again.
    ///
    /// # Errors
    /// [`StoreError::NoKey`] where it is to see the requests of a key that there is not.
    pub async fn add(&self, new: NewKey) -> Result<(Key, KeyToken)> {
        if let Role::Viewer { of: Some(of) } = new.role {
            self.show(of).await?;
        }
        let token = KeyToken::fresh(KeyId::fresh(), &mut rand::rng());
        let key = Key::new(new, &token, self.now().await?);
        let added = self.store.add(std::slice::from_ref(&key), Lasting::Now).await;
        self.forget(key.id);
        added?;
        Ok((key, token))
    }

    /// One key.
    ///
    /// # Errors
    /// [`StoreError::NoKey`]
    pub async fn show(&self, id: KeyId) -> Result<Key> {
        let kept = self.store.load::<Key>(&id.to_string()).await?;
        kept.map(|kept| kept.value).ok_or(StoreError::NoKey(id))
    }

    /// At most `limit` keys, newest first, beginning with the next older than `before`.
    pub async fn list(&self, before: Option<KeyId>, limit: usize) -> Result<Vec<Key>> {
        let before = before.map(|id| id.to_string());
        self.store.load_page(None, before.as_deref(), limit).await
    }

    /// Takes a key back.
    ///
    /// # Errors
    /// [`StoreError::NoKey`]
    pub async fn revoke(&self, id: KeyId) -> Result<Key> {
        let now = self.now().await?;
        self.change(id, |key| {
            key.revoke(now);
            Ok(())
        })
        .await
    }

    /// Gives a key another token, which is told here and never again. The one before is good for
    /// another `grace`.
    ///
    /// # Errors
    /// [`StoreError::NoKey`], [`StoreError::Refused`] where the key is revoked or has expired.
    pub async fn rotate(&self, id: KeyId, grace: Duration) -> Result<(Key, KeyToken)> {
        let now = self.now().await?;
        let token = KeyToken::fresh(id, &mut rand::rng());
        let rotated = self.change(id, |key| Ok(key.rotate(&token, grace, now)?)).await?;
        Ok((rotated, token))
    }

    async fn change(
        &self,
        id: KeyId,
        change: impl FnMut(&mut Key) -> Result<()> + Send,
    ) -> Result<Key> {
        let changed = self.store.change(&id.to_string(), Lasting::Now, change).await;
        self.forget(id);
        changed?.map(|(key, ())| key).ok_or(StoreError::NoKey(id))
    }

    /// The time by the store's clock.
    pub async fn now(&self) -> Result<Timestamp> {
        self.store.now().await
    }

    /// Whether any key has ever been made. Keys are never deleted, so once there are some, there
    /// always are.
    pub async fn exist(&self) -> Result<bool> {
        match self.known().exist {
            Some((true, _)) => return Ok(true),
            Some((false, at)) if at.elapsed() < KEYS_FRESH => return Ok(false),
            Some((false, _)) | None => {}
        }
        let (changes, at) = (self.known().changes, Instant::now());
        let exist = !self.store.list(Kind::Key, None, None, 1).await?.is_empty();
        let mut known = self.known();
        if exist || known.changes == changes {
            known.exist = Some((exist, at));
        }
        Ok(exist)
    }

    /// Whether a token was good by what was last looked up of its key here, however long ago. Only
    /// who has been given it can show it, so looking again is not to be held back.
    #[must_use]
    pub fn is_known(&self, token: &KeyToken) -> bool {
        let seen = self.known().keys.get(&token.key()).cloned();
        seen.is_some_and(|seen| seen.check(token).is_ok())
    }

    /// Finds out whom a token lets in.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where that is nobody.
    pub async fn check(&self, token: &KeyToken) -> Result<Caller> {
        let seen = self.known().keys.get(&token.key()).filter(|seen| seen.is_fresh()).cloned();
        if let Some(Ok(caller)) = seen.map(|seen| seen.check(token)) {
            return Ok(caller);
        }
        Ok(self.look_up(token.key()).await?.check(token)?)
    }

    /// Finds out whether somebody who was let in would still be.
    pub async fn is_still_good(&self, caller: Caller) -> Result<bool> {
        match caller {
            Caller::Anybody => Ok(!self.exist().await?),
            Caller::Key { id, .. } => Ok(self.over(id).await?.is_none()),
        }
    }

    /// Why a key is good for nothing any more; `None` where it is good.
    pub async fn over(&self, id: KeyId) -> Result<Option<Refused>> {
        let seen = self.known().keys.get(&id).filter(|seen| seen.is_fresh()).cloned();
        let seen = match seen {
            Some(seen) => seen,
            None => match self.look_up(id).await {
                Ok(seen) => seen,
                Err(StoreError::Refused(refused)) => return Ok(Some(refused)),
                Err(error) => return Err(error),
            },
        };
        Ok(seen.key.check_good(seen.now()).err())
    }

    async fn look_up(&self, id: KeyId) -> Result<Seen> {
        let (changes, at) = (self.known().changes, Instant::now());
        let now = self.now().await?;
        let Some(kept) = self.store.load::<Key>(&id.to_string()).await? else {
            self.known().keys.remove(&id);
            return Err(Refused::Unknown.into());
        };
        let seen = Seen { key: kept.value, at, now };
        let mut known = self.known();
        if known.changes == changes {
            if known.keys.len() >= REMEMBERED {
                known.keys.clear();
            }
            known.keys.insert(id, seen.clone());
        }
        Ok(seen)
    }

    /// Has this process look again at a key that it has changed.
    fn forget(&self, id: KeyId) {
        let mut known = self.known();
        known.changes += 1;
        known.keys.remove(&id);
        known.exist = known.exist.filter(|(exist, _)| *exist);
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
