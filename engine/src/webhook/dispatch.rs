//! The loop that passes notices on and has queues worked off when they are due.
//!
//! 1. Notices become deliveries.
//! 2. The queues that are due are taken in hand, the longest due first, as far as there is room
//!    in their lanes.
//! 3. Where more are due than are looked at, all of them may lead to receivers without room: then
//!    the receivers take turns.

use std::{ops::Range, sync::Arc, time::Duration};

use tokio::time::sleep;
use tracing::{info, warn};

use super::{Inner, WebhookError};
use crate::{
    backoff::Backoff,
    model::{Lane, Queue, QueueId, Timestamp},
    store::{Kind, Lasting, Mark},
};

/// How many queues are looked at in one go.
const LOOKED_AT: usize = 256;
/// How many receivers take turns in one go.
const TURNS: usize = 64;
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
        let mut turn = String::new();
        let mut idle = Backoff::new(FIRST_LOOK, self.terms.idle);
        let mut after_failure = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
        loop {
            let (due, done) = self.round(&mut turn).await;
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
        turn: &mut String,
    ) -> (Option<Duration>, Result<bool, WebhookError>) {
        let passed_on = self.fan_out_all().await;
        match self.begin_all(turn).await {
            Ok((due, has_begun)) => (due, passed_on.map(|is_some| is_some || has_begun)),
            Err(error) => (None, Err(error)),
        }
    }

    /// Takes the queues in hand that are due (steps 2 and 3); gives the time until the next one is,
    /// if that is soon, and whether any was.
    async fn begin_all(
        self: &Arc<Self>,
        turn: &mut String,
    ) -> Result<(Option<Duration>, bool), WebhookError> {
        let now = self.store.now().await?;
        let soon = due_until(now.after(self.terms.idle));
        let found = self.store.marked(Kind::Queue, Mark::Due, soon, LOOKED_AT).await?;
        let mut has_begun = false;
        for marked in &found {
            let Some((due, lane)) = marked.value.split_once(':') else { continue };
            let due = moment(due);
            if due > now {
                let until_due = due.as_millis().abs_diff(now.as_millis());
                return Ok((Some(Duration::from_millis(until_due)), has_begun));
            }
            has_begun |= self.begin(&marked.id, lane);
        }
        let has_more = found.len() == LOOKED_AT && !self.take_turns(turn, now).await?;
        Ok((has_more.then_some(Duration::ZERO), has_begun))
    }

    /// Has the receivers take turns, beginning with the one after the last (step 3); `false` where
    /// there are more of them.
    async fn take_turns(
        self: &Arc<Self>,
        turn: &mut String,
        now: Timestamp,
    ) -> Result<bool, WebhookError> {
        for _ in 0..TURNS {
            if !self.lanes.has_room() {
                return Ok(true);
            }
            let after = Mark::values_from(turn.clone());
            let per_host = self.terms.per_host;
            let found = self.store.marked(Kind::Queue, Mark::Turn, after, per_host).await?;
            let found = found.iter().filter_map(|marked| {
                marked.value.rsplit_once(':').map(|(lane, due)| (lane, due, &marked.id))
            });
            let mut found = found.peekable();
            let Some((first, ..)) = found.peek().copied() else {
                turn.clear();
                return Ok(true);
            };
            // `;` follows `:`.
            *turn = format!("{first};");
            for (_, _, id) in
                found.take_while(|(lane, due, _)| *lane == first && moment(due) <= now)
            {
                self.begin(id, first);
            }
        }
        Ok(false)
    }

    /// Begins to work off a queue, if there is room; gives whether there is.
    fn begin(self: &Arc<Self>, id: &str, lane: &str) -> bool {
        let (Ok(id), Ok(lane)) = (id.parse::<QueueId>(), lane.parse::<Lane>()) else {
            return false;
        };
        let Some(mut place) = self.lanes.enter(id, lane) else { return false };
        let inner = Arc::clone(self);
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
        true
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
