//! When a download is tried again: a pure plan.

use std::time::Duration;

use rand::{Rng, RngExt};
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

use super::{FetchError, Limits};

/// How long to wait before the next try; `None` where there shall be none.
///
/// Exponential backoff with full jitter (M. Brooker, "Exponential Backoff And Jitter", AWS
/// Architecture Blog, 2015). What a server asks for is added to, never cut short: where it asks for
/// more than [`Limits::longest_wait`], there is no further try.
pub(super) fn wait_before_next(
    limits: &Limits,
    tries: u32,
    error: &FetchError,
    chance: &mut impl Rng,
) -> Option<Duration> {
    if tries >= limits.max_tries || !is_worth_another_try(limits, error) {
        return None;
    }
    let doubled = limits.backoff.saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1)));
    let jitter = doubled.min(limits.longest_wait).mul_f64(chance.random_range(0.0..=1.0));
    match error.retry_after() {
        None => Some(jitter),
        Some(asked) if asked > limits.longest_wait => None,
        Some(asked) => Some(asked.saturating_add(jitter)),
    }
}

/// Whether to try again at once: a download that has used up its whole time is left for later, or
/// a host that never answers would hold up the others for minutes an image.
fn is_worth_another_try(limits: &Limits, error: &FetchError) -> bool {
    let has_used_it_up = matches!(error, FetchError::Unfinished { .. })
        || matches!(error, FetchError::NoAnswer { within } if *within >= limits.whole);
    error.is_retryable() && !has_used_it_up
}

/// How long a server asks to be left alone, in seconds or by date (RFC 9110, section 10.2.3).
///
/// A date is read by the server's own clock, so that ours need not be right; servers that have one
/// send it with each answer (section 6.6.1).
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let asked = text(RETRY_AFTER)?;
    if let Ok(seconds) = asked.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(asked).ok()?;
    let now = httpdate::parse_http_date(text(DATE)?).ok()?;
    Some(until.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    fn status(status: u16, retry_after: Option<u64>) -> FetchError {
        FetchError::HttpStatus { status, retry_after: retry_after.map(Duration::from_secs) }
    }

    fn waits(tries: u32, error: &FetchError) -> Vec<Option<Duration>> {
        let mut chance = StdRng::seed_from_u64(7);
        (0..500).map(|_| wait_before_next(&Limits::default(), tries, error, &mut chance)).collect()
    }

    #[test]
    fn waits_are_spread_from_nothing_to_a_ceiling_that_doubles() {
        for (tries, ceiling) in [(1, 500), (2, 1_000), (3, 2_000)] {
            let ceiling = Duration::from_millis(ceiling);
            let waits: Vec<Duration> =
                waits(tries, &status(503, None)).into_iter().flatten().collect();
            assert_eq!(waits.len(), 500);
            assert!(waits.iter().all(|wait| *wait <= ceiling));
            assert!(waits.iter().any(|wait| *wait < ceiling / 10));
            assert!(waits.iter().any(|wait| *wait > ceiling * 9 / 10));
        }
    }

    #[test]
    fn the_last_try_is_the_last() {
        assert_eq!(waits(4, &status(503, None))[0], None);
    }

    #[test]
    fn what_the_server_asks_for_is_waited_for_at_least() {
        for wait in waits(1, &status(429, Some(7))) {
            let wait = wait.unwrap();
            assert!(wait >= Duration::from_secs(7) && wait <= Duration::from_millis(7_500));
        }
    }

    #[test]
    fn a_server_that_asks_for_too_long_is_given_up_on() {
        assert_eq!(waits(1, &status(503, Some(61)))[0], None);
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        for (code, is_tried) in [
            (400, false),
            (401, false),
            (403, false),
            (404, false),
            (408, true),
            (410, false),
            (425, true),
            (429, true),
            (500, true),
            (502, true),
            (503, true),
            (504, true),
        ] {
            assert_eq!(waits(1, &status(code, None))[0].is_some(), is_tried, "HTTP {code}");
        }
    }

    #[test]
    fn a_try_that_used_up_its_time_is_not_followed_by_another() {
        let error = FetchError::NoAnswer { within: Duration::from_secs(60) };
        assert_eq!(waits(1, &error)[0], None);
        assert!(error.is_retryable());
    }

    #[test]
    fn no_number_of_tries_overflows() {
        let limits = Limits { max_tries: u32::MAX, ..Limits::default() };
        let mut chance = StdRng::seed_from_u64(7);
        let wait = wait_before_next(&limits, u32::MAX - 1, &status(503, None), &mut chance);
        assert!(wait.unwrap() <= limits.longest_wait);
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn retry_after_is_read_in_both_its_forms() {
        let date = "Fri, 31 Dec 1999 23:59:59 GMT";
        for (pairs, seconds) in [
            (vec![("retry-after", "120")], Some(120)),
            (vec![("retry-after", " 0 ")], Some(0)),
            (vec![("retry-after", date), ("date", "Fri, 31 Dec 1999 23:59:49 GMT")], Some(10)),
            (vec![("retry-after", date), ("date", "Sat, 01 Jan 2000 00:00:00 GMT")], Some(0)),
            (vec![("retry-after", date)], None),
            (vec![("retry-after", "-1")], None),
            (vec![("retry-after", "soon")], None),
            (vec![], None),
        ] {
            let expected = seconds.map(Duration::from_secs);
            assert_eq!(retry_after(&headers(&pairs)), expected, "{pairs:?}");
        }
    }
}
