//! Waits that double, for those who look again and again: at first it is likely that there is
//! something soon, and the longer there was nothing the less so.

use std::time::Duration;

/// Waits that double up to the longest one.
#[derive(Clone, Debug)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    /// Waits from `first` on; none is longer than `longest`, the first one included.
    #[must_use]
    pub fn new(first: Duration, longest: Duration) -> Self {
        let first = first.min(longest);
        Backoff { first, longest, next: first }
    }

    /// How long to wait now; the wait after it is twice as long.
    pub fn wait(&mut self) -> Duration {
        let wait = self.next;
        self.next = wait.saturating_mul(2).min(self.longest);
        wait
    }

    /// Begins with the first wait again.
    pub fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_begin_again() {
        let second = Duration::from_secs(1);
        let mut backoff = Backoff::new(second, 5 * second);
        for _ in 0..2 {
            let waits: Vec<Duration> = (0..5).map(|_| backoff.wait()).collect();
            assert_eq!(waits, [1, 2, 4, 5, 5].map(|count| count * second));
            backoff.reset();
        }
        assert_eq!(Backoff::new(5 * second, second).wait(), second);
        let mut endless = Backoff::new(Duration::MAX, Duration::MAX);
        assert_eq!((endless.wait(), endless.wait()), (Duration::MAX, Duration::MAX));
    }
}
