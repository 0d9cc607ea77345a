//! The time that one try may take, of which waiting for our own limits takes none.

use std::{future::Future, time::Duration};

use tokio::time::{Instant, error::Elapsed, timeout};

/// What is left of the time of one try.
#[derive(Debug)]
pub(super) struct Allowance {
    left: Duration,
}

impl Allowance {
    pub(super) fn new(whole: Duration) -> Self {
        Allowance { left: whole }
    }

    /// Does `work` on the time that is left, and only that counts.
    ///
    /// # Errors
    /// [`Elapsed`] where the time is used up first.
    pub(super) async fn spend<W: Future>(&mut self, work: W) -> Result<W::Output, Elapsed> {
        let start = Instant::now();
        let done = timeout(self.left, work).await;
        self.left = self.left.saturating_sub(start.elapsed());
        done
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_what_is_spent_counts() {
        let mut allowance = Allowance::new(Duration::from_secs(60));
        allowance.spend(sleep(Duration::from_secs(40))).await.unwrap();
        sleep(Duration::from_secs(1_000)).await;
        allowance.spend(sleep(Duration::from_secs(19))).await.unwrap();
        let start = Instant::now();
        assert!(allowance.spend(sleep(Duration::from_secs(2))).await.is_err());
        assert_eq!(start.elapsed(), Duration::from_secs(1));
    }
}
