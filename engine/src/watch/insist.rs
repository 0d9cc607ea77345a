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
        let mut tries = Tries { hand: self, has_failed: false };
        loop {
            match step().await {
                Ok(done) => return Some(done),
                Err(error) => tries.again(&error).await?,
            }
        }
    }
}

/// Tries of something that has to succeed at some time.
struct Tries<'a> {
    hand: &'a Hand,
    has_failed: bool,
}

impl Tries<'_> {
    /// Tells that a try has failed, and waits for the next.
    async fn again(&mut self, error: &Error) -> Option<()> {
        self.has_failed = true;
        self.hand.status.note(|facts| facts.read_only = Some(error.to_string()));
        tokio::select! {
            () = sleep(self.hand.folder.looks.every) => Some(()),
            () = self.hand.stop.cancelled() => None,
        }
    }
}

impl Drop for Tries<'_> {
    fn drop(&mut self) {
        // It has succeeded in the end.
        if self.has_failed {
            self.hand.status.note(|facts| facts.read_only = None);
        }
    }
}
