//! Time that goes on while the machine is suspended, as that of a lease does.

use std::time::Duration;

/// A moment by a clock that is not set and does not stand still.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(Duration);

impl Moment {
    /// The present one.
    pub(super) fn now() -> Self {
        Moment(since_start())
    }

    /// The one that is so much later.
    pub(super) fn after(self, time: Duration) -> Self {
        Moment(self.0 + time)
    }
}

/// Source: clock_gettime(2), CLOCK_BOOTTIME.
#[cfg(target_os = "linux")]
fn since_start() -> Duration {
    use rustix::time::{ClockId, clock_gettime};

    let time = clock_gettime(ClockId::Boottime);
    // Neither is negative, as it counts from when the machine was started.
    let (seconds, nanos) = (time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs());
    Duration::from_secs(seconds) + Duration::from_nanos(nanos)
}

/// Whether this goes on while the machine is suspended is up to the system.
#[cfg(not(target_os = "linux"))]
fn since_start() -> Duration {
    use std::{sync::LazyLock, time::Instant};

    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// What the system calls its uptime counts the time that it was suspended.
    #[test]
    fn the_clock_is_the_one_that_a_suspended_machine_has_as_well() {
        let uptime = || {
            let uptime = std::fs::read_to_string("/proc/uptime").unwrap();
            let seconds = uptime.split(' ').next().unwrap().parse().unwrap();
            Duration::from_secs_f64(seconds)
        };
        let (before, now, after) = (uptime(), Moment::now().0, uptime());
        let rounding = Duration::from_millis(20);
        assert!(
            before <= now + rounding && now <= after + rounding,
            "{before:?} {now:?} {after:?}"
        );
    }
}
