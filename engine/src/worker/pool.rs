//! The threads that compress: one a core, fed by a bounded channel.
//!
//! Decoding and encoding never run on the async threads. What runs at once is bounded in number by
//! the threads and in memory by a budget of decoded bytes; an image that takes too long is given
//! up, with the thread that hangs on it.

mod job;
mod memory;
#[cfg(test)]
mod tests;

use std::{io, num::NonZeroUsize, sync::Arc, thread, time::Duration};

use bytes::Bytes;

use crate::{
    compress::{Compressed, Limits, Stop},
    model::{Failure, FailureCode, Recipe},
};
use job::Job;
use memory::Memory;

/// The threads that compress.
pub(super) struct Pool {
    jobs: async_channel::Sender<Job>,
    shared: Arc<Shared>,
}

/// What the threads share; each of them holds it, so that their number can be told.
struct Shared {
    waiting: async_channel::Receiver<Job>,
    limits: Limits,
    memory: Memory,
    time_limit: Duration,
    /// How long an image may wait for memory before that is taken for lost.
    patience: Duration,
}

/// Ends a compression that nobody waits for any more.
struct StopWhenDropped<'a> {
    stop: Stop,
    memory: &'a Memory,
}

impl Drop for StopWhenDropped<'_> {
    fn drop(&mut self) {
        self.stop.request();
        self.memory.look_again();
    }
}

impl Pool {
    /// Starts the threads. They end when the pool is dropped.
    ///
    /// # Errors
    /// Where the system has no thread left to give.
    pub(super) fn start(
        threads: NonZeroUsize,
        limits: Limits,
        decoded_bytes: u64,
        time_limit: Duration,
    ) -> io::Result<Self> {
        let pool = Pool::without_threads(threads, limits, decoded_bytes, time_limit);
        for _ in 0..threads.get() {
            pool.shared.start_thread()?;
        }
        Ok(pool)
    }

    fn without_threads(
        threads: NonZeroUsize,
        limits: Limits,
        decoded_bytes: u64,
        time_limit: Duration,
    ) -> Self {
        let (jobs, waiting) = async_channel::bounded(threads.get());
        let others = u32::try_from(threads.get()).unwrap_or(u32::MAX);
        let shared = Shared {
            waiting,
            limits,
            memory: Memory::new(decoded_bytes),
            time_limit,
            // All the others may be before it, each for as long as it may take; and once more.
            patience: time_limit.saturating_mul(others.saturating_add(1)),
        };
        Pool { jobs, shared: Arc::new(shared) }
    }

    /// Whether a thread may be out of work.
    pub(super) fn is_hungry(&self) -> bool {
        self.jobs.is_empty()
    }

    /// Compresses one image as soon as a thread is free.
    ///
    /// The call may be dropped at any moment, as by `select!`, and that costs nothing: an image
    /// that waits is passed over as soon as a thread comes to it, and one that is being compressed
    /// is asked to end. Its thread and memory are free when it does so.
    pub(super) async fn compress(
        &self,
        source: Bytes,
        recipe: Recipe,
    ) -> Result<Compressed, Failure> {
        let stop = Stop::new();
        let (job, watch) = Job::new(source, recipe, stop.clone());
        let _stop_when_dropped = StopWhenDropped { stop, memory: &self.shared.memory };
        self.jobs.send(job).await.map_err(|_| broken("no thread is left to compress it"))?;
        // On its own, for a thread that hangs has to be replaced even when nobody waits any more.
        let watching = tokio::spawn(watch.outcome(Arc::clone(&self.shared)));
        watching.await.unwrap_or_else(|error| Err(broken(&error.to_string())))
    }
}

impl Shared {
    fn start_thread(self: &Arc<Self>) -> io::Result<()> {
        let shared = Arc::clone(self);
        let thread = thread::Builder::new().name("pixmill-compress".to_owned());
        thread.spawn(move || while shared.run_one() {}).map(drop)
    }

    /// Compresses the next image; `false` where there will be none, or where the thread has been
    /// replaced meanwhile.
    fn run_one(&self) -> bool {
        self.waiting.recv_blocking().is_ok_and(|job| job.run(self))
    }
}

fn broken(message: &str) -> Failure {
    Failure {
        code: FailureCode::Internal,
        message: message.to_owned(),
        reason: "fault of Pixmill".to_owned(),
        is_retryable: true,
    }
}
