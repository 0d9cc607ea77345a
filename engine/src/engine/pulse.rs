//! Whether the gallery answers, without asking it each time: who asks may be anybody, and an
//! answer costs a write.

use std::{io, time::Duration};

use tokio::{sync::Mutex, time::Instant};

use crate::gallery::GalleryError;

/// How long an answer holds.
const FRESH: Duration = Duration::from_secs(10);

/// The last answer.
#[derive(Debug, Default)]
pub(super) struct Pulse(Mutex<Option<(Instant, Result<(), Failed>)>>);

/// An error of the gallery, to be told more than once.
#[derive(Clone, Debug)]
struct Failed {
    action: String,
    told: String,
}

impl Pulse {
    /// Gives the last answer while it is fresh, and otherwise asks; whoever comes meanwhile waits
    /// for the same answer.
    pub(super) async fn feel(
        &self,
        ask: impl Future<Output = Result<(), GalleryError>>,
    ) -> Result<(), GalleryError> {
        let mut last = self.0.lock().await;
        let fresh = last.as_ref().filter(|(at, _)| at.elapsed() < FRESH);
        let answer = match fresh {
            Some((_, answer)) => answer.clone(),
            None => {
                let answer = ask.await.map_err(Failed::from);
                *last = Some((Instant::now(), answer.clone()));
                answer
            }
        };
        answer.map_err(GalleryError::from)
    }
}

impl From<GalleryError> for Failed {
    fn from(error: GalleryError) -> Self {
        match error {
            GalleryError::Unavailable { action, source } => {
                Failed { action, told: source.to_string() }
            }
            GalleryError::NotFound(name) => Failed { action: format!("find {name}"), told: name },
        }
    }
}

impl From<Failed> for GalleryError {
    fn from(failed: Failed) -> Self {
        let Failed { action, told } = failed;
        GalleryError::Unavailable { action, source: io::Error::other(told) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures_util::future::join_all;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn however_many_ask_the_gallery_is_asked_once_in_ten_seconds() {
        let (pulse, asked) = (Pulse::default(), AtomicU32::new(0));
        let (pulse, asked) = (&pulse, &asked);
        let ask = |is_well: bool| {
            pulse.feel(async move {
                asked.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(100)).await;
                let source = io::Error::other("full");
                if is_well {
                    Ok(())
                } else {
                    Err(GalleryError::Unavailable { action: "write".to_owned(), source })
                }
            })
        };
        let many = async |is_well| join_all((0..50).map(|_| ask(is_well))).await;
        assert!(many(true).await.iter().all(Result::is_ok));
        assert!(many(false).await.iter().all(Result::is_ok), "the answer is fresh");
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        tokio::time::advance(FRESH).await;
        for answer in many(false).await {
            assert_eq!(answer.unwrap_err().to_string(), "the gallery cannot write: full");
        }
        assert_eq!(asked.load(Ordering::Relaxed), 2);
        tokio::time::advance(FRESH).await;
        assert!(many(true).await.iter().all(Result::is_ok), "it is well again");
    }
}
