//! The links to renditions that this engine gives, and those that come back.

use std::time::Duration;

use super::Engine;
use crate::{
    error::Error,
    gallery::RenditionName,
    model::{RequestId, Timestamp},
    wire::{Download, DownloadView, OutputLinks, Signing, end_of_life},
};

/// How long a link to what is saved as a file is good: it only has to be followed.
const DOWNLOAD_LIFE: Duration = Duration::from_secs(300);

/// The name that such a link is signed for; no rendition has it, for there is a slash in it.
fn signed_name(what: Download) -> String {
    format!("downloads/{}", what.name())
}

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

    /// A path that what is saved as a file can be had from: with a signature where there are keys.
    ///
    /// # Errors
    /// [`Error::Store`]
    pub async fn download_link(
        &self,
        id: RequestId,
        what: Download,
    ) -> Result<DownloadView, Error> {
        let path = format!("/requests/{id}/{}", what.name());
        if !self.0.keys.exist().await? {
            return Ok(DownloadView { link: path });
        }
        let until = end_of_life(self.0.store.now().await?, DOWNLOAD_LIFE);
        let query = self.0.signer.query(id, &signed_name(what), until);
        Ok(DownloadView { link: format!("{path}?{query}") })
    }

    /// Finds out whether a signed link to what is saved as a file is good, by the store's clock.
    ///
    /// # Errors
    /// [`Error::Link`]
    pub async fn check_download_link(
        &self,
        id: RequestId,
        what: Download,
        query: (&str, &str),
    ) -> Result<(), Error> {
        let now = self.0.store.now().await?;
        self.0.signer.check(id, &signed_name(what), query, now)?;
        Ok(())
    }

    /// The links as they are given at this moment.
    pub(super) async fn links(&self) -> Result<OutputLinks, Error> {
        let links = self.0.links.get().cloned().unwrap_or(OutputLinks::BESIDE_SHEET);
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
