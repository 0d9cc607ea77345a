//! Endpoints: made, looked at, changed, deleted.

use super::{
    Change, Draft, Inner, Secret, ServerHook, WebhookError, Webhooks, label, server_endpoint,
    stored,
};
use crate::{
    model::{
        DisabledBecause, Endpoint, EndpointId, EventType, KeyId, Receiver, Scope, Sealed, Sight,
    },
    store::{Kind, Lasting, StoreError},
};

/// How many endpoints an owner may have.
pub(super) const MOST_ENDPOINTS: usize = 100;

impl Webhooks {
    /// Makes an endpoint in the name of `owner`; it hears of what is in `sight`. The secret is told
    /// this once.
    ///
    /// # Errors
    /// [`WebhookError::Refused`], [`WebhookError::TooMany`]
    pub async fn create(
        &self,
        owner: Option<KeyId>,
        sight: Sight,
        draft: Draft,
    ) -> Result<(Endpoint, Secret), WebhookError> {
        let Draft { name, url, events, is_enabled } = draft;
        let Inner { store, guard, .. } = &*self.0;
        guard.verdict_on_url(url.url())?;
        let group = stored::group(owner);
        let found = store.list(Kind::Endpoint, Some(&group), None, MOST_ENDPOINTS).await?;
        if found.len() >= MOST_ENDPOINTS {
            return Err(WebhookError::TooMany { limit: MOST_ENDPOINTS });
        }
        let scope = match sight {
            Sight::All => Scope::All,
            Sight::Of(_) => Scope::Own,
        };
        let (id, secret, created_at) = (EndpointId::fresh(), Secret::fresh(), store.now().await?);
        let mut receiver = Receiver::new(url, self.0.seal(id, &secret));
        if !is_enabled {
            receiver.disable(DisabledBecause::Asked, created_at);
        }
        let endpoint = Endpoint { id, owner, scope, name, events, receiver, created_at };
        store.add(std::slice::from_ref(&endpoint), Lasting::Now).await?;
        Ok((endpoint, secret))
    }

    /// One endpoint.
    ///
    /// # Errors
    /// [`WebhookError::NotFound`]
    pub async fn show(&self, sight: Sight, id: EndpointId) -> Result<Endpoint, WebhookError> {
        let found = self.0.store.load::<Endpoint>(&id.to_string()).await?;
        let seen = found.map(|kept| kept.value).filter(|endpoint| sight.covers(endpoint.owner));
        self.0.as_it_is(seen.ok_or(WebhookError::NotFound(id))?).await
    }

    /// At most `limit` endpoints, newest first, beginning with the next older than `before`.
    ///
    /// # Errors
    /// [`WebhookError::Store`]
    pub async fn list(
        &self,
        sight: Sight,
        before: Option<EndpointId>,
        limit: usize,
    ) -> Result<Vec<Endpoint>, WebhookError> {
        let group = match sight {
            Sight::All => None,
            Sight::Of(key) => Some(stored::group(Some(key))),
        };
        let before = before.map(|id| id.to_string());
        let found: Vec<Endpoint> =
            self.0.store.load_page(group.as_deref(), before.as_deref(), limit).await?;
        let mut endpoints = Vec::with_capacity(found.len());
        for endpoint in found {
            endpoints.push(self.0.as_it_is(endpoint).await?);
        }
        Ok(endpoints)
    }

    /// Changes an endpoint. One that is enabled again is forgiven that it failed.
    ///
    /// # Errors
    /// [`WebhookError::NotFound`], [`WebhookError::Refused`], [`WebhookError::Fixed`],
    /// [`WebhookError::KeyOver`] where it is to be enabled and its key is no longer good.
    pub async fn update(
        &self,
        sight: Sight,
        id: EndpointId,
        change: Change,
    ) -> Result<Endpoint, WebhookError> {
        let Change { name, url, events, is_enabled } = change;
        let endpoint = self.show(sight, id).await?;
        let is_remade = name.is_some() || url.is_some() || events.is_some();
        if endpoint.scope == Scope::Server && is_remade {
            return Err(WebhookError::Fixed);
        }
        if is_enabled == Some(true) && endpoint.receiver.has_ended() {
            return Err(WebhookError::KeyOver(id));
        }
        if let Some(url) = &url {
            self.0.guard.verdict_on_url(url.url())?;
        }
        let now = self.0.store.now().await?;
        self.change(id, |endpoint| {
            let Endpoint { name: had, events: had_events, receiver, .. } = endpoint;
            *had = name.clone().unwrap_or_else(|| had.clone());
            *had_events = events.clone().unwrap_or_else(|| std::mem::take(had_events));
            if let Some(url) = url.clone() {
                receiver.move_to(url);
            }
            match is_enabled {
                Some(true) => receiver.enable(),
                Some(false) => receiver.disable(DisabledBecause::Asked, now),
                None => {}
            }
        })
        .await
    }

    /// Deletes an endpoint with all its deliveries.
    ///
    /// # Errors
    /// [`WebhookError::NotFound`], [`WebhookError::Fixed`]
    pub async fn remove(&self, sight: Sight, id: EndpointId) -> Result<(), WebhookError> {
        self.show(sight, id).await?;
        let is_named = |hook: &ServerHook| server_endpoint(&hook.url) == id;
        if self.0.terms.server.as_ref().is_some_and(is_named) {
            return Err(WebhookError::Fixed);
        }
        let key = id.to_string();
        self.0.store.delete(Kind::Endpoint, std::slice::from_ref(&key)).await?;
        Ok(self.0.store.delete_group(Kind::Queue, &key).await?)
    }

    /// Gives an endpoint a new secret, which is told this once. For a day deliveries are signed
    /// with the one before as well. The receiver that a request itself names has the name of the
    /// request.
    ///
    /// # Errors
    /// [`WebhookError::NotFound`], [`WebhookError::Fixed`]
    pub async fn rotate(
        &self,
        sight: Sight,
        id: EndpointId,
    ) -> Result<(Endpoint, Secret), WebhookError> {
        match self.show(sight, id).await {
            Err(WebhookError::NotFound(_)) => return self.rotate_hook(sight, id).await,
            Ok(endpoint) if endpoint.scope == Scope::Server => return Err(WebhookError::Fixed),
            other => other?,
        };
        let (secret, now) = (Secret::fresh(), self.0.store.now().await?);
        let (sealed, overlap) = (self.0.seal(id, &secret), self.0.terms.overlap);
        let rotate = |endpoint: &mut Endpoint| {
            endpoint.receiver.rotate(sealed.clone(), now, overlap);
        };
        Ok((self.change(id, rotate).await?, secret))
    }

    async fn change(
        &self,
        id: EndpointId,
        mut change: impl FnMut(&mut Endpoint) + Send,
    ) -> Result<Endpoint, WebhookError> {
        let change = |endpoint: &mut Endpoint| {
            change(endpoint);
            Ok::<(), StoreError>(())
        };
        let changed = self.0.store.change(&id.to_string(), Lasting::Now, change).await?;
        let changed = changed.map(|(endpoint, ())| endpoint);
        self.0.as_it_is(changed.ok_or(WebhookError::NotFound(id))?).await
    }
}

impl Inner {
    /// Keeps the receiver that the host names, so that all processes know its secret and state.
    pub(super) async fn keep_server_hook(&self) -> Result<(), WebhookError> {
        let Some(ServerHook { url, secret }) = &self.terms.server else { return Ok(()) };
        self.guard.verdict_on_url(url.url())?;
        let (id, now) = (server_endpoint(url), self.store.now().await?);
        let endpoint = Endpoint {
            id,
            owner: None,
            scope: Scope::Server,
            name: "server".parse().expect("it is a name"),
            events: EventType::REQUEST.to_vec(),
            receiver: Receiver::new(url.clone(), self.seal(id, secret)),
            created_at: now,
        };
        if self.store.add(&[endpoint], Lasting::Now).await? == 1 {
            return Ok(());
        }
        let renew = |endpoint: &mut Endpoint| {
            let known = self.unseal(id, &endpoint.receiver.secrets.current);
            if known.ok().as_ref() != Some(secret) {
                endpoint.receiver.rotate(self.seal(id, secret), now, self.terms.overlap);
            }
            Ok(())
        };
        self.store.change(&id.to_string(), Lasting::Now, renew).await?;
        Ok(())
    }

    pub(super) fn seal(&self, id: EndpointId, secret: &Secret) -> Sealed {
        self.vault.seal(&label(id), secret.bytes())
    }

    pub(super) fn unseal(&self, id: EndpointId, sealed: &Sealed) -> Result<Secret, WebhookError> {
        Ok(Secret::from_bytes(self.vault.unseal(&label(id), sealed)?))
    }
}
