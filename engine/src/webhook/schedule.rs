//! When a delivery is tried again: a pure plan.

use std::time::Duration;

use rand::{Rng, RngExt};

use crate::model::{Patience, TRIES_KEPT};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// By how much a wait may be longer or shorter than planned, so that what failed together is not
/// tried again together.
const JITTER: f64 = 0.1;

const _: () = assert!(Schedule::MOST_WAITS < TRIES_KEPT);

/// When deliveries are tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// How long to wait after the first failed try, after the second, and so on; after as many as
    /// there are waits a delivery is dead. Default: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h,
    /// 24 h.
    pub waits: Vec<Duration>,
    /// The longest wait that a receiver can ask for. Default: 24 h.
    pub longest_wait: Duration,
    /// After how long of failing a receiver is disabled. Default: 5 days.
    pub patience: Duration,
}

impl Default for Schedule {
    fn default() -> Self {
        Schedule {
            waits: vec![
                5 * SECOND,
                5 * MINUTE,
                30 * MINUTE,
                2 * HOUR,
                5 * HOUR,
                10 * HOUR,
                14 * HOUR,
                20 * HOUR,
                24 * HOUR,
            ],
            longest_wait: 24 * HOUR,
            patience: 5 * 24 * HOUR,
        }
    }
}

impl Schedule {
    /// How many waits a host may let people set: every try of a delivery can be looked at.
    pub const MOST_WAITS: usize = 300;

    /// How long a receiver may fail. Between two tries of one delivery there is never so much time
    /// as to be taken for silence, even if the second one has to wait for its turn.
    pub(super) fn patience(&self) -> Patience {
        let longest = self.waits.iter().copied().fold(self.longest_wait, Duration::max);
        Patience { lasts: self.patience, silence: longest.mul_f64(1.0 + JITTER) + HOUR }
    }

    /// How long to wait after the last of `failed` tries; `None` where it was the last of all.
    /// `asked` is the wait that the receiver asked for, if it did: it is never cut short, unless
    /// it is longer than any receiver can ask for.
    pub(super) fn wait(
        &self,
        failed: u32,
        asked: Option<Duration>,
        chance: &mut impl Rng,
    ) -> Option<Duration> {
        let place = usize::try_from(failed.checked_sub(1)?).ok()?;
        let planned = *self.waits.get(place)?;
        let asked = asked.unwrap_or_default().min(self.longest_wait);
        let spread = chance.random_range(0.0..=JITTER);
        Some(if asked > planned {
            asked.mul_f64(1.0 + spread)
        } else {
            planned.mul_f64(1.0 - JITTER / 2.0 + spread).max(asked)
        })
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    fn waits(failed: u32, asked: Option<Duration>) -> Vec<Option<Duration>> {
        let mut chance = StdRng::seed_from_u64(7);
        (0..500).map(|_| Schedule::default().wait(failed, asked, &mut chance)).collect()
    }

    #[test]
    fn the_waits_are_those_of_the_plan_spread_a_little() {
        let plan = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
        for (failed, planned) in (1..).zip(plan.map(Duration::from_secs)) {
            let waits: Vec<Duration> = waits(failed, None).into_iter().flatten().collect();
            assert_eq!(waits.len(), 500);
            let (least, most) = (planned.mul_f64(0.949), planned.mul_f64(1.051));
            assert!(waits.iter().all(|wait| (least..=most).contains(wait)), "{planned:?}");
            assert!(waits.iter().any(|wait| *wait < planned.mul_f64(0.96)));
            assert!(waits.iter().any(|wait| *wait > planned.mul_f64(1.04)));
        }
    }

    #[test]
    fn after_the_tenth_failed_try_there_is_no_other() {
        assert_eq!(waits(10, None)[0], None);
        assert_eq!(waits(10, Some(Duration::from_secs(1)))[0], None);
        assert_eq!(waits(u32::MAX, None)[0], None);
        assert_eq!(waits(0, None)[0], None);
    }

    #[test]
    fn what_the_receiver_asks_for_is_waited_for_at_least() {
        for asked in [Duration::from_secs(5), Duration::from_secs(90)] {
            for wait in waits(1, Some(asked)).into_iter().flatten() {
                assert!(wait >= asked && wait <= asked.mul_f64(1.1), "{wait:?}");
            }
        }
    }

    #[test]
    fn a_receiver_cannot_ask_for_a_year() {
        let year = Duration::from_secs(365 * 86_400);
        for wait in waits(1, Some(year)).into_iter().flatten() {
            assert!(wait <= (24 * HOUR).mul_f64(1.1));
        }
        for wait in waits(1, Some(Duration::MAX)).into_iter().flatten() {
            assert!(wait <= (24 * HOUR).mul_f64(1.1));
        }
    }

    #[test]
    fn without_waits_one_try_is_all() {
        let schedule = Schedule { waits: Vec::new(), ..Schedule::default() };
        assert_eq!(schedule.wait(1, None, &mut StdRng::seed_from_u64(7)), None);
    }
}
