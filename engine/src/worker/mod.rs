//! Workers: they claim batches, fetch, compress, keep and record, until nothing waits.
//!
//! 1. Open requests take turns; each turn claims one batch.
//! 2. Another batch is claimed while fewer images are unfinished than there are connections, or
//!    while the pool goes hungry, as when all that is in hand waits for a slow host.
//! 3. Each image goes through fetcher, pool and gallery; outcomes are recorded in groups.
//! 4. Whoever finds a request with nothing left to do settles it.

mod cells;
mod count;
mod hand;
mod held;
mod image;
mod insist;
mod pool;
mod sweep;
mod work;

#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, HashSet},
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use cells::Cells;
use count::Count;
use hand::Hand;
use held::Held;
pub use image::Setback;
use image::Sourced;
use pool::Pool;
use tokio::{
    sync::{Notify, broadcast},
    time::{Instant, sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{info, warn};

pub use work::{Reuse, Work};

use crate::{
    backoff::Backoff,
    compress::Limits,
    fetch::Fetcher,
    gallery::Gallery,
    model::{Batch, BatchId, Claim, ImageState, Link, RequestId, TwinKey},
    store::{Claimed, Memory, Requests, StoreError},
};

/// How often a hungry pool has another batch claimed.
const HUNGER: Duration = Duration::from_millis(100);
/// The first wait of an idle worker is this part of the longest.
const FIRST_LOOK: u32 = 8;
/// The first wait after the store or the gallery failed.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest of those.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// What has changed. Whoever wants to know more asks for the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The status of a request.
    Status(RequestId),
    /// What has become of some of its images.
    Progress(RequestId),
    /// The request is no more.
    Removed(RequestId),
}

impl Event {
    /// The request that has changed.
    #[must_use]
    pub fn request(self) -> RequestId {
        match self {
            Event::Status(id) | Event::Progress(id) | Event::Removed(id) => id,
        }
    }
}

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
    in_hand: Mutex<HashMap<BatchId, CancellationToken>>,
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
        for (batch, stop) in &*self.0.in_hand() {
            if batch.request == id {
                stop.cancel();
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
    fn in_hand(&self) -> std::sync::MutexGuard<'_, HashMap<BatchId, CancellationToken>> {
        self.in_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn run(self: Arc<Self>) {
        let mut last = None;
        let mut idle = Backoff::new(self.work.idle / FIRST_LOOK, self.work.idle);
        let mut after_failure = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = self.until_more_is_wanted() => {}
            }
            let (pause, is_away) = match self.claim_next(&mut last).await {
                Ok(Found::Work) => {
                    idle.reset();
                    after_failure.reset();
                    continue;
                }
                Ok(Found::Nothing) => {
                    after_failure.reset();
                    (idle.wait(), false)
                }
                Err(error) => {
                    let wait = after_failure.wait();
                    warn!(%error, wait_s = wait.as_secs(), "cannot claim work");
                    (wait, true)
                }
            };
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = self.bell.notified() => {}
                () = self.tools.requests.changed(), if !is_away => {}
                () = sleep(pause) => {}
            }
        }
    }

    /// Waits while there is enough in hand (step 2).
    async fn until_more_is_wanted(&self) {
        let hungry_from = Instant::now() + HUNGER;
        loop {
            let in_hand = self.in_hand().len();
            let is_short = self.tools.unfinished.now() < self.work.unfinished_images;
            let is_hungry = self.tools.pool.is_hungry() && Instant::now() >= hungry_from;
            if in_hand == 0 || in_hand < self.most_in_hand() && (is_short || is_hungry) {
                return;
            }
            tokio::select! {
                () = self.tools.unfinished.lessened() => {}
                () = sleep(HUNGER) => {}
            }
        }
    }

    /// Claims a batch of the request whose turn it is (step 1): the next in the order of ids after
    /// the one that was served last. Each is asked once at most.
    async fn claim_next(
        self: &Arc<Self>,
        last: &mut Option<RequestId>,
    ) -> Result<Found, StoreError> {
        let requests = &self.tools.requests;
        let mut asked = HashSet::new();
        while let Some(id) = requests.next_open(*last).await? {
            if !asked.insert(id) || self.stop.is_cancelled() {
                break;
            }
            *last = Some(id);
            if !self.has_room_for(id) {
                continue;
            }
            let asked = Instant::now();
            match requests.claim(id, self.work.lease).await {
                Ok(Claimed::Batch(claim, batch)) => {
                    let held = Held::new(claim, self.work.lease, asked);
                    self.take_in_hand((claim, held), *batch).await?;
                    return Ok(Found::Work);
                }
                Ok(Claimed::InHand) => {}
                Ok(Claimed::Over) => self.settle(id).await?,
                Err(StoreError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Found::Nothing)
    }

    /// How many batches may be in hand in all.
    fn most_in_hand(&self) -> usize {
        self.work.batches_in_hand.max(self.work.requests_in_hand)
    }

    /// Whether another batch of a request may be taken in hand: of one that has none, as long as
    /// there is any room.
    fn has_room_for(&self, id: RequestId) -> bool {
        let in_hand = self.in_hand();
        let of_it = in_hand.keys().filter(|batch| batch.request == id).count();
        let has_room = in_hand.len() < self.work.batches_in_hand;
        of_it == 0 || has_room && of_it < self.work.batches_of_a_request
    }

    async fn take_in_hand(
        self: &Arc<Self>,
        (claim, held): (Claim, Held),
        batch: Batch,
    ) -> Result<(), StoreError> {
        let id = claim.batch.request;
        let request = Arc::new(self.tools.requests.show(id).await?);
        // The first claim has changed the status.
        self.tools.tell(Event::Status(id));
        let stop = self.stop.child_token();
        let hand = Hand {
            tools: Arc::clone(&self.tools),
            request,
            claim,
            held: Arc::new(held),
            batch: Arc::new(batch),
            stop: stop.clone(),
            stopping: self.stop.clone(),
        };
        self.in_hand().insert(claim.batch, stop);
        let inner = Arc::clone(self);
        self.tasks.spawn(async move {
            let outcome = hand.work().await;
            inner.end(claim, outcome).await;
            inner.in_hand().remove(&claim.batch);
            inner.bell.notify_one();
        });
        Ok(())
    }

    /// What is left to do when work on a batch has ended.
    async fn end(&self, claim: Claim, outcome: Result<(), Setback>) {
        let id = claim.batch.request;
        match outcome {
            Ok(()) => {
                if let Err(error) = self.settle(id).await {
                    warn!(request = %id, %error, "cannot settle the request yet");
                }
            }
            Err(Setback::Store(StoreError::Stale(batch))) => {
                info!(%batch, "another worker has taken the batch over");
                self.clear_away(id).await;
            }
            Err(Setback::Stopped) => self.clear_away(id).await,
            Err(setback @ (Setback::Store(_) | Setback::Gallery(_))) => {
                warn!(batch = %claim.batch, error = %setback, "the batch will be taken up again");
            }
        }
    }

    /// Deletes what was kept for a request that somebody deleted meanwhile.
    async fn clear_away(&self, id: RequestId) {
        if let Err(StoreError::NotFound(_)) = self.tools.requests.show(id).await
            && let Err(error) = self.tools.gallery.remove(id).await
        {
            warn!(request = %id, %error, "cannot delete what is left of the request");
        }
    }

    /// Ends a request with nothing left to do (step 4).
    async fn settle(&self, id: RequestId) -> Result<(), StoreError> {
        match self.tools.requests.settle(id).await {
            Ok(Some(request)) => {
                info!(request = %id, status = request.status.name(), "request ended");
                self.tools.tell(Event::Status(id));
                Ok(())
            }
            Ok(None) | Err(StoreError::NotFound(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// What came of looking for work.
enum Found {
    Work,
    Nothing,
}
