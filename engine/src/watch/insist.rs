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
        let mut failing = None;
        let done = loop {
            let error = match step().await {
                Ok(done) => break Some(done),
                Err(error) => error,
            };
            if self.stop.is_cancelled() {
                break None;
            }
            let number = *failing.get_or_insert_with(|| self.status.number());
            self.status.note(|facts| drop(facts.failing.insert(number, error.to_string())));
            tokio::select! {
                () = sleep(self.folder.looks.every) => {}
                () = self.stop.cancelled() => break None,
            }
        };
        if let Some(number) = failing {
            self.status.note(|facts| drop(facts.failing.remove(&number)));
        }
        done
    }

    /// Does something that may take long, and gives it up when it is to stop.
    pub(super) async fn unless_stopped<T>(
        &self,
        step: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        tokio::select! {
            done = step => done,
            () = self.stop.cancelled() => Err(Error::Stopped),
        }
    }
}
