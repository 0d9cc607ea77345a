//! The loop that passes notices on and has queues worked off when they are due.
//!
//! 1. Notices become deliveries.
//! 2. The queues that are due are taken in hand, the longest due first, as far as there is room
//!    in their lanes.
//! 3. Where more are due than are looked at, all of them may lead to receivers without room: then
//!    those of the other receivers are looked at as well, a few each time.
//! 4. Those whose receivers failed are called as their turn comes.

use std::{ops::Range, sync::Arc, time::Duration};

use tokio::time::sleep;
use tracing::{info, warn};

use super::{Inner, WebhookError, lanes::Place};
use crate::{
    backoff::Backoff,
    model::{Lane, Queue, QueueId, Timestamp},
    store::{Kind, Lasting, Mark},
};

/// How many queues are looked at in one go.
const LOOKED_AT: usize = 256;
/// How many receivers are gone through in one go.
const RECEIVERS: usize = 64;
/// The first wait of a process that has nothing to do.
const FIRST_LOOK: Duration = Duration::from_millis(250);
/// The first wait after the store failed.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest wait after the store failed.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How long a queue stays in hand after the store failed while it was worked off.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// How often old queues are deleted.
const SWEEP_EVERY: Duration = Duration::from_secs(3_600);

impl Inner {
    /// Goes round until the process is stopped: at once when something may have happened or is due,
    /// every now and then otherwise.
    pub(super) async fn run(self: Arc<Self>) {
        let mut seen = String::new();
        let mut idle = Backoff::new(FIRST_LOOK, self.terms.idle);
        let mut after_failure = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
        loop {
            let (due, done) = self.round(&mut seen).await;
            let wait = match done {
                Ok(is_work) => {
                    after_failure.reset();
                    if is_work {
                        idle.reset();
                    }
                    idle.wait()
                }
                Err(error) => {
                    let wait = after_failure.wait();
                    warn!(%error, wait_s = wait.as_secs(), "cannot deliver webhooks at the moment");
                    wait
                }
            };
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = self.bell.notified() => {}
                () = self.store.changed() => {}
                () = sleep(due.map_or(wait, |due| due.min(wait))) => {}
            }
        }
    }

    /// Does all that can be done now; gives the time until there is more, if that is soon, and
    /// whether there was anything to be done. Notices that cannot be passed on do not delay what is
    /// due.
    async fn round(
        self: &Arc<Self>,
        seen: &mut String,
    ) -> (Option<Duration>, Result<bool, WebhookError>) {
        let passed_on = self.fan_out_all().await;
        match self.begin_all(seen).await {
            Ok((due, has_begun)) => (due, passed_on.map(|is_some| is_some || has_begun)),
            Err(error) => (None, Err(error)),
        }
    }

    /// Takes the queues in hand that are due (steps 2 to 4); gives the time until the next one is,
    /// if that is soon, and whether any was.
    async fn begin_all(
        self: &Arc<Self>,
        seen: &mut String,
    ) -> Result<(Option<Duration>, bool), WebhookError> {
        let now = self.store.now().await?;
        let soon = due_until(now.after(self.terms.idle));
        let found = self.store.marked(Kind::Queue, Mark::Due, soon, LOOKED_AT).await?;
        // Before all others as well: those might leave no room.
        let (mut has_begun, mut wait) = (self.serve_line(), None);
        for marked in &found {
            let Some((due, lane)) = marked.value.split_once(':') else { continue };
            let due = moment(due);
            if due > now {
                let until_due = due.as_millis().abs_diff(now.as_millis());
                wait = Some(Duration::from_millis(until_due));
                break;
            }
            has_begun |= self.offer(&marked.id, lane);
        }
        if wait.is_none() && found.len() == LOOKED_AT && !self.offer_others(seen, now).await? {
            wait = Some(Duration::ZERO);
        }
        has_begun |= self.serve_line();
        Ok((wait, has_begun))
    }

    /// Takes those in hand that wait in line, as far as there is room; gives whether there were any.
    fn serve_line(self: &Arc<Self>) -> bool {
        let mut has_begun = false;
        while let Some(place) = self.lanes.call() {
            self.begin(place);
            has_begun = true;
        }
        has_begun
    }

    /// Offers the queues of some receivers, beginning with the one after the last seen (step 3);
    /// `false` where there are more of them.
    async fn offer_others(
        self: &Arc<Self>,
        seen: &mut String,
        now: Timestamp,
    ) -> Result<bool, WebhookError> {
        for _ in 0..RECEIVERS {
            if !self.lanes.has_room() {
                return Ok(true);
            }
            let after = Mark::values_from(seen.clone());
            let per_host = self.terms.per_host;
            let found = self.store.marked(Kind::Queue, Mark::Lane, after, per_host).await?;
            let found = found.iter().filter_map(|marked| {
                marked.value.rsplit_once(':').map(|(lane, due)| (lane, due, &marked.id))
            });
            let mut found = found.peekable();
            let Some((first, ..)) = found.peek().copied() else {
                seen.clear();
                return Ok(true);
            };
            // `;` follows `:`.
            *seen = format!("{first};");
            for (_, _, id) in
                found.take_while(|(lane, due, _)| *lane == first && moment(due) <= now)
            {
                self.offer(id, first);
            }
        }
        Ok(false)
    }

    /// Begins to work off a queue, if there is room and its receiver need not stand in line; gives
    /// whether that is so.
    fn offer(self: &Arc<Self>, id: &str, lane: &str) -> bool {
        let (Ok(id), Ok(lane)) = (id.parse::<QueueId>(), lane.parse::<Lane>()) else {
            return false;
        };
        let place = self.lanes.enter(id, lane);
        place.map(|place| self.begin(place)).is_some()
    }

    /// Begins to work off the queue of a place.
    fn begin(self: &Arc<Self>, mut place: Place) {
        let (inner, id) = (Arc::clone(self), place.queue());
        self.tasks.spawn(async move {
            if let Err(error) = inner.work_off(id, &mut place).await {
                warn!(queue = %id, %error, "cannot write down what came of a webhook");
                // It would be taken in hand again at once.
                tokio::select! {
                    () = inner.stop.cancelled() => {}
                    () = sleep(AFTER_FAILURE) => {}
                }
            }
            drop(place);
        });
    }

    /// Frees the queues that an earlier process had leased, where it is known to be gone.
    pub(super) async fn free_what_an_earlier_process_held(&self) -> Result<(), WebhookError> {
        if !self.store.is_exclusive() {
            return Ok(());
        }
        loop {
            let all = Mark::values_from(String::new());
            let held = self.store.marked(Kind::Queue, Mark::Held, all, LOOKED_AT).await?;
            if held.is_empty() {
                return Ok(());
            }
            for marked in held {
                let free = |queue: &mut Queue| {
                    queue.void_lease_of_others(self.worker);
                    Ok(())
                };
                self.store.change(&marked.id, Lasting::WithNext, free).await?;
            }
        }
    }

    /// Deletes old queues every now and then, until the process is stopped.
    pub(super) async fn sweep_on(&self) {
        loop {
            match self.sweep().await {
                Ok(0) => {}
                Ok(count) => info!(count, "deleted old webhook deliveries"),
                Err(error) => warn!(%error, "cannot delete old webhook deliveries"),
            }
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = sleep(SWEEP_EVERY) => {}
            }
        }
    }

    /// Deletes the queues in which nothing has happened for long; gives how many.
    pub(super) async fn sweep(&self) -> Result<usize, WebhookError> {
        let mut count = 0;
        loop {
            let now = self.store.now().await?;
            let old = due_until(now.before(self.terms.kept));
            let found = self.store.marked(Kind::Queue, Mark::Over, old, LOOKED_AT).await?;
            for marked in &found {
                // Closed first: what is put in from now on waits until it is gone.
                let close = |queue: &mut Queue| Ok(queue.close());
                let closed = self.store.change(&marked.id, Lasting::WithNext, close).await?;
                if closed.is_some_and(|(_, is_closed)| is_closed) {
                    self.store.delete(Kind::Queue, std::slice::from_ref(&marked.id)).await?;
                    count += 1;
                }
            }
            if found.len() < LOOKED_AT || self.stop.is_cancelled() {
                return Ok(count);
            }
        }
    }
}

/// The values of marks that stand for moments up to one.
fn due_until(at: Timestamp) -> Range<String> {
    String::new()..format!("{};", Mark::moment(at))
}

fn moment(digits: &str) -> Timestamp {
    Timestamp::from_millis(digits.parse().unwrap_or_default())
}
