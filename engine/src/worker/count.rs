//! How many images are unfinished.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::Notify;

/// Counts what is under way, and tells each time that it becomes less.
#[derive(Clone, Default)]
pub(super) struct Count(Arc<Inner>);

#[derive(Default)]
struct Inner {
    now: AtomicUsize,
    lessened: Notify,
}

impl Count {
    pub(super) fn now(&self) -> usize {
        self.0.now.load(Ordering::Relaxed)
    }

    /// Waits until it has become less since this was last asked.
    pub(super) async fn lessened(&self) {
        self.0.lessened.notified().await;
    }

    /// Counts one more, until what this gives is dropped.
    pub(super) fn count(&self) -> Counted {
        self.0.now.fetch_add(1, Ordering::Relaxed);
        Counted(Arc::clone(&self.0))
    }
}

/// One that is under way.
pub(super) struct Counted(Arc<Inner>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::Relaxed);
        self.0.lessened.notify_one();
    }
}
