//! Deliveries: looked at, sent again, tried out.

use super::{Inner, WebhookError, Webhooks};
use crate::{
    model::{
        DeadBecause, Delivery, EndpointId, EventType, Fate, KeyId, Lane, MessageId, Queue, QueueId,
        Receiver, Request, RequestId, Sight, TestId, Try,
    },
    store::{Lasting, StoreError},
    wire::EventBody,
};

/// A delivery and the request that it is about; `None` for a test.
pub type About = (Option<RequestId>, Delivery);

/// What somebody sees who asks for the deliveries of an endpoint.
pub(super) enum Seen {
    /// One that is registered.
    Endpoint(Box<Receiver>),
    /// One that a request itself names.
    Hook {
        /// To whom the request belongs.
        owner: Option<KeyId>,
    },
}

/// How many queues are read in one go.
const QUEUES_AT_ONCE: usize = 20;

impl Webhooks {
    /// At most `limit` deliveries to an endpoint, beginning with the next older than `after`: those
    /// of the newest request first, and of each the newest event first; tests before all others.
    /// The receiver that a request itself names has the name of the request.
    ///
    /// # Errors
    /// [`WebhookError::NotFound`]
    pub async fn deliveries(
        &self,
        sight: Sight,
        id: EndpointId,
        after: Option<MessageId>,
        limit: usize,
    ) -> Result<Vec<About>, WebhookError> {
        self.see(sight, id).await?;
        let store = &self.0.store;
        let mut found = Vec::new();
        let mut before = None;
        if let Some(message) = after {
            let queue = QueueId { endpoint: id, request: request_of(message) };
            if let Some(kept) = store.load::<Queue>(&queue.to_string()).await? {
                let deliveries = kept.value.deliveries.into_iter();
                // All others of the queue are newer, or are no more.
                let older = deliveries.take_while(|delivery| delivery.message != message);
                found.extend(older.map(|delivery| (queue.request, delivery)));
                found.reverse();
            }
            before = Some(queue.to_string());
        }
        while found.len() < limit {
            let group = id.to_string();
            let listed: Vec<Queue> =
                store.load_page(Some(&group), before.as_deref(), QUEUES_AT_ONCE).await?;
            let Some(last) = listed.last() else { break };
            before = Some(last.id.to_string());
            for Queue { id, deliveries, .. } in listed {
                found.extend(deliveries.into_iter().rev().map(|delivery| (id.request, delivery)));
            }
        }
        found.truncate(limit);
        Ok(found)
    }

    /// Sends a delivery again, whatever has become of it. The receiver that a request itself names
    /// is delivered to again from now on, if it was not.
    ///
    /// # Errors
    /// [`WebhookError::NotFound`], [`WebhookError::NoDelivery`], [`WebhookError::Disabled`],
    /// [`WebhookError::KeyOver`]
    pub async fn redeliver(
        &self,
        sight: Sight,
        id: EndpointId,
        message: MessageId,
    ) -> Result<About, WebhookError> {
        match self.see(sight, id).await? {
            Seen::Endpoint(receiver) if receiver.has_ended() => {
                return Err(WebhookError::KeyOver(id));
            }
            Seen::Endpoint(receiver) if !receiver.is_enabled() => {
                return Err(WebhookError::Disabled(id));
            }
            Seen::Hook { owner: Some(owner) } if self.0.keys.over(owner).await?.is_some() => {
                return Err(WebhookError::KeyOver(id));
            }
            Seen::Endpoint(_) | Seen::Hook { .. } => {}
        }
        let queue = QueueId { endpoint: id, request: request_of(message) };
        let now = self.0.store.now().await?;
        let redeliver = |queue: &mut Queue| {
            let is_there = !queue.is_closed && queue.redeliver(message, now);
            if is_there {
                queue.hook.iter_mut().for_each(|hook| hook.enable());
            }
            let of_name = |delivery: &&Delivery| is_there && delivery.message == message;
            Ok::<_, StoreError>(queue.deliveries.iter().find(of_name).cloned())
        };
        let changed = self.0.store.change(&queue.to_string(), Lasting::Now, redeliver).await?;
        let delivery = changed.and_then(|(_, delivery)| delivery);
        self.ring();
        Ok((queue.request, delivery.ok_or(WebhookError::NoDelivery(message))?))
    }

    /// Sends a test event at once, once, also to an endpoint that is disabled, and gives what came
    /// of it. What the endpoint is taken for does not change by it.
    ///
    /// # Errors
    /// [`WebhookError::NotFound`], [`WebhookError::KeyOver`]
    pub async fn test(&self, sight: Sight, id: EndpointId) -> Result<About, WebhookError> {
        let endpoint = self.show(sight, id).await?;
        if endpoint.receiver.has_ended() {
            return Err(WebhookError::KeyOver(id));
        }
        let Inner { store, .. } = &*self.0;
        let now = store.now().await?;
        let body = serde_json::to_string(&EventBody::test(now));
        let body = body.expect("a view is made of text and numbers");
        let message = MessageId::Test(TestId::fresh());
        let delivery = Delivery::new(message, EventType::Test, body, now);
        let queue = QueueId { endpoint: id, request: None };
        let sent = self.0.send(queue, &endpoint.receiver, &delivery, now).await;
        let fate = if sent.outcome.is_success() {
            Fate::Delivered
        } else {
            Fate::Dead(DeadBecause::TriesUsedUp)
        };
        let latency_ms = u32::try_from(sent.latency.as_millis()).unwrap_or(u32::MAX);
        let tried = Try { at: now, latency_ms, outcome: sent.outcome };
        let delivery = delivery.tried_once(tried, fate, store.now().await?);
        let lane = Lane::new(endpoint.owner, &endpoint.receiver.url);
        let mut kept = Queue::new(queue, endpoint.owner, lane, now);
        kept.push(delivery.clone());
        if store.add(&[kept], Lasting::Now).await? == 0 {
            let push = |queue: &mut Queue| {
                queue.push(delivery.clone());
                Ok(())
            };
            store.change(&queue.to_string(), Lasting::Now, push).await?;
        }
        Ok((None, delivery))
    }

    /// Refuses an endpoint that there is not, or that belongs to somebody else; it may be one that
    /// a request itself names.
    pub(super) async fn see(&self, sight: Sight, id: EndpointId) -> Result<Seen, WebhookError> {
        match self.show(sight, id).await {
            Err(WebhookError::NotFound(_)) => {}
            other => return other.map(|endpoint| Seen::Endpoint(Box::new(endpoint.receiver))),
        }
        let request = self.0.store.load::<Request>(&id.to_string()).await?;
        let hooked = request.map(|kept| kept.value).filter(|request| request.hook.is_some());
        // Once the request is deleted, what was delivered is still there to be looked at.
        let owner = match hooked {
            Some(request) => Some(request.owner),
            None => {
                let request = id.to_string().parse().ok();
                let queue = QueueId { endpoint: id, request }.to_string();
                self.0.store.load::<Queue>(&queue).await?.map(|kept| kept.value.owner)
            }
        };
        let seen = owner.filter(|owner| sight.covers(*owner));
        Ok(Seen::Hook { owner: seen.ok_or(WebhookError::NotFound(id))? })
    }

    /// Passes on what there is to tell of a request that is about to be deleted; `false` where some
    /// of it cannot be yet.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn pass_on(&self, id: RequestId) -> Result<bool, WebhookError> {
        self.0.fan_out(&id.to_string()).await
    }
}

fn request_of(message: MessageId) -> Option<RequestId> {
    match message {
        MessageId::Notice { request, .. } => Some(request),
        MessageId::Test(_) => None,
    }
}
