//! Workers: they claim batches, fetch, compress, keep and record, until nothing waits.
//!
//! 1. Open requests take turns; each turn claims one batch.
//! 2. Another batch is claimed while fewer images are unfinished than there are connections, or
//!    while the pool goes hungry, as when all that is in hand waits for a slow host.
//! 3. Each image goes through fetcher, pool and gallery; outcomes are recorded in groups.
//! 4. Whoever finds a request with nothing left to do settles it.

mod cells;
mod clock;
mod count;
mod end;
mod event;
mod hand;
mod held;
mod image;
mod insist;
mod pool;
mod room;
mod sweep;
mod turns;
mod work;

#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use cells::Cells;
use count::Count;
pub use event::Event;
pub use image::Setback;
use image::Sourced;
use pool::Pool;
use tokio::{
    sync::{Notify, broadcast},
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use work::{Reuse, Work};

use crate::{
    compress::Limits,
    fetch::Fetcher,
    gallery::Gallery,
    model::{Claim, ImageState, KeyId, Link, RequestId, TwinKey},
    store::{Memory, Requests},
};

/// What the work is done with.
struct Tools {
    requests: Requests,
    gallery: Arc<dyn Gallery>,
    fetcher: Fetcher,
    pool: Pool,
    memory: Memory,
    reuse: Option<Reuse>,
    /// Images with the same link and recipe; a cell is held until its outcome is recorded.
    twins: Cells<(RequestId, TwinKey), ImageState>,
    /// Images with the same link and different recipes, as long as any of them is being made.
    sources: Cells<(RequestId, Link), Sourced>,
    /// Images of claimed batches that have no outcome yet.
    unfinished: Count,
    lease: Duration,
    events: broadcast::Sender<Event>,
}

impl Tools {
    fn tell_progress(&self, id: RequestId) {
        self.tell(Event::Progress(id));
    }

    fn tell(&self, event: Event) {
        // An error says that nobody listens.
        drop(self.events.send(event));
    }
}

/// The workers of one process.
pub struct Workers(Arc<Inner>);

struct Inner {
    tools: Arc<Tools>,
    work: Work,
    /// Rung when there may be something to claim.
    bell: Notify,
    stop: CancellationToken,
    tasks: TaskTracker,
    in_hand: Mutex<HashMap<Claim, Working>>,
}

/// Work on a batch that is in hand.
struct Working {
    owner: Option<KeyId>,
    stop: CancellationToken,
}

impl Workers {
    /// Prepares the workers; they begin with [`start`](Self::start).
    ///
    /// # Errors
    /// Where the system has no thread left to give.
    pub fn new(
        (requests, memory): (Requests, Memory),
        gallery: Arc<dyn Gallery>,
        fetcher: Fetcher,
        limits: Limits,
        work: Work,
        events: broadcast::Sender<Event>,
    ) -> io::Result<Self> {
        let pool = Pool::start(work.threads, limits, work.decoded_bytes, work.time_limit)?;
        let tools = Tools {
            requests,
            gallery,
            fetcher,
            pool,
            memory,
            reuse: work.reuse.clone(),
            twins: Cells::default(),
            sources: Cells::default(),
            unfinished: Count::default(),
            lease: work.lease,
            events,
        };
        Ok(Workers(Arc::new(Inner {
            tools: Arc::new(tools),
            work,
            bell: Notify::new(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            in_hand: Mutex::new(HashMap::new()),
        })))
    }

    /// Clears away what a crash has left half written, then begins to claim and to work.
    ///
    /// # Errors
    /// Where the store cannot be read, or something cannot be deleted.
    pub async fn start(&self) -> Result<(), Setback> {
        let inner = Arc::clone(&self.0);
        sweep::sweep_unfinished(&inner.tools).await?;
        let (tools, stop) = (Arc::clone(&inner.tools), inner.stop.clone());
        self.0.tasks.spawn(sweep::trim_on(Arc::clone(&tools), stop.clone()));
        self.0.tasks.spawn(sweep::sweep_on(tools, stop));
        self.0.tasks.spawn(async move { inner.run().await });
        Ok(())
    }

    /// Says that there may be something to claim.
    pub fn ring(&self) {
        self.0.bell.notify_one();
    }

    /// Stops work on a request in this process.
    pub fn drop_request(&self, id: RequestId) {
        for (claim, working) in &*self.0.in_hand() {
            if claim.batch.request == id {
                working.stop.cancel();
            }
        }
    }

    /// Claims nothing more, finishes what is being compressed, gives the rest back. Waits for this
    /// at most for `grace`; `false` where it took longer.
    pub async fn stop(&self, grace: Duration) -> bool {
        self.0.stop.cancel();
        self.0.tasks.close();
        timeout(grace, self.0.tasks.wait()).await.is_ok()
    }
}

impl Inner {
    fn in_hand(&self) -> MutexGuard<'_, HashMap<Claim, Working>> {
        self.in_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
