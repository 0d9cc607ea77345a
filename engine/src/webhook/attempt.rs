//! Works off one queue: its first delivery that waits is tried, then the next, until one is not due
//! yet or there is none left.

use std::{pin::pin, time::Duration};

use tokio::time::{Instant, timeout};
use tracing::{debug, error, warn};

use super::{Inner, Schedule, Secret, WebhookError, deliver::Sent, lanes::Place, sign};
use crate::{
    model::{
        DeadBecause, Delivery, DisabledBecause, Endpoint, Fate, HookUrl, KeyId, Lane, Queue,
        QueueId, Receiver, ReceiverState, Stale, Timestamp, Token, Try, TryOutcome, WhichTry,
    },
    store::{Kind, Lasting},
};

/// How much longer than a try a lease is good: a try that is not begun within this time is not
/// begun, lest it come after one of whoever takes the queue over.
const MARGIN: Duration = Duration::from_secs(15);

/// After how long without an answer a try makes room for others.
const PROMPT: Duration = Duration::from_secs(2);

impl Inner {
    /// Works off a queue, as long as its first delivery is due, gets through, and the process is
    /// not being stopped. After a failure whatever is due takes its turn again.
    pub(super) async fn work_off(
        &self,
        id: QueueId,
        place: &mut Place,
    ) -> Result<(), WebhookError> {
        let mut is_through = true;
        while is_through && !self.stop.is_cancelled() {
            let leased = Instant::now();
            let Some((queue, token)) = self.lease(id).await? else { return Ok(()) };
            let Some((owner, receiver)) = self.receiver(&queue).await? else {
                // The endpoint was deleted while a queue for it was being made.
                self.store.delete(Kind::Queue, &[id.to_string()]).await?;
                return Ok(());
            };
            let Some(delivery) = queue.first_waiting() else { return Ok(()) };
            let lane = Lane::new(owner, &receiver.url);
            if lane != queue.lane {
                // Its receiver has moved: it takes its turn among those of where it is now.
                return self.leave(id, token, lane).await;
            }
            if let ReceiverState::Disabled { because, .. } = receiver.state {
                self.give_up(id, token, because).await?;
            } else if receiver.is_failing() && !place.stays_as_failing() {
                return self.leave(id, token, lane).await;
            } else {
                let lease = (leased, token);
                is_through = self.attempt(&queue, lease, receiver, delivery, place).await?;
            }
        }
        Ok(())
    }

    /// Leases a queue whose first delivery is due.
    async fn lease(&self, id: QueueId) -> Result<Option<(Queue, Token)>, WebhookError> {
        let now = self.store.now().await?;
        let lease = self.terms.timeout + MARGIN;
        let claim = |queue: &mut Queue| Ok(queue.claim(self.worker, now, lease));
        let claimed = self.store.change(&id.to_string(), Lasting::WithNext, claim).await?;
        Ok(claimed.and_then(|(queue, token)| Some((queue, token?))))
    }

    /// The receiver of a queue, as it is now, and to whom it belongs; `None` where it is no more.
    async fn receiver(
        &self,
        queue: &Queue,
    ) -> Result<Option<(Option<KeyId>, Receiver)>, WebhookError> {
        let (owner, mut receiver) = match &queue.hook {
            Some(hook) => (queue.owner, hook.clone()),
            None => {
                let found = self.store.load::<Endpoint>(&queue.id.endpoint.to_string()).await?;
                let Some(endpoint) = found.map(|kept| kept.value) else { return Ok(None) };
                (endpoint.owner, endpoint.receiver)
            }
        };
        self.hold_to_key(owner, &mut receiver).await?;
        Ok(Some((owner, receiver)))
    }

    /// Gives a lease back that nothing was done with; the queue takes its turn in `lane`.
    async fn leave(&self, id: QueueId, token: Token, lane: Lane) -> Result<(), WebhookError> {
        let leave = |queue: &mut Queue| {
            if queue.release(token) == Ok(()) {
                queue.lane.clone_from(&lane);
            }
            Ok(())
        };
        self.store.change(&id.to_string(), Lasting::WithNext, leave).await?;
        Ok(())
    }

    /// Gives up all that waits in a queue whose receiver is disabled.
    async fn give_up(
        &self,
        id: QueueId,
        token: Token,
        because: DisabledBecause,
    ) -> Result<(), WebhookError> {
        let now = self.store.now().await?;
        let give_up = |queue: &mut Queue| {
            if queue.release(token) == Ok(()) {
                queue.give_up(DeadBecause::Disabled(because), now);
            }
            Ok(())
        };
        self.store.change(&id.to_string(), Lasting::Now, give_up).await?;
        Ok(())
    }

    /// Tries a delivery once and writes down what came of it; `false` unless it got through.
    async fn attempt(
        &self,
        queue: &Queue,
        (leased, token): (Instant, Token),
        mut receiver: Receiver,
        delivery: &Delivery,
        place: &mut Place,
    ) -> Result<bool, WebhookError> {
        let begun = self.store.now().await?;
        // Nothing is waited for between this and the send.
        if leased.elapsed() > MARGIN {
            return Ok(false);
        }
        let sending = self.send(queue.id, &receiver, delivery, begun);
        let Sent { outcome, latency, retry_after } = making_room(place, sending).await;
        place.note(outcome.is_success());
        let now = self.store.now().await?;
        let url = receiver.url.clone();
        let judged = Judged { url: &url, outcome: &outcome, which: delivery.which_try(), now };
        if !outcome.is_success()
            && let Some((_, as_it_is)) = self.receiver(queue).await?
        {
            // Where it has moved meanwhile, the failure says nothing of it.
            receiver = as_it_is;
        }
        judged.tell(&mut receiver, &self.terms.schedule);
        let fate = if outcome.is_success() {
            Fate::Delivered
        } else if let ReceiverState::Disabled { because, .. } = receiver.state {
            Fate::Dead(DeadBecause::Disabled(because))
        } else {
            let failed = delivery.failed() + 1;
            let wait = self.terms.schedule.wait(failed, retry_after, &mut rand::rng());
            wait.map_or(Fate::Dead(DeadBecause::TriesUsedUp), |wait| Fate::Again(now.after(wait)))
        };
        log(queue.id, delivery, &receiver, &outcome, fate);
        let tried = Try {
            at: begun,
            latency_ms: u32::try_from(latency.as_millis()).unwrap_or(u32::MAX),
            outcome: outcome.clone(),
        };
        let message = delivery.message;
        let record = |queue: &mut Queue| {
            let recorded: Result<(), Stale> =
                queue.record(token, message, tried.clone(), fate, now);
            if recorded.is_ok()
                && let Some(hook) = &mut queue.hook
            {
                judged.tell(hook, &self.terms.schedule);
            }
            Ok(recorded.is_ok())
        };
        let recorded = self.store.change(&queue.id.to_string(), Lasting::Now, record).await?;
        // Otherwise somebody else has taken it over, and tries again what we have tried.
        let is_ours = recorded.is_some_and(|(_, is_ours)| is_ours);
        if is_ours && queue.hook.is_none() {
            let judge = |endpoint: &mut Endpoint| {
                judged.tell(&mut endpoint.receiver, &self.terms.schedule);
                Ok(())
            };
            self.store.change(&queue.id.endpoint.to_string(), Lasting::WithNext, judge).await?;
        }
        Ok(is_ours && outcome.is_success())
    }

    /// Signs and sends a delivery. A secret that cannot be read fails the try: it may be the key of
    /// this process that is wrong.
    pub(super) async fn send(
        &self,
        id: QueueId,
        receiver: &Receiver,
        delivery: &Delivery,
        now: Timestamp,
    ) -> Sent {
        let good = receiver.secrets.good(now);
        let secrets: Result<Vec<Secret>, WebhookError> =
            good.map(|sealed| self.unseal(id.endpoint, sealed)).collect();
        match secrets {
            Ok(secrets) => {
                let headers = sign::headers(delivery.message, now, &delivery.body, &secrets);
                self.sender.post(&receiver.url, headers, delivery.body.clone()).await
            }
            Err(error) => {
                error!(endpoint = %id.endpoint, %error, "cannot sign a webhook");
                let reason = format!("it cannot be signed: {error}");
                let outcome = TryOutcome::Unanswered { reason };
                Sent { outcome, latency: Duration::ZERO, retry_after: None }
            }
        }
    }
}

/// Waits for what comes of a try; one that goes unanswered for a moment makes room for others.
async fn making_room(place: &mut Place, sending: impl Future<Output = Sent>) -> Sent {
    let mut sending = pin!(sending);
    match timeout(PROMPT, &mut sending).await {
        Ok(sent) => sent,
        Err(_) => {
            place.slow_down();
            sending.await
        }
    }
}

/// What a try says of its receiver.
struct Judged<'a> {
    /// Where it went.
    url: &'a HookUrl,
    outcome: &'a TryOutcome,
    which: WhichTry,
    now: Timestamp,
}

impl Judged<'_> {
    /// Tells a receiver, if it is still where the try went.
    fn tell(&self, receiver: &mut Receiver, schedule: &Schedule) {
        if receiver.url != *self.url {
            return;
        }
        if self.outcome.is_success() {
            receiver.succeed();
        } else if self.outcome.is_gone() {
            receiver.disable(DisabledBecause::Gone, self.now);
        } else {
            receiver.fail(self.which, self.now, schedule.patience());
        }
    }
}

fn log(queue: QueueId, delivery: &Delivery, receiver: &Receiver, outcome: &TryOutcome, fate: Fate) {
    let (endpoint, message, host) = (queue.endpoint, delivery.message, receiver.url.host());
    let answer = match outcome {
        TryOutcome::Answered { status, .. } => format!("HTTP {status}"),
        TryOutcome::Unanswered { reason } => reason.clone(),
    };
    match fate {
        Fate::Delivered => debug!(%endpoint, %message, host, answer, "webhook delivered"),
        Fate::Again(at) => {
            debug!(%endpoint, %message, host, answer, next_try_at = %at, "webhook failed");
        }
        Fate::Dead(DeadBecause::Disabled(_)) => {
            warn!(%endpoint, %message, host, answer, "webhook endpoint is disabled from now on");
        }
        Fate::Dead(because) => {
            let because = because.sentence();
            warn!(%endpoint, %message, host, answer, because, "webhook is given up");
        }
    }
}
