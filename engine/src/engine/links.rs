//! The links to renditions that this engine gives, and those that come back.

use super::Engine;
use crate::{
    error::Error,
    gallery::RenditionName,
    model::{RequestId, Timestamp},
    wire::{OutputLinks, Signing, end_of_life},
};

/// What the key is for that links are signed with.
pub(super) const SIGNING: &str = "pixmill 2026-11 signed links to images";

impl Engine {
    /// Says when links are signed. Default: never. What is said first counts.
    pub fn sign_links(&self, signing: Signing) {
        self.0.signing.get_or_init(|| signing);
    }

    /// Finds out until when a signed link to an image is good, by the store's clock.
    ///
    /// # Errors
    /// [`Error::Link`]
    pub async fn check_link(
        &self,
        id: RequestId,
        name: &RenditionName,
        query: (&str, &str),
    ) -> Result<Timestamp, Error> {
        let now = self.0.store.now().await?;
        Ok(self.0.signer.check(id, name.as_str(), query, now)?)
    }

    /// The links as they are given at this moment.
    pub(super) async fn links(&self) -> Result<OutputLinks, Error> {
        let links = self.0.links.get().cloned().unwrap_or(OutputLinks::BesideSheet);
        let life = match self.0.signing.get().copied().unwrap_or_default() {
            Signing::Never => None,
            Signing::Always(life) => Some(life),
            Signing::WithKeys(life) => self.0.keys.exist().await?.then_some(life),
        };
        Ok(match (links, life) {
            (OutputLinks::Under(base), Some(life)) => {
                let until = end_of_life(self.0.store.now().await?, life);
                OutputLinks::Signed { base, signer: self.0.signer.clone(), until }
            }
            (links, _) => links,
        })
    }
}
