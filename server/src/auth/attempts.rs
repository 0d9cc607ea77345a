//! How many wrong keys came from where.
//!
//! Guessing a key is hopeless; this keeps a flood of invented ones from reaching the store. The
//! memory it takes is fixed: addresses share counters, so now and then one is counted for another.
//! Nor is an address always one sender's: so one that is barred still has a few keys looked up.

use std::{
    hash::{BuildHasher, RandomState},
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use tracing::warn;

/// How many counters there are.
const COUNTERS: usize = 4_096;
/// How long wrong keys are counted together, in seconds.
const WINDOW_SECONDS: u64 = 60;
/// How many keys are looked up in a second for an address that is barred.
const LOOK_UPS: u32 = 5;

/// How many wrong keys came from which address in the last minute.
pub(crate) struct Attempts {
    /// How many may come from one address in a minute.
    limit: u32,
    begun: Instant,
    /// Unlike in each process, so that nobody can know who shares a counter.
    hasher: RandomState,
    counters: Mutex<Vec<Counter>>,
}

#[derive(Clone, Copy, Default)]
struct Counter {
    window: u64,
    wrong: u32,
    /// The second of the last look-up while the address was barred, and how many it has had.
    second: u64,
    look_ups: u32,
}

impl Attempts {
    /// Lets `limit` wrong keys come from an address in a minute.
    pub(crate) fn new(limit: u32) -> Self {
        Attempts {
            limit,
            begun: Instant::now(),
            hasher: RandomState::new(),
            counters: Mutex::new(vec![Counter::default(); COUNTERS]),
        }
    }

    /// Notes that a wrong key came from an address.
    pub(super) fn note(&self, address: Option<IpAddr>) {
        let wrong = self.count(self.second(), address, 1);
        if wrong == self.limit {
            warn!(?address, wrong, "so many wrong keys came from an address in a minute");
        }
    }

    /// Whether too many wrong keys came from an address of late.
    pub(super) fn are_too_many(&self, address: Option<IpAddr>) -> bool {
        self.count(self.second(), address, 0) >= self.limit
    }

    /// Whether a key that is not known may be looked up although its address is barred: others
    /// than who sent the wrong ones may be behind it.
    pub(super) fn may_look_up(&self, address: Option<IpAddr>) -> bool {
        self.look_up_at(self.second(), address)
    }

    fn second(&self) -> u64 {
        self.begun.elapsed().as_secs()
    }

    fn count(&self, second: u64, address: Option<IpAddr>, more: u32) -> u32 {
        let window = second / WINDOW_SECONDS;
        self.counter(address, |counter| {
            if counter.window != window {
                *counter = Counter { window, ..Counter::default() };
            }
            counter.wrong = counter.wrong.saturating_add(more);
            counter.wrong
        })
    }

    fn look_up_at(&self, second: u64, address: Option<IpAddr>) -> bool {
        self.counter(address, |counter| {
            if counter.second != second {
                (counter.second, counter.look_ups) = (second, 0);
            }
            counter.look_ups = counter.look_ups.saturating_add(1);
            counter.look_ups <= LOOK_UPS
        })
    }

    fn counter<T>(&self, address: Option<IpAddr>, change: impl FnOnce(&mut Counter) -> T) -> T {
        let place = self.hasher.hash_one(address.map(network)) % COUNTERS as u64;
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut counters[place as usize])
    }
}

/// An address, or the network that one customer of a provider is given.
fn network(address: IpAddr) -> u64 {
    match address.to_canonical() {
        IpAddr::V4(address) => u64::from(address.to_bits()),
        IpAddr::V6(address) => (address.to_bits() >> 64) as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn wrong_keys_are_counted_for_each_network_and_forgotten_with_the_minute() {
        let attempts = Attempts::new(2);
        assert_eq!(attempts.count(0, address("2001:db8::1"), 1), 1);
        assert_eq!(attempts.count(0, address("2001:db8::2"), 1), 2, "the same network");
        assert_eq!(attempts.count(60, address("2001:db8::1"), 0), 0, "another minute");
        let others = (0..100).map(|n| format!("10.0.0.{n}"));
        let mixed = others.filter(|other| attempts.count(60, address(other), 1) != 1).count();
        assert!(mixed < 20, "{mixed} of 100 share a counter");
    }

    #[test]
    fn an_address_is_barred_after_so_many_wrong_keys() {
        let attempts = Attempts::new(2);
        let barred: Vec<bool> = (0..3)
            .map(|_| {
                attempts.note(address("10.0.0.1"));
                attempts.are_too_many(address("10.0.0.1"))
            })
            .collect();
        assert_eq!(barred, [false, true, true]);
    }

    #[test]
    fn an_address_that_is_barred_has_a_few_keys_looked_up_each_second() {
        let attempts = Attempts::new(1);
        let looked_up = |second| -> u32 {
            (0..100).map(|_| u32::from(attempts.look_up_at(second, address("10.0.0.1")))).sum()
        };
        assert_eq!([looked_up(7), looked_up(7), looked_up(8)], [LOOK_UPS, 0, LOOK_UPS]);
    }
}
