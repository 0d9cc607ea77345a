//! Reads the body of one answer, and no more of it than is worth having.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Response;
use tokio::time::{Instant, timeout};

use super::{
    FetchError, Limits,
    allowance::Allowance,
    budget::{Budget, Memory},
    diagnose,
    error::Received,
    sniff,
};

/// Reads a body to its end.
///
/// # Errors
/// Where it is too large, too slow, empty, cut off or clearly not an image.
pub(super) async fn download(
    mut response: Response,
    limits: &Limits,
    budget: &Budget,
    allowance: &mut Allowance,
) -> Result<(Bytes, Memory), FetchError> {
    let too_large = FetchError::TooLarge { limit: limits.max_source_bytes };
    let of = response.content_length();
    if of.is_some_and(|of| of > limits.max_source_bytes) {
        return Err(too_large);
    }
    let mut memory = budget.take(of).await;
    let mut body = Vec::with_capacity(of.and_then(|of| usize::try_from(of).ok()).unwrap_or(0));
    let mut is_sniffed = false;
    let mut pace = Pace::new(limits);
    loop {
        let received = Received { bytes: body.len() as u64, of };
        let chunk = allowance.spend(timeout(pace.left(), response.chunk())).await;
        let chunk = match chunk {
            Err(_) => return Err(FetchError::Unfinished { within: limits.whole, received }),
            Ok(Err(_)) => return Err(pace.too_slow(received)),
            Ok(Ok(Err(error))) => return Err(diagnose::no_body(error, received)),
            Ok(Ok(Ok(None))) => break,
            Ok(Ok(Ok(Some(chunk)))) => chunk,
        };
        let bytes = received.bytes + chunk.len() as u64;
        if bytes > limits.max_source_bytes {
            return Err(too_large);
        }
        if memory.covers(bytes) {
            pace.advance(bytes);
        } else {
            memory.grow_to(bytes).await;
            pace.restart(bytes);
        }
        body.extend_from_slice(&chunk);
        if !is_sniffed && body.len() >= sniff::ENOUGH {
            refuse_other_than_images(&body)?;
            is_sniffed = true;
        }
    }
    if body.is_empty() {
        return Err(FetchError::Empty);
    }
    if !is_sniffed {
        refuse_other_than_images(&body)?;
    }
    body.shrink_to_fit();
    memory.shrink_to(body.len() as u64);
    Ok((body.into(), memory))
}

/// Refuses bytes that are clearly not an image.
///
/// # Errors
/// [`FetchError::NotAnImage`] with what they are.
pub(super) fn refuse_other_than_images(start: &[u8]) -> Result<(), FetchError> {
    sniff::not_an_image(start).map_or(Ok(()), |what| Err(FetchError::NotAnImage(what)))
}

/// Whether a body gets on: every stretch of [`Limits::stalled`] has to bring its share of bytes.
struct Pace<'a> {
    limits: &'a Limits,
    /// When the stretch began.
    since: Instant,
    /// The number of bytes at which it began.
    start: u64,
    /// The number of bytes at which the next stretch begins.
    milestone: u64,
}

impl<'a> Pace<'a> {
    fn new(limits: &'a Limits) -> Self {
        let mut pace = Pace { limits, since: Instant::now(), start: 0, milestone: 0 };
        pace.restart(0);
        pace
    }

    /// How long the stretch still lasts.
    fn left(&self) -> Duration {
        self.limits.stalled.saturating_sub(self.since.elapsed())
    }

    /// Why the body is given up on: nothing has come in the stretch, or too little.
    fn too_slow(&self, received: Received) -> FetchError {
        let Limits { stalled: duration, least_bytes_per_second, .. } = *self.limits;
        if received.bytes == self.start {
            FetchError::Stalled { duration, received }
        } else {
            FetchError::TooSlow { least_bytes_per_second, duration, received }
        }
    }

    fn advance(&mut self, bytes: u64) {
        if bytes >= self.milestone {
            self.restart(bytes);
        }
    }

    fn restart(&mut self, bytes: u64) {
        let Limits { stalled, least_bytes_per_second, .. } = self.limits;
        let share = stalled.as_millis() * u128::from(*least_bytes_per_second) / 1_000;
        self.since = Instant::now();
        self.start = bytes;
        self.milestone = bytes.saturating_add(u64::try_from(share).unwrap_or(u64::MAX).max(1));
    }
}
