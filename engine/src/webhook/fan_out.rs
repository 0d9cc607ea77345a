//! Notices become deliveries in the queues of the receivers that asked for them.
//!
//! The deliveries are written first and the notices taken off the request last. A crash in between,
//! or another process that does the same, has it done twice, which does nothing: a queue knows which
//! notices it has been given.

use tracing::warn;

use super::{Inner, WebhookError};
use crate::{
    model::{
        DeadBecause, Delivery, EventType, KeyId, Lane, MessageId, Notice, Queue, QueueId, Receiver,
        ReceiverState, Request, Timestamp,
    },
    store::{Kind, Lasting, Mark, StoreError},
    wire::EventBody,
};

/// How many requests with news are looked at in one go.
const LOOKED_AT: usize = 100;

/// Whose queue is filled.
struct Addressee<'a> {
    id: QueueId,
    /// To whom the receiver belongs.
    owner: Option<KeyId>,
    receiver: &'a Receiver,
    /// Whether it is the request that names the receiver.
    is_hook: bool,
}

impl Inner {
    /// Passes on all notices that there are; gives whether there were any. What goes wrong with one
    /// request does not keep those of others; the first failure is told.
    pub(super) async fn fan_out_all(&self) -> Result<bool, WebhookError> {
        let mut from = String::new();
        let (mut failure, mut is_some) = (Ok(()), false);
        loop {
            let values = Mark::values_from(from);
            let found = self.store.marked(Kind::Request, Mark::News, values, LOOKED_AT).await?;
            is_some |= !found.is_empty();
            for marked in &found {
                if let Err(error) = self.fan_out(&marked.id).await {
                    warn!(request = marked.id, %error, "cannot pass on a change of status yet");
                    failure = failure.and(Err(error));
                }
            }
            let Some(last) = found.last().filter(|_| found.len() == LOOKED_AT) else {
                return failure.map(|()| is_some);
            };
            from = Mark::behind(&last.value);
        }
    }

    /// Passes on the notices of one request; `false` where some have to wait until a queue that is
    /// just being deleted is gone.
    pub(super) async fn fan_out(&self, id: &str) -> Result<bool, WebhookError> {
        let Some(kept) = self.store.load::<Request>(id).await? else { return Ok(true) };
        let request = kept.value;
        let Some(last) = request.notices.last() else { return Ok(true) };
        let now = self.store.now().await?;
        let mut is_done = true;
        for endpoint in self.endpoints_of(&request).await? {
            let id = QueueId { endpoint: endpoint.id, request: Some(request.id) };
            let (owner, receiver) = (endpoint.owner, &endpoint.receiver);
            let to = Addressee { id, owner, receiver, is_hook: false };
            is_done &= self.fill(&to, &request, |event| endpoint.wants(event), now).await?;
        }
        if let Some(receiver) = &request.hook {
            let id = QueueId { endpoint: request.id.into(), request: Some(request.id) };
            let to = Addressee { id, owner: request.owner, receiver, is_hook: true };
            is_done &= self.fill(&to, &request, |_| true, now).await?;
        }
        if is_done {
            let before = last.number + 1;
            let pass_on = |request: &mut Request| {
                request.passed_on(before);
                Ok(())
            };
            self.store.change(id, Lasting::Now, pass_on).await?;
        }
        Ok(is_done)
    }

    /// Puts those notices of a request into a queue that are wanted; `false` where the queue is
    /// just being deleted and another one has to be made later.
    async fn fill(
        &self,
        to: &Addressee<'_>,
        request: &Request,
        wants: impl Fn(EventType) -> bool,
        now: Timestamp,
    ) -> Result<bool, WebhookError> {
        // What is not sent is kept all the same: it can be sent by hand later.
        let given_up = match to.receiver.state {
            ReceiverState::Enabled { .. } => None,
            ReceiverState::Disabled { because, .. } => Some(DeadBecause::Disabled(because)),
        };
        let wanted: Vec<&Notice> =
            request.notices.iter().filter(|notice| wants(notice.event())).collect();
        if wanted.is_empty() {
            return Ok(true);
        }
        let fill = |queue: &mut Queue| {
            if queue.is_closed {
                return Ok::<bool, StoreError>(false);
            }
            for notice in &wanted {
                let delivery = self.delivery(request, notice, now);
                let delivery = match given_up {
                    None => delivery,
                    Some(because) => delivery.given_up(because),
                };
                queue.append(notice.number, delivery);
            }
            Ok(true)
        };
        loop {
            let id = to.id.to_string();
            if let Some((_, is_filled)) = self.store.change(&id, Lasting::WithNext, fill).await? {
                return Ok(is_filled);
            }
            let lane = Lane::new(to.owner, &to.receiver.url);
            let mut queue = Queue::new(to.id, request.owner, lane, now);
            queue.hook = to.is_hook.then(|| to.receiver.clone());
            fill(&mut queue)?;
            // Where it is there after all, another process has just made it.
            if self.store.add(&[queue], Lasting::WithNext).await? == 1 {
                if to.is_hook {
                    self.renew_hook(to.id, &to.receiver.secrets).await?;
                }
                return Ok(true);
            }
        }
    }

    fn delivery(&self, request: &Request, notice: &Notice, now: Timestamp) -> Delivery {
        let body = EventBody::new(request.id, notice, self.links());
        let body = serde_json::to_string(&body).expect("a view is made of text and numbers");
        let message = MessageId::Notice { request: request.id, number: notice.number };
        Delivery::new(message, notice.event(), body, now)
    }
}
