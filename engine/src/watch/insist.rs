//! Does what has to succeed at some time, as soon as folder and store allow it.

use tokio::time::sleep;

use super::hand::Hand;
use crate::error::Error;

impl Hand {
    /// Does something until it succeeds, and tells meanwhile why it does not. `None` where it was
    /// stopped.
    pub(super) async fn insist<T, F: Future<Output = Result<T, Error>>>(
        &self,
        mut step: impl FnMut() -> F,
    ) -> Option<T> {
        let mut has_failed = false;
        let done = loop {
            let error = match step().await {
                Ok(done) => break Some(done),
                Err(error) => error,
            };
            has_failed = true;
            self.status.note(|facts| facts.read_only = Some(error.to_string()));
            tokio::select! {
                () = sleep(self.folder.looks.every) => {}
                () = self.stop.cancelled() => break None,
            }
        };
        if has_failed {
            self.status.note(|facts| facts.read_only = None);
        }
        done
    }
}
