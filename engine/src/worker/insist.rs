//! Waiting out a store or a gallery that is away for a moment, as when its server is restarted.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::Setback;
use crate::{backoff::Backoff, gallery::GalleryError};

/// The wait before the second try; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// The longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

impl Setback {
    fn may_pass(&self) -> bool {
        match self {
            Setback::Store(error) => error.is_retryable(),
            Setback::Gallery(GalleryError::Unavailable { .. }) => true,
            Setback::Gallery(GalleryError::NotFound(_)) | Setback::Stopped => false,
        }
    }
}

/// Does something that is safe to do twice, again and again for as long as `patience`, while store
/// or gallery are away.
pub(super) async fn insist<T, E: Into<Setback>, A: Future<Output = Result<T, E>>>(
    patience: Duration,
    stop: &CancellationToken,
    mut attempt: impl FnMut() -> A,
) -> Result<T, Setback> {
    let give_up = Instant::now() + patience;
    let mut backoff = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
    loop {
        let setback = match attempt().await {
            Ok(done) => return Ok(done),
            Err(error) => error.into(),
        };
        let wait = backoff.wait();
        if !setback.may_pass() || Instant::now() + wait > give_up {
            return Err(setback);
        }
        warn!(error = %setback, wait_ms = wait.as_millis(), "will try again");
        tokio::select! {
            () = sleep(wait) => {}
            () = stop.cancelled() => return Err(setback),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreError;

    fn away() -> StoreError {
        StoreError::unavailable("answer", "it is away")
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_away_for_a_moment_is_waited_for_and_no_longer() {
        let stop = CancellationToken::new();
        let mut left = 5;
        let back = insist(Duration::from_secs(30), &stop, || {
            left -= 1;
            std::future::ready(if left > 0 { Err(away()) } else { Ok(left) })
        });
        assert_eq!(back.await.unwrap(), 0);
        let begun = Instant::now();
        let gone =
            insist(Duration::from_secs(30), &stop, || std::future::ready(Err::<(), _>(away())));
        assert!(matches!(gone.await, Err(Setback::Store(StoreError::Unavailable { .. }))));
        assert!(
            begun.elapsed() > Duration::from_secs(25) && begun.elapsed() < Duration::from_secs(31)
        );
    }

    #[tokio::test]
    async fn what_will_not_pass_is_not_tried_again() {
        let stop = CancellationToken::new();
        let mut tries = 0;
        let missing = insist(Duration::from_secs(30), &stop, || {
            tries += 1;
            std::future::ready(Err::<(), _>(GalleryError::NotFound("1-mug-1.webp".to_owned())))
        });
        assert!(matches!(missing.await, Err(Setback::Gallery(GalleryError::NotFound(_)))));
        assert_eq!(tries, 1);
    }
}
