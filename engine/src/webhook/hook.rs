//! The receivers that requests themselves name. They are no endpoints: each hears of its request
//! only, and has the request's name.

use super::{Inner, Secret, WebhookError, Webhooks, deliveries::Seen};
use crate::{
    model::{
        Endpoint, EndpointId, EventType, HookUrl, Queue, QueueId, Receiver, Request, RequestId,
        Scope, Secrets, Sight,
    },
    store::Lasting,
};

impl Webhooks {
    /// The receiver that a request itself names, with a secret of its own.
    ///
    /// # Errors
    /// [`WebhookError::Refused`]
    pub fn hook(&self, id: RequestId, url: HookUrl) -> Result<Receiver, WebhookError> {
        self.0.guard.verdict_on_url(url.url())?;
        Ok(Receiver::new(url, self.0.seal(id.into(), &Secret::fresh())))
    }

    /// The secret of the receiver that a request itself names.
    ///
    /// # Errors
    /// [`WebhookError::Vault`]
    pub fn hook_secret(&self, request: &Request) -> Result<Option<Secret>, WebhookError> {
        let current = request.hook.as_ref().map(|hook| &hook.secrets.current);
        current.map(|sealed| self.0.unseal(request.id.into(), sealed)).transpose()
    }

    /// Gives the receiver that a request itself names a new secret: in the request, from which its
    /// queue is made, and in the queue, which may be there already.
    pub(super) async fn rotate_hook(
        &self,
        sight: Sight,
        id: EndpointId,
    ) -> Result<(Endpoint, Secret), WebhookError> {
        let owner = match self.see(sight, id).await? {
            Seen::Hook { owner } => owner,
            Seen::Endpoint(_) => return Err(WebhookError::NotFound(id)),
        };
        let (store, overlap) = (&self.0.store, self.0.terms.overlap);
        let (secret, now) = (Secret::fresh(), store.now().await?);
        let sealed = self.0.seal(id, &secret);
        let rotate = |hook: &mut Option<Receiver>| {
            hook.iter_mut().for_each(|hook| hook.rotate(sealed.clone(), now, overlap));
            Ok(hook.clone())
        };
        let of_request = |request: &mut Request| rotate(&mut request.hook);
        let request = store.change(&id.to_string(), Lasting::Now, of_request).await?;
        let queue = QueueId { endpoint: id, request: id.to_string().parse().ok() };
        let of_queue = |queue: &mut Queue| rotate(&mut queue.hook);
        let queue = store.change(&queue.to_string(), Lasting::Now, of_queue).await?;
        // The request may be deleted already, with the queue still there to be looked at.
        let created_at = request.as_ref().map(|(request, _)| request.created_at);
        let created_at = created_at.or(queue.as_ref().map(|(queue, _)| queue.touched_at));
        // The one of the queue knows how it is getting on.
        let receiver = queue.and_then(|(_, hook)| hook);
        let receiver = receiver.or(request.and_then(|(_, hook)| hook));
        let mut endpoint = Endpoint {
            id,
            owner,
            scope: Scope::Own,
            name: "upload".parse().expect("it is a name"),
            events: EventType::REQUEST.to_vec(),
            receiver: receiver.ok_or(WebhookError::NotFound(id))?,
            created_at: created_at.unwrap_or(now),
        };
        self.0.hold_to_key(owner, &mut endpoint.receiver).await?;
        Ok((endpoint, secret))
    }
}

impl Inner {
    /// Has a queue that has just been made sign with the secrets that its request has by now: they
    /// may have changed since the request was read that it was `made_with`.
    pub(super) async fn renew_hook(
        &self,
        id: QueueId,
        made_with: &Secrets,
    ) -> Result<(), WebhookError> {
        let Some(request) = id.request else { return Ok(()) };
        let request = self.store.load::<Request>(&request.to_string()).await?;
        let Some(hook) = request.and_then(|kept| kept.value.hook) else { return Ok(()) };
        if hook.secrets == *made_with {
            return Ok(());
        }
        let renew = |queue: &mut Queue| {
            queue.hook.iter_mut().for_each(|kept| kept.secrets.clone_from(&hook.secrets));
            Ok(())
        };
        self.store.change(&id.to_string(), Lasting::WithNext, renew).await?;
        Ok(())
    }
}
