//! A budget of bytes that threads wait for, in the order in which they came: what needs much of it
//! would wait for ever if whatever needs little went first.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// A budget of bytes.
pub(super) struct Memory {
    total: u64,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    taken: u64,
    /// Those who wait, the first of them in front.
    queue: VecDeque<u64>,
    next: u64,
}

/// Bytes that are given back when this is dropped.
pub(super) struct Taken<'a> {
    memory: &'a Memory,
    bytes: u64,
}

impl Memory {
    pub(super) fn new(total: u64) -> Self {
        Memory { total, state: Mutex::default(), changed: Condvar::new() }
    }

    /// All that there is; nothing may ask for more.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// Waits until so many bytes are free; `None` where they are not within `patience`, or where
    /// nobody wants them any more.
    pub(super) fn take(
        &self,
        bytes: u64,
        patience: Duration,
        is_unwanted: impl Fn() -> bool,
    ) -> Option<Taken<'_>> {
        let deadline = Instant::now().checked_add(patience);
        let mut state = self.lock();
        let number = state.next;
        state.next += 1;
        state.queue.push_back(number);
        let is_mine = |state: &State| {
            state.queue.front() == Some(&number)
                && self.total.checked_sub(state.taken).is_some_and(|free| free >= bytes)
        };
        while !is_mine(&state) {
            let left = deadline.map_or(Duration::MAX, |at| at.duration_since(Instant::now()));
            if left.is_zero() || is_unwanted() {
                state.queue.retain(|waiting| *waiting != number);
                self.changed.notify_all();
                return None;
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.queue.pop_front();
        state.taken += bytes;
        // The next one may find enough, too.
        self.changed.notify_all();
        Some(Taken { memory: self, bytes })
    }

    /// Has all who wait see whether anybody still wants what they wait for.
    pub(super) fn look_again(&self) {
        let _state = self.lock();
        self.changed.notify_all();
    }

    /// How many wait.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.lock().queue.len()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.memory.lock().taken -= self.bytes;
        self.memory.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            atomic::{AtomicBool, Ordering},
            mpsc,
        },
        thread,
    };

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn wait_until(is_so: impl Fn() -> bool) {
        let deadline = Instant::now() + LONG;
        while !is_so() {
            assert!(Instant::now() < deadline, "it never came to that");
            thread::yield_now();
        }
    }

    #[test]
    fn what_needs_much_is_not_overtaken_by_what_needs_little() {
        let memory = Memory::new(10);
        let first = memory.take(6, LONG, || false).unwrap();
        let (order, came) = mpsc::channel();
        thread::scope(|threads| {
            for bytes in [10, 1] {
                let (memory, order) = (&memory, order.clone());
                threads.spawn(move || {
                    let taken = memory.take(bytes, LONG, || false);
                    order.send(bytes).unwrap();
                    drop(taken);
                });
                let expected = if bytes == 10 { 1 } else { 2 };
                wait_until(|| memory.waiting() == expected);
            }
            drop(first);
        });
        assert_eq!(came.try_iter().collect::<Vec<_>>(), [10, 1]);
        assert_eq!(memory.lock().taken, 0);
    }

    #[test]
    fn whoever_is_not_wanted_any_more_leaves_the_queue() {
        let memory = Memory::new(10);
        let all = memory.take(10, LONG, || false).unwrap();
        let is_unwanted = AtomicBool::new(false);
        let unwanted = || is_unwanted.load(Ordering::Relaxed);
        thread::scope(|threads| {
            let gone = threads.spawn({
                let memory = &memory;
                move || memory.take(10, LONG, unwanted).is_none()
            });
            wait_until(|| memory.waiting() == 1);
            is_unwanted.store(true, Ordering::Relaxed);
            memory.look_again();
            assert!(gone.join().unwrap());
        });
        assert_eq!(memory.waiting(), 0);
        drop(all);
        assert!(memory.take(10, LONG, || false).is_some());
    }

    #[test]
    fn nobody_waits_for_ever() {
        let memory = Memory::new(10);
        let _lost = memory.take(10, LONG, || false).unwrap();
        assert!(memory.take(1, Duration::from_millis(10), || false).is_none());
        assert_eq!(memory.waiting(), 0);
    }
}
