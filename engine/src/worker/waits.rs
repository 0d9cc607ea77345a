//! How long a worker waits before it looks for work again.

use std::time::Duration;

/// The first wait of an idle worker is this part of the longest.
const FIRST_LOOK: u32 = 8;
/// The first wait after the store or the gallery failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// The longest of those.
const LONGEST_AFTER_FAILURE: Duration = Duration::from_secs(30);

/// How long a worker waits before it looks for work again: ever longer, until there is some.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waits {
    /// The longest wait where there is nothing to do.
    longest: Duration,
    for_more: Duration,
    after_failure: Duration,
}

impl Waits {
    pub(super) fn new(longest: Duration) -> Self {
        Waits { longest, for_more: longest / FIRST_LOOK, after_failure: AFTER_FAILURE }
    }

    /// There was something to do.
    pub(super) fn found_work(&mut self) {
        *self = Waits::new(self.longest);
    }

    /// There was nothing to do.
    pub(super) fn found_nothing(&mut self) -> Duration {
        self.after_failure = AFTER_FAILURE;
        let wait = self.for_more;
        self.for_more = (wait * 2).min(self.longest);
        wait
    }

    /// It could not be found out.
    pub(super) fn failed(&mut self) -> Duration {
        let wait = self.after_failure;
        self.after_failure = (wait * 2).min(LONGEST_AFTER_FAILURE);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(waits: impl Iterator<Item = Duration>) -> Vec<f64> {
        waits.map(|wait| wait.as_secs_f64()).collect()
    }

    #[test]
    fn who_finds_nothing_looks_ever_less_often_and_soon_again_once_there_was_something() {
        let mut waits = Waits::new(Duration::from_secs(2));
        let looks = seconds((0..5).map(|_| waits.found_nothing()));
        assert_eq!(looks, [0.25, 0.5, 1.0, 2.0, 2.0]);
        waits.found_work();
        assert_eq!(seconds((0..2).map(|_| waits.found_nothing())), [0.25, 0.5]);
    }

    #[test]
    fn a_store_that_fails_is_asked_ever_less_often() {
        let mut waits = Waits::new(Duration::from_secs(2));
        let tries = seconds((0..7).map(|_| waits.failed()));
        assert_eq!(tries, [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]);
        waits.found_nothing();
        assert_eq!(seconds((0..1).map(|_| waits.failed())), [1.0]);
    }
}
