//! Who hears of a request.

use super::{Inner, WebhookError, endpoints::MOST_ENDPOINTS, server_endpoint, stored};
use crate::{
    model::{Endpoint, KeyId, Receiver, Request},
    store::{Kind, Mark},
};

/// How many of the endpoints that hear of all requests are read in one go.
const BROAD_AT_ONCE: usize = 1_000;

impl Inner {
    /// An endpoint as it is now, whatever its document says: see [`Inner::hold_to_key`].
    pub(super) async fn as_it_is(&self, mut endpoint: Endpoint) -> Result<Endpoint, WebhookError> {
        self.hold_to_key(endpoint.owner, &mut endpoint.receiver).await?;
        Ok(endpoint)
    }

    /// Has a receiver hear nothing once the key of its owner is over. A key that is over never
    /// becomes good again, so this is found out whenever it matters and written nowhere.
    pub(super) async fn hold_to_key(
        &self,
        owner: Option<KeyId>,
        receiver: &mut Receiver,
    ) -> Result<(), WebhookError> {
        if let Some(owner) = owner
            && let Some(refused) = self.keys.over(owner).await?
        {
            receiver.end(refused, self.store.now().await?);
        }
        Ok(())
    }

    /// The endpoints that may hear of a request.
    pub(super) async fn endpoints_of(
        &self,
        request: &Request,
    ) -> Result<Vec<Endpoint>, WebhookError> {
        let server = self.terms.server.as_ref().map(|hook| server_endpoint(&hook.url).to_string());
        let server = Vec::from_iter(server);
        let mut endpoints: Vec<Endpoint> = self.store.load_all(&server).await?;
        if endpoints.len() < server.len() {
            // Somebody has deleted it who does not know that it stands in settings.
            self.keep_server_hook().await?;
            endpoints = self.store.load_all(&server).await?;
        }
        let mut from = String::new();
        loop {
            let broad = Mark::values_from(from);
            let found =
                self.store.marked(Kind::Endpoint, Mark::Broad, broad, BROAD_AT_ONCE).await?;
            let ids: Vec<String> = found.iter().map(|marked| marked.id.clone()).collect();
            endpoints.extend(self.store.load_all::<Endpoint>(&ids).await?);
            match found.last().filter(|_| found.len() == BROAD_AT_ONCE) {
                Some(last) => from = Mark::behind(&last.value),
                None => break,
            }
        }
        if let Some(owner) = request.owner {
            let group = stored::group(Some(owner));
            endpoints.extend(
                self.store.load_page::<Endpoint>(Some(&group), None, MOST_ENDPOINTS).await?,
            );
        }
        endpoints.sort_by_key(|endpoint| endpoint.id);
        endpoints.dedup_by_key(|endpoint| endpoint.id);
        endpoints.retain(|endpoint| endpoint.hears_of(request));
        for endpoint in &mut endpoints {
            self.hold_to_key(endpoint.owner, &mut endpoint.receiver).await?;
        }
        Ok(endpoints)
    }
}
