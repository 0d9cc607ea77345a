//! The renditions of others that are kept here, so that they are there when the deployment is not:
//! those of the newest requests, up to a number of bytes.

use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::TryStreamExt;
use tracing::debug;

use super::{
    courier::renditions,
    journal::Journal,
    passage::{Images, Passage, Way},
    session::Session,
    side::Side,
    trouble::{Result, Trouble, here},
};
use crate::{
    error::Error,
    gallery::GalleryError,
    model::{Batch, Rendition, Request, RequestId},
    store::{Lasting, StoreError},
};

/// Of how many requests renditions are fetched in one go.
const FETCHED_AT_ONCE: usize = 8;

/// How far all passages have been walked through, the newest first, to see whose renditions are to
/// be here.
#[derive(Clone, Copy, Default)]
struct Walk {
    /// All that are newer have been seen to.
    before: Option<RequestId>,
    /// How many bytes those have.
    sum: u64,
}

/// Whether there may be renditions to be fetched, and where to go on with it.
pub(super) struct Wanted(Mutex<Option<Walk>>);

impl Default for Wanted {
    fn default() -> Self {
        Wanted(Mutex::new(Some(Walk::default())))
    }
}

impl Wanted {
    fn walk(&self) -> MutexGuard<'_, Option<Walk>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    /// Notes that there may be renditions to be fetched, and begins with the newest.
    pub(super) fn images_may_come(&self) {
        *self.wanted.walk() = Some(Walk::default());
    }

    /// Fetches renditions of some requests, and lets those go that there is no more room for. Gives
    /// whether there are more.
    pub(super) async fn fetch_some_images(&self, there: &Side) -> Result<bool> {
        let (mut fetched, mut has_skipped) = (0, false);
        let Some(mut walk) = *self.wanted.walk() else { return Ok(false) };
        loop {
            let page = self.journal.page(walk.before).await?;
            if page.is_empty() {
                // What is in use is to go later.
                *self.wanted.walk() = has_skipped.then(Walk::default);
                return Ok(false);
            }
            for passage in page {
                let id = passage.id;
                let is_whole = passage.is_final && passage.parked.is_none();
                let is_of_this = passage.way == Way::Here && passage.with == there.name;
                if is_of_this
                    && is_whole
                    && let Some(request) = self.copy_here(id).await?
                {
                    let sum = walk.sum.saturating_add(request.tally.bytes_out);
                    let has_room = sum <= self.deployment.kept_bytes;
                    match (has_room, passage.images) {
                        (true, Images::Here) | (false, Images::Away) => {}
                        (false, Images::Coming | Images::Here) => {
                            has_skipped |= !self.let_images_go(passage).await?;
                        }
                        (true, Images::Away | Images::Coming) if fetched == FETCHED_AT_ONCE => {
                            *self.wanted.walk() = Some(walk);
                            return Ok(true);
                        }
                        (true, Images::Away | Images::Coming) => {
                            self.begins_work();
                            self.fetch_for(there, &request, passage).await?;
                            fetched += 1;
                        }
                    }
                    walk.sum = sum;
                }
                walk.before = Some(id);
            }
        }
    }

    async fn copy_here(&self, id: RequestId) -> Result<Option<Request>> {
        match self.here.requests.show(id).await {
            Ok(request) => Ok(Some(request).filter(|request| request.origin.is_some())),
            Err(StoreError::NotFound(_) | StoreError::Unreadable { .. }) => Ok(None),
            Err(error) => Err(here(error)),
        }
    }

    async fn fetch_for(&self, there: &Side, request: &Request, mut passage: Passage) -> Result<()> {
        passage.images = Images::Coming;
        self.journal.save(&passage, Lasting::Now).await?;
        // What its own deployment does not have is not to be had.
        if let Some(why) = self.carry_images_here(there, request.id).await? {
            debug!(request = %request.id, %why, "not all images come");
        }
        passage.images = Images::Here;
        self.journal.save(&passage, Lasting::Now).await
    }

    /// Fetches those renditions of a request that are not here. Gives why one is not to be had, where
    /// that is so.
    async fn carry_images_here(&self, there: &Side, id: RequestId) -> Result<Option<String>> {
        let courier = self.courier(there, &self.here, Way::Here);
        let mut batches = self.here.requests.all_batches(id);
        let mut why = None;
        while let Some(batch) = batches.try_next().await.map_err(here)? {
            let missing = missing_of(&self.here, &batch).await?;
            let lost = courier.carry_images(id, missing).await?;
            why = why.or(lost);
        }
        Ok(why)
    }

    /// Lets the renditions of a request go, and keeps its sheet. Gives whether it did: those that are
    /// in use stay.
    async fn let_images_go(&self, mut passage: Passage) -> Result<bool> {
        let id = passage.id;
        let goes = self.holds.unless_held(id, async {
            if passage.images == Images::Here {
                // Written down first: should this be cut off, some are gone and some are not.
                passage.images = Images::Coming;
                self.journal.save(&passage, Lasting::Now).await?;
            }
            self.here.gallery.remove_images(id).await.map_err(here)?;
            debug!(request = %id, "there is no more room for its images");
            passage.images = Images::Away;
            self.journal.save(&passage, Lasting::Now).await
        });
        goes.await
    }
}

/// Has all renditions of a copy here, by fetching those that are not from the deployment that it came
/// from, if that has been reached; see [`Sync::fetch_images`](super::Sync::fetch_images).
pub(super) async fn fetch_images(
    side: &Side,
    session: Option<&Session>,
    id: RequestId,
) -> Result<(), Error> {
    let fetched = async {
        let journal = Journal::new(side.store.clone());
        let passage = journal.find(id).await?;
        let there = session.and_then(Session::there);
        let is_from = |there: &Side| passage.as_ref().is_some_and(|from| from.with == there.name);
        match (session, there.filter(|there| is_from(there))) {
            (Some(session), Some(there)) => {
                journal.expect_images(id).await?;
                // Nobody has those that the deployment itself has lost.
                session.carry_images_here(&there, id).await.map(drop)
            }
            // Those that are to be had have come.
            _ if passage.as_ref().is_some_and(|from| from.images == Images::Here) => Ok(()),
            _ => all_are_here(side, id).await,
        }
    };
    match fetched.await {
        Ok(()) => Ok(()),
        Err(Trouble::Record(why) | Trouble::Refused(why) | Trouble::Away(why)) => {
            Err(StoreError::unavailable("fetch what others have made", why).into())
        }
    }
}

async fn all_are_here(side: &Side, id: RequestId) -> Result<()> {
    let mut batches = side.requests.all_batches(id);
    while let Some(batch) = batches.try_next().await.map_err(here)? {
        if !missing_of(side, &batch).await?.is_empty() {
            let why = "not all of its images are on this computer, and the deployment that has them \
                       is not connected";
            return Err(Trouble::Away(why.to_owned()));
        }
    }
    Ok(())
}

/// The renditions of a batch that are not here.
async fn missing_of<'a>(side: &Side, batch: &'a Batch) -> Result<Vec<&'a Rendition>> {
    let mut missing = Vec::new();
    for made in renditions(batch) {
        let Ok(name) = made.name.parse() else { continue };
        match side.gallery.look(batch.id.request, &name).await {
            Ok(there) if there.size == made.bytes => {}
            Ok(_) | Err(GalleryError::NotFound(_)) => missing.push(made),
            Err(error) => return Err(here(error)),
        }
    }
    Ok(missing)
}
