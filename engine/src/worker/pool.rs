//! The threads that compress: one a core, fed by a bounded channel.
//!
//! Decoding and encoding never run on the async threads. What runs at once is bounded in number by
//! the threads and in memory by a budget of decoded bytes; an image that takes too long is given
//! up, with the thread that hangs on it.

use std::{
    io,
    num::NonZeroUsize,
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use bytes::Bytes;
use tokio::{sync::oneshot, time::timeout};

use crate::{
    compress::{self, CompressError, Compressed, Limits, Stop},
    model::{Failure, FailureCode, Recipe},
};

/// How long an image that was told to stop may take to do so, before its thread is given up.
const TIME_TO_STOP: Duration = Duration::from_secs(2);

/// The threads that compress.
pub(super) struct Pool {
    jobs: async_channel::Sender<Job>,
    shared: Arc<Shared>,
    time_limit: Duration,
}

/// Ends a compression that nobody waits for any more.
struct StopWhenDropped(Stop);

impl Drop for StopWhenDropped {
    fn drop(&mut self) {
        self.0.request();
    }
}

struct Shared {
    waiting: async_channel::Receiver<Job>,
    limits: Limits,
    memory: Memory,
}

struct Job {
    source: Bytes,
    recipe: Recipe,
    stop: Stop,
    /// Set when another thread has been started in place of the one that hangs on this.
    is_replaced: Arc<AtomicBool>,
    begun: oneshot::Sender<()>,
    answer: oneshot::Sender<Result<Compressed, CompressError>>,
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
        let (jobs, waiting) = async_channel::bounded(threads.get());
        let shared = Arc::new(Shared { waiting, limits, memory: Memory::new(decoded_bytes) });
        for _ in 0..threads.get() {
            start_thread(&shared)?;
        }
        Ok(Pool { jobs, shared, time_limit })
    }

    /// Whether a thread may be out of work.
    pub(super) fn is_hungry(&self) -> bool {
        self.jobs.is_empty()
    }

    /// Compresses one image as soon as a thread is free.
    pub(super) async fn compress(
        &self,
        source: Bytes,
        recipe: Recipe,
    ) -> Result<Compressed, Failure> {
        let stop = Stop::default();
        let _stop_when_dropped = StopWhenDropped(stop.clone());
        let is_replaced = Arc::new(AtomicBool::new(false));
        let (begun, has_begun) = oneshot::channel();
        let (answer, mut answered) = oneshot::channel();
        let job = Job {
            source,
            recipe,
            stop: stop.clone(),
            is_replaced: Arc::clone(&is_replaced),
            begun,
            answer,
        };
        self.jobs.send(job).await.map_err(|_| broken("no thread is left to compress it"))?;
        if has_begun.await.is_err() {
            return self.thread_died();
        }
        let outcome = match timeout(self.time_limit, &mut answered).await {
            Ok(outcome) => outcome,
            Err(_) => {
                stop.request();
                match timeout(TIME_TO_STOP, &mut answered).await {
                    Ok(_) => return Err(self.took_too_long()),
                    Err(_) => {
                        // The thread ends when it comes back; until then another stands in for it.
                        is_replaced.store(true, Ordering::Relaxed);
                        start_thread(&self.shared).map_err(|error| broken(&error.to_string()))?;
                        return Err(self.took_too_long());
                    }
                }
            }
        };
        match outcome {
            Ok(compressed) => compressed.map_err(Failure::from),
            Err(_) => self.thread_died(),
        }
    }

    fn thread_died<T>(&self) -> Result<T, Failure> {
        start_thread(&self.shared).map_err(|error| broken(&error.to_string()))?;
        Err(broken("the image made the compressor fail"))
    }

    fn took_too_long(&self) -> Failure {
        Failure {
            code: FailureCode::CompressTimeout,
            message: format!("compressing it took over {} s", self.time_limit.as_secs_f32()),
            reason: "took too long to compress".to_owned(),
            is_retryable: false,
        }
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

fn start_thread(shared: &Arc<Shared>) -> io::Result<()> {
    let shared = Arc::clone(shared);
    let thread = thread::Builder::new().name("pixmill-compress".to_owned());
    thread.spawn(move || while shared.run_one() {}).map(drop)
}

impl Shared {
    /// Compresses the next image; `false` where there will be none, or where the thread has been
    /// replaced meanwhile.
    fn run_one(&self) -> bool {
        let Ok(job) = self.waiting.recv_blocking() else { return false };
        let Job { source, recipe, stop, is_replaced, begun, answer } = job;
        let outcome = compress::probe(&source, &self.limits).and_then(|probe| {
            let _memory = self.memory.take(probe.peak_bytes(&recipe));
            if begun.send(()).is_err() {
                // Nobody waits for it any more.
                return Err(CompressError::Stopped);
            }
            compress::compress(&source, &recipe, &self.limits, &stop)
        });
        // An error says that nobody waits for it any more.
        drop(answer.send(outcome));
        !is_replaced.load(Ordering::Relaxed)
    }
}

/// A budget of bytes that threads wait for.
struct Memory {
    total: u64,
    free: Mutex<u64>,
    given_back: Condvar,
}

impl Memory {
    fn new(total: u64) -> Self {
        Memory { total, free: Mutex::new(total), given_back: Condvar::new() }
    }

    /// Waits until so many bytes are free; what asks for more than there is gets all of it.
    fn take(&self, bytes: u64) -> Taken<'_> {
        let bytes = bytes.min(self.total);
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let is_short = |free: &mut u64| *free < bytes;
        let mut free =
            self.given_back.wait_while(free, is_short).unwrap_or_else(PoisonError::into_inner);
        *free -= bytes;
        Taken { memory: self, bytes }
    }
}

struct Taken<'a> {
    memory: &'a Memory,
    bytes: u64,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut free = self.memory.free.lock().unwrap_or_else(PoisonError::into_inner);
        *free += self.bytes;
        self.memory.given_back.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Format, FormatChoice};

    const MANY_BYTES: u64 = 1 << 30;

    fn pool(threads: usize, decoded_bytes: u64, time_limit: Duration) -> Pool {
        let threads = NonZeroUsize::new(threads).unwrap();
        Pool::start(threads, Limits::default(), decoded_bytes, time_limit).unwrap()
    }

    fn picture(side: u32) -> Bytes {
        let pixel = |x: u32, y: u32| image::Rgb([(x * y) as u8, (x ^ y) as u8, (x + y) as u8]);
        let picture = image::RgbImage::from_fn(side, side, pixel);
        let mut bytes = io::Cursor::new(Vec::new());
        picture.write_to(&mut bytes, image::ImageFormat::Bmp).unwrap();
        bytes.into_inner().into()
    }

    fn recipe(format: Format) -> Recipe {
        Recipe { format: FormatChoice::Convert(format), ..Recipe::default() }
    }

    #[tokio::test]
    async fn an_image_that_takes_too_long_is_given_up_and_the_next_one_is_not() {
        let pool = pool(1, MANY_BYTES, Duration::from_millis(100));
        let slow = pool.compress(picture(4_000), recipe(Format::Avif)).await.unwrap_err();
        assert_eq!(slow.code, FailureCode::CompressTimeout, "{slow}");
        let next = pool.compress(picture(16), recipe(Format::Webp)).await.unwrap();
        assert_eq!((next.width, next.height), (16, 16));
    }

    #[tokio::test]
    async fn what_nobody_waits_for_is_not_compressed() {
        let pool = pool(1, MANY_BYTES, Duration::from_secs(60));
        let given_up = pool.compress(picture(4_000), recipe(Format::Avif));
        assert!(timeout(Duration::from_millis(50), given_up).await.is_err());
        pool.compress(picture(16), recipe(Format::Webp)).await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn images_that_need_all_the_memory_are_compressed_one_after_the_other() {
        let pool = Arc::new(pool(4, 1, Duration::from_secs(60)));
        let mut compressing = tokio::task::JoinSet::new();
        for _ in 0..16 {
            let pool = Arc::clone(&pool);
            compressing.spawn(async move { pool.compress(picture(64), Recipe::default()).await });
        }
        assert!(compressing.join_all().await.iter().all(Result::is_ok));
        assert_eq!(*pool.shared.memory.free.lock().unwrap(), 1);
    }
}
