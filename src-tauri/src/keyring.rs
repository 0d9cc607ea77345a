//! Secrets, in the system's keyring: API keys by the address of the server that each is for, and the
//! address of a database.
//!
//! Where there is no keyring, or it stays locked, a key is held until the app ends and never written.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use keyring::v1::{Entry, Error};
use tokio::{task::spawn_blocking, time::timeout};
use tracing::warn;

/// What the keyring knows the app by.
const SERVICE: &str = "Pixmill";
/// How long the keyring may take: somebody may have to unlock it first.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a keyring is asked again that cannot be read.
pub(crate) const ASK_AGAIN: Duration = Duration::from_secs(30);

/// Where a key is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// In the keyring.
    InKeyring,
    /// Nowhere: it is held until the app ends.
    ForThisRun,
}

/// What the keyring has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// A key.
    Key(String),
    /// No key.
    Nothing,
    /// It cannot be read for now: it is locked, or there is none.
    Locked,
}

/// What keys are kept in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ring {
    /// The system's keyring.
    System,
    /// Nothing.
    #[cfg(test)]
    None,
}

/// API keys by the address of the server that each is for.
pub(crate) struct Keys {
    ring: Ring,
    held: Mutex<HashMap<String, Option<String>>>,
}

impl Keys {
    /// Keys that are kept in a keyring.
    pub(crate) fn new(ring: Ring) -> Self {
        Keys { ring, held: Mutex::default() }
    }

    /// The key for a server, if there is one.
    pub(crate) async fn find(&self, address: &str) -> Found {
        if let Some(held) = self.held().get(address) {
            return found(held.as_ref());
        }
        let key = match self.ask(address, |entry| entry.get_password()).await {
            Ok(key) => Some(key),
            Err(Unkept::Error(Error::NoEntry)) => None,
            Err(why) => {
                warn!(%address, %why, "the keyring cannot be read");
                return self.held().get(address).map_or(Found::Locked, |held| found(held.as_ref()));
            }
        };
        // What was given while the keyring was asked is newer than what it has.
        found(self.held().entry(address.to_owned()).or_insert(key).as_ref())
    }

    /// Keeps the key for a server, or forgets it.
    pub(crate) async fn keep(&self, address: &str, key: Option<String>) -> Kept {
        self.held().insert(address.to_owned(), key.clone());
        let kept = self.ask(address, move |entry| match key {
            Some(key) => entry.set_password(&key),
            None => entry.delete_credential(),
        });
        match kept.await {
            Ok(()) | Err(Unkept::Error(Error::NoEntry)) => Kept::InKeyring,
            Err(why) => {
                warn!(%address, %why, "the keyring cannot be used: the key is held for this run");
                Kept::ForThisRun
            }
        }
    }

    /// Asks the keyring for something, on a thread of its own: it may wait for somebody to unlock it.
    async fn ask<T: Send + 'static>(
        &self,
        address: &str,
        act: impl FnOnce(&Entry) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Unkept> {
        match self.ring {
            Ring::System => {}
            #[cfg(test)]
            Ring::None => return Err(Unkept::Silent),
        }
        let address = address.to_owned();
        let asked = spawn_blocking(move || act(&Entry::new(SERVICE, &address)?));
        match timeout(PATIENCE, asked).await {
            Ok(Ok(answer)) => Ok(answer?),
            Ok(Err(_)) | Err(_) => Err(Unkept::Silent),
        }
    }

    fn held(&self) -> MutexGuard<'_, HashMap<String, Option<String>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn found(key: Option<&String>) -> Found {
    key.map_or(Found::Nothing, |key| Found::Key(key.clone()))
}

/// Why the keyring did not do what it was asked.
#[derive(Debug, thiserror::Error)]
enum Unkept {
    #[error(transparent)]
    Error(#[from] Error),
    #[error("it does not answer")]
    Silent,
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: &str = "http://pixmill.test/";

    #[tokio::test]
    async fn without_a_keyring_a_key_is_held_for_this_run() {
        let keys = Keys::new(Ring::None);
        assert_eq!(keys.find(SERVER).await, Found::Locked);
        assert_eq!(keys.keep(SERVER, Some("pxm_1".to_owned())).await, Kept::ForThisRun);
        assert_eq!(keys.find(SERVER).await, Found::Key("pxm_1".to_owned()));
        assert_eq!(keys.find("http://other.test/").await, Found::Locked);
        keys.keep(SERVER, None).await;
        assert_eq!(keys.find(SERVER).await, Found::Nothing);
    }

    #[tokio::test]
    #[ignore = "it writes into the keyring of the session: run it in a session of its own"]
    async fn a_keyring_has_a_key_also_after_a_restart() {
        let key = "pxm_1".to_owned();
        assert_eq!(Keys::new(Ring::System).keep(SERVER, Some(key.clone())).await, Kept::InKeyring);
        assert_eq!(Keys::new(Ring::System).find(SERVER).await, Found::Key(key));
        assert_eq!(Keys::new(Ring::System).keep(SERVER, None).await, Kept::InKeyring);
        assert_eq!(Keys::new(Ring::System).find(SERVER).await, Found::Nothing);
    }
}
