//! The loop that takes batches in hand: open requests take turns.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use tokio::time::{Instant, sleep};
use tracing::warn;

use super::{Event, Inner, Working, clock::Moment, hand::Hand, held::Held};
use crate::{
    backoff::Backoff,
    model::{Batch, Claim, Request, RequestId},
    store::{Claimed, StoreError},
};

/// How often a hungry pool has another batch claimed.
const HUNGER: Duration = Duration::from_millis(100);
/// The first wait of an idle worker is this part of the longest.
const FIRST_LOOK: u32 = 8;
/// The first wait after the store or the gallery failed.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest of those.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Whose turn it is.
#[derive(Default)]
pub(super) struct Turns {
    /// The request that was served last.
    last: Option<RequestId>,
    /// How many changes of the status of each open request this process has come upon.
    seen: HashMap<RequestId, u64>,
}

/// What came of looking for work.
pub(super) enum Found {
    Work,
    Nothing,
}

impl Inner {
    pub(super) async fn run(self: Arc<Self>) {
        let mut turns = Turns::default();
        let mut idle = Backoff::new(self.work.idle / FIRST_LOOK, self.work.idle);
        let mut after_failure = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = self.until_more_is_wanted() => {}
            }
            let (pause, is_away) = match self.claim_next(&mut turns).await {
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
            if in_hand == 0 || in_hand < self.work.most_in_hand && (is_short || is_hungry) {
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
    pub(super) async fn claim_next(
        self: &Arc<Self>,
        turns: &mut Turns,
    ) -> Result<Found, StoreError> {
        let requests = &self.tools.requests;
        let mut asked = HashSet::new();
        while let Some(id) = requests.next_open(turns.last).await? {
            if !asked.insert(id) || self.stop.is_cancelled() {
                break;
            }
            turns.last = Some(id);
            if !self.has_place(id).await? {
                continue;
            }
            let asked = Moment::now();
            match requests.claim(id, self.work.lease).await {
                Ok(Claimed::Batch(claim, batch)) => {
                    let held = Held::new(claim, self.work.lease, asked);
                    let Some(request) = self.take_in_hand((claim, held), *batch).await? else {
                        continue;
                    };
                    if turns.seen.insert(id, request.noticed) != Some(request.noticed) {
                        self.tools.tell(Event::Status(id));
                    }
                    return Ok(Found::Work);
                }
                Ok(Claimed::InHand) => {}
                Ok(Claimed::Over) => self.settle(id).await?,
                Err(StoreError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        turns.seen.retain(|id, _| asked.contains(id));
        Ok(Found::Nothing)
    }

    /// Whether one more batch of a request may be taken in hand. To whom the request belongs is
    /// asked only where it matters.
    async fn has_place(&self, id: RequestId) -> Result<bool, StoreError> {
        let of_request = self.count(|claim, _| claim.batch.request == id);
        let has_place = self.work.has_place(self.in_hand().len(), of_request);
        if has_place || of_request > 0 {
            return Ok(has_place);
        }
        let owner = match self.tools.requests.show(id).await {
            Ok(request) => request.owner,
            Err(StoreError::NotFound(_)) => return Ok(false),
            Err(error) => return Err(error),
        };
        let of_owner = self.count(|_, working| working.owner == owner);
        Ok(self.work.has_reserved_place(self.in_hand().len(), of_owner))
    }

    /// How many batches are in hand of which something is so.
    fn count(&self, is_so: impl Fn(&Claim, &Working) -> bool) -> usize {
        self.in_hand().iter().filter(|(claim, working)| is_so(claim, working)).count()
    }

    /// Begins to work on a batch that has been claimed. Gives its request; `None` where that has
    /// been given up or deleted meanwhile.
    pub(super) async fn take_in_hand(
        self: &Arc<Self>,
        (claim, held): (Claim, Held),
        batch: Batch,
    ) -> Result<Option<Arc<Request>>, StoreError> {
        let requests = &self.tools.requests;
        let request = match requests.show(claim.batch.request).await {
            Ok(request) => Arc::new(request),
            Err(StoreError::NotFound(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        if !request.status.is_open() {
            // Nothing may be recorded, and whoever gave it up may have seen the claim.
            requests.release(claim).await?;
            self.settle(claim.batch.request).await?;
            return Ok(None);
        }
        let (stop, owner) = (self.stop.child_token(), request.owner);
        let hand = Hand {
            tools: Arc::clone(&self.tools),
            request: Arc::clone(&request),
            claim,
            held: Arc::new(held),
            batch: Arc::new(batch),
            stop: stop.clone(),
            stopping: self.stop.clone(),
        };
        self.in_hand().insert(claim, Working { owner, stop });
        let inner = Arc::clone(self);
        self.tasks.spawn(async move {
            let outcome = hand.work().await;
            inner.end(claim, outcome).await;
            inner.in_hand().remove(&claim);
            inner.bell.notify_one();
        });
        Ok(Some(request))
    }
}
