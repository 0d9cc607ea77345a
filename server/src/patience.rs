//! Waiting for a database that is not there yet: where machines start in any order, as after a
//! power cut, whoever ended at once would have to be started again by somebody.

use std::time::Duration;

use pixmill_engine::{Backoff, Error, gallery::GalleryError, store::StoreError};
use tokio::time::sleep;
use tracing::warn;

use crate::{
    server::ServeError,
    settings::{GalleryChoice, Keeping, StoreChoice},
};

/// The wait before the second try; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// The longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// What is waited for. What is wrong with a folder no waiting mends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Nothing.
    None,
    /// The store.
    Store,
    /// The store, and the gallery that is in the same database.
    StoreAndGallery,
}

impl Patience {
    /// What is waited for where things are kept so.
    pub(crate) fn with(keeping: &Keeping) -> Self {
        match (&keeping.store, &keeping.gallery) {
            (StoreChoice::Folder | StoreChoice::Unknown(_), _) => Patience::None,
            (StoreChoice::Mongo(_), None | Some(GalleryChoice::GridFs)) => {
                Patience::StoreAndGallery
            }
            (
                StoreChoice::Mongo(_),
                Some(GalleryChoice::Folder(_) | GalleryChoice::S3(_) | GalleryChoice::Unknown(_)),
            ) => Patience::Store,
        }
    }

    /// Begins what needs the database, again and again until it is there.
    ///
    /// # Errors
    /// At once where waiting does not help: a wrong password, another schema, a folder in use.
    pub(crate) async fn until_there<T, F: Future<Output = Result<T, ServeError>>>(
        self,
        mut begin: impl FnMut() -> F,
    ) -> Result<T, ServeError> {
        let mut backoff = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
        loop {
            let error = match begin().await {
                Err(error) if self.is_for(&error) => error,
                outcome => return outcome,
            };
            let wait = backoff.wait();
            let wait_ms = wait.as_millis();
            warn!(%error, wait_ms, "the database is not there yet: waiting for it");
            sleep(wait).await;
        }
    }

    fn is_for(self, error: &ServeError) -> bool {
        let is_store =
            matches!(error, ServeError::Engine(Error::Store(StoreError::Unavailable { .. })));
        let is_gallery =
            matches!(error, ServeError::Engine(Error::Gallery(GalleryError::Unavailable { .. })));
        match self {
            Patience::None => false,
            Patience::Store => is_store,
            Patience::StoreAndGallery => is_store || is_gallery,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn failed(error: StoreError) -> Result<u32, ServeError> {
        Err(ServeError::Engine(error.into()))
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_may_pass_is_waited_for() {
        let tries = Cell::new(0);
        let away = || StoreError::Unavailable { action: "be reached", source: "away".into() };
        let opened = Patience::Store.until_there(|| {
            tries.set(tries.get() + 1);
            let outcome = if tries.get() < 20 { failed(away()) } else { Ok(tries.get()) };
            async { outcome }
        });
        assert_eq!(opened.await.expect("it is there in the end"), 20);
        tries.set(0);
        let refused = Patience::Store.until_there(|| {
            tries.set(tries.get() + 1);
            async { failed(StoreError::Rejected("wrong password".into())) }
        });
        assert!(refused.await.is_err());
        assert_eq!(tries.get(), 1);
    }
}
