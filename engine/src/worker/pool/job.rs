//! One image in the pool: what a thread does with it, and how it is watched meanwhile.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    sync::{oneshot, watch},
    time::{sleep, timeout},
};

use super::{Shared, broken};
use crate::{
    compress::{self, CompressError, Compressed, Stop},
    model::{Failure, FailureCode, Recipe},
};

/// How long an image that was told to stop may take to do so, before its thread is given up.
const TIME_TO_STOP: Duration = Duration::from_secs(2);

/// Where a job is. What it does by itself has a time limit; how long it waits depends on others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// For a thread.
    Waiting,
    /// At its headers.
    Probing,
    /// For memory.
    Queueing,
    Compressing,
}

/// What a thread is given.
pub(super) struct Job {
    source: Bytes,
    recipe: Recipe,
    stop: Stop,
    step: watch::Sender<Step>,
    /// Set by whoever is first: the thread when it is done, or the watch when it gives it up.
    is_settled: Arc<AtomicBool>,
    answer: oneshot::Sender<Result<Compressed, Failure>>,
}

/// The other end of a job.
pub(super) struct Watch {
    stop: Stop,
    step: watch::Receiver<Step>,
    is_settled: Arc<AtomicBool>,
    answer: oneshot::Receiver<Result<Compressed, Failure>>,
}

impl Job {
    pub(super) fn new(source: Bytes, recipe: Recipe, stop: Stop) -> (Self, Watch) {
        let (step, steps) = watch::channel(Step::Waiting);
        let (answer, answered) = oneshot::channel();
        let is_settled = Arc::new(AtomicBool::new(false));
        let watch = Watch {
            stop: stop.clone(),
            step: steps,
            is_settled: Arc::clone(&is_settled),
            answer: answered,
        };
        (Job { source, recipe, stop, step, is_settled, answer }, watch)
    }

    /// Compresses the image; `false` where the thread has been replaced meanwhile.
    pub(super) fn run(self, shared: &Shared) -> bool {
        let outcome = self.outcome(shared);
        let Job { is_settled, answer, .. } = self;
        let is_replaced = is_settled.swap(true, Ordering::Relaxed);
        // An error says that nobody waits for it any more.
        drop(answer.send(outcome));
        !is_replaced
    }

    fn outcome(&self, shared: &Shared) -> Result<Compressed, Failure> {
        let Job { source, recipe, stop, .. } = self;
        stop.check()?;
        self.step.send_replace(Step::Probing);
        let probe = compress::probe_until(source, &shared.limits, stop)?;
        let bytes = probe.within(shared.memory.total(), recipe)?;
        self.step.send_replace(Step::Queueing);
        let taken = shared.memory.take(bytes, shared.patience, || stop.is_requested());
        let _taken = match taken {
            Some(taken) => taken,
            None => {
                stop.check()?;
                return Err(no_memory());
            }
        };
        self.step.send_replace(Step::Compressing);
        Ok(compress::compress(source, recipe, &shared.limits, stop)?)
    }
}

impl Watch {
    /// Waits for the outcome, and replaces the thread where it does not come.
    pub(super) async fn outcome(mut self, shared: Arc<Shared>) -> Result<Compressed, Failure> {
        loop {
            let step = *self.step.borrow_and_update();
            let is_over = async {
                match step {
                    Step::Waiting | Step::Queueing => pending().await,
                    Step::Probing | Step::Compressing => sleep(shared.time_limit).await,
                }
            };
            tokio::select! {
                biased;
                outcome = &mut self.answer => {
                    return outcome.unwrap_or_else(|_| self.died(&shared));
                }
                changed = self.step.changed() => if changed.is_err() {
                    // It is done, so the answer is there or will never be.
                    return (&mut self.answer).await.unwrap_or_else(|_| self.died(&shared));
                },
                () = is_over => return self.give_up(&shared).await,
            }
        }
    }

    async fn give_up(&mut self, shared: &Arc<Shared>) -> Result<Compressed, Failure> {
        self.stop.request();
        match timeout(TIME_TO_STOP, &mut self.answer).await {
            Ok(Ok(_)) => {}
            Ok(Err(_)) => return self.died(shared),
            Err(_) => self.replace_thread(shared)?,
        }
        Err(took_too_long(shared.time_limit))
    }

    fn died(&self, shared: &Arc<Shared>) -> Result<Compressed, Failure> {
        self.replace_thread(shared)?;
        Err(broken("the image made the compressor fail"))
    }

    /// Has another thread stand in for the one that hangs or is no more, unless it has just come
    /// back; that one ends when it does.
    fn replace_thread(&self, shared: &Arc<Shared>) -> Result<(), Failure> {
        if self.is_settled.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        shared.start_thread().map_err(|error| broken(&error.to_string()))
    }
}

fn took_too_long(limit: Duration) -> Failure {
    Failure {
        message: format!("compressing it took over {} s", limit.as_secs_f32()),
        reason: "took too long to compress".to_owned(),
        ..Failure::from(CompressError::Stopped)
    }
}

/// Others hold on to it, as happens where threads hang.
fn no_memory() -> Failure {
    Failure {
        code: FailureCode::TooMuchMemory,
        message: "other images left no memory to compress it".to_owned(),
        reason: "no memory was free".to_owned(),
        is_retryable: true,
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;
    use crate::{compress::Limits, worker::pool::Pool};

    #[test]
    fn a_job_that_nobody_waits_for_is_not_even_begun() {
        let one = NonZeroUsize::MIN;
        let pool = Pool::without_threads(one, Limits::default(), 1, Duration::from_secs(60));
        let stop = Stop::new();
        let (job, watch) = Job::new(Bytes::new(), Recipe::default(), stop.clone());
        stop.request();
        assert!(job.run(&pool.shared), "the thread goes on");
        assert_eq!(*watch.step.borrow(), Step::Waiting);
    }

    #[tokio::test]
    async fn a_thread_that_dies_is_replaced() {
        let one = NonZeroUsize::MIN;
        let pool = Pool::without_threads(one, Limits::default(), 1, Duration::from_secs(60));
        let (job, watch) = Job::new(Bytes::new(), Recipe::default(), Stop::new());
        drop(job);
        let died = watch.outcome(Arc::clone(&pool.shared)).await.unwrap_err();
        assert_eq!((died.code, died.is_retryable), (FailureCode::Internal, true));
        assert_eq!(Arc::strong_count(&pool.shared), 2);
    }
}
