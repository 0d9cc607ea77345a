//! Waiting for a database that is not there yet: where machines start in any order, as after a
//! power cut, whoever ended at once would have to be started again by somebody.

use std::time::Duration;

use pixmill_engine::{Backoff, Error, store::StoreError};
use tokio::time::sleep;
use tracing::warn;

use crate::server::ServeError;

/// The wait before the second try; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// The longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Opens what needs the database, again and again until it is there.
///
/// # Errors
/// At once where waiting does not help: a wrong password, another schema, a folder in use.
pub(crate) async fn until_there<T, F: Future<Output = Result<T, ServeError>>>(
    mut open: impl FnMut() -> F,
) -> Result<T, ServeError> {
    let mut backoff = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
    loop {
        let error = match open().await {
            Err(error) if is_passing(&error) => error,
            outcome => return outcome,
        };
        let wait = backoff.wait();
        let wait_ms = wait.as_millis();
        warn!(%error, wait_ms, "the database is not there yet: waiting for it");
        sleep(wait).await;
    }
}

fn is_passing(error: &ServeError) -> bool {
    matches!(error, ServeError::Engine(Error::Store(StoreError::Unavailable { .. })))
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
        let opened = until_there(|| {
            tries.set(tries.get() + 1);
            let outcome = if tries.get() < 20 { failed(away()) } else { Ok(tries.get()) };
            async { outcome }
        });
        assert_eq!(opened.await.expect("it is there in the end"), 20);
        tries.set(0);
        let refused = until_there(|| {
            tries.set(tries.get() + 1);
            async { failed(StoreError::Rejected("wrong password".into())) }
        });
        assert!(refused.await.is_err());
        assert_eq!(tries.get(), 1);
    }
}
