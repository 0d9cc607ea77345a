//! The renditions of others that are kept here, so that they are there when the deployment is not:
//! those of the newest requests, up to a number of bytes.

use futures_util::TryStreamExt;
use tracing::debug;

use super::{
    courier::{Courier, renditions},
    passage::{Images, Passage, Way},
    session::Session,
    side::Side,
    trouble::{Result, Trouble, here},
};
use crate::{
    error::Error,
    gallery::GalleryError,
    model::{Request, RequestId},
    store::{Lasting, StoreError},
};

/// Of how many requests renditions are fetched in one go.
const FETCHED_AT_ONCE: usize = 8;

impl Session {
    /// Fetches renditions of some requests, and lets those go that there is no more room for. Gives
    /// whether there are more.
    pub(super) async fn fetch_some_images(&self, there: &Side) -> Result<bool> {
        let (mut sum, mut fetched, mut before) = (0_u64, 0, None);
        loop {
            let page = self.journal.page(before).await?;
            let Some(last) = page.last() else { return Ok(false) };
            before = Some(last.id);
            for passage in page {
                let is_whole = passage.is_final && passage.parked.is_none();
                if passage.way == Way::There || passage.with != there.name || !is_whole {
                    continue;
                }
                let Some(request) = self.copy_here(passage.id).await? else { continue };
                sum = sum.saturating_add(request.tally.bytes_out);
                let has_room = sum <= self.deployment.kept_bytes;
                match (has_room, passage.images) {
                    (true, Images::Here) | (false, Images::Away) => {}
                    (false, Images::Coming | Images::Here) => self.let_images_go(passage).await?,
                    (true, Images::Away | Images::Coming) if fetched == FETCHED_AT_ONCE => {
                        return Ok(true);
                    }
                    (true, Images::Away | Images::Coming) => {
                        self.begins_work();
                        self.fetch_for(there, &request, passage).await?;
                        fetched += 1;
                    }
                }
            }
        }
    }

    async fn copy_here(&self, id: RequestId) -> Result<Option<Request>> {
        match self.here.requests.show(id).await {
            Ok(request) => Ok(Some(request).filter(|request| request.origin.is_some())),
            Err(StoreError::NotFound(_)) => Ok(None),
            Err(error) => Err(here(error)),
        }
    }

    async fn fetch_for(&self, there: &Side, request: &Request, mut passage: Passage) -> Result<()> {
        passage.images = Images::Coming;
        self.journal.save(&passage, Lasting::Now).await?;
        match self.carry_images_here(there, request.id).await {
            Ok(()) => {}
            // What its own deployment does not have is not to be had.
            Err(Trouble::Record(why)) => debug!(request = %request.id, %why, "not all images come"),
            Err(trouble) => return Err(trouble),
        }
        passage.images = Images::Here;
        self.journal.save(&passage, Lasting::Now).await
    }

    /// Fetches those renditions of a request that are not here.
    async fn carry_images_here(&self, there: &Side, id: RequestId) -> Result<()> {
        let courier =
            Courier { from: there, to: &self.here, way: Way::Here, journal: &self.journal };
        let mut batches = self.here.requests.all_batches(id);
        while let Some(batch) = batches.try_next().await.map_err(here)? {
            let mut missing = Vec::new();
            for made in renditions(&batch) {
                let Ok(name) = made.name.parse() else { continue };
                match self.here.gallery.look(id, &name).await {
                    Ok(there) if there.size == made.bytes => {}
                    Ok(_) | Err(GalleryError::NotFound(_)) => missing.push(made),
                    Err(error) => return Err(here(error)),
                }
            }
            courier.carry_images(id, missing).await?;
        }
        Ok(())
    }

    /// Lets the renditions of a request go, and keeps its sheet.
    async fn let_images_go(&self, mut passage: Passage) -> Result<()> {
        if passage.images == Images::Here {
            // Written down first: should this be cut off, some are gone and some are not.
            passage.images = Images::Coming;
            self.journal.save(&passage, Lasting::Now).await?;
        }
        self.here.gallery.remove_images(passage.id).await.map_err(here)?;
        debug!(request = %passage.id, "there is no more room for its images");
        passage.images = Images::Away;
        self.journal.save(&passage, Lasting::Now).await
    }

    /// See [`Sync::fetch_images`](super::Sync::fetch_images).
    pub(super) async fn fetch_images(&self, id: RequestId) -> Result<(), Error> {
        let Some(there) = self.there() else { return Ok(()) };
        if self.here.requests.show(id).await?.origin.is_none() {
            return Ok(());
        }
        let fetched = async {
            self.journal.expect_images(id).await?;
            self.carry_images_here(there, id).await
        };
        match fetched.await {
            Ok(()) => Ok(()),
            Err(Trouble::Record(why) | Trouble::Refused(why) | Trouble::Away(why)) => {
                Err(StoreError::unavailable("fetch what others have made", why).into())
            }
        }
    }
}
