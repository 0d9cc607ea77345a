//! What is done on this computer appears in a deployment that others share, and what they do appears
//! here.
//!
//! 1. A request is worked on where it was made. Everywhere else there is a copy of it, and of two
//!    copies the one with the later revision counts; so it does not matter how often something is
//!    sent, nor in which order it comes.
//! 2. What is made here is sent in the order in which it was made: of each request the sheet, its
//!    renditions, its batches, and then the request. How far that is lies in a passage in this
//!    computer's store, so that what is cut off goes on where it was.
//! 3. What others make comes here to be read only: all documents, and the newest renditions.
//! 4. What is deleted leaves a tombstone, and nothing else ever has anything deleted.
//! 5. A request that cannot be copied is parked, and the others go on. Where the deployment is away
//!    it is tried again; where it refuses this computer, nothing is tried until somebody says so.

mod side;
mod trouble;
mod passage;
mod journal;
mod settled;
mod status;
mod courier;
mod look;
mod news;
mod send;
mod bring;
mod bury;
mod hold;
mod keep;
mod session;

use std::{ops::Range, sync::Arc};

use tokio::{
    sync::{Mutex, watch},
    task::JoinHandle,
};

pub use hold::Held;
pub use side::Deployment;

use crate::{
    engine::Engine,
    error::Error,
    gallery::{Rendered, RenditionName},
    model::RequestId,
    wire::SyncView,
};
use hold::Holds;
use session::Session;
use side::Side;

/// Keeps an engine's requests and those of a deployment the same. A clone is another handle on the
/// same.
#[derive(Clone)]
pub struct Sync(Arc<Inner>);

struct Inner {
    engine: Engine,
    told: watch::Sender<SyncView>,
    running: Mutex<Option<Running>>,
    holds: Holds,
}

/// What goes on with one deployment.
struct Running {
    session: Arc<Session>,
    tasks: [JoinHandle<()>; 2],
}

impl Running {
    async fn stop(self) {
        self.session.stop();
        for task in self.tasks {
            // Whoever panicked has said so.
            drop(task.await);
        }
        self.session.close().await;
    }
}

impl Sync {
    /// Syncs with nothing yet. The engine is to have a store that no other process uses.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        let (told, _) = watch::channel(SyncView::off());
        Sync(Arc::new(Inner { engine, told, running: Mutex::default(), holds: Holds::default() }))
    }

    /// Syncs with a deployment from now on, or with none. It need not be there yet. What has come
    /// from an earlier one stays.
    ///
    /// # Errors
    /// [`Error::Store`] where this computer's store fails.
    pub async fn set(&self, deployment: Option<Deployment>) -> Result<(), Error> {
        let mut running = self.0.running.lock().await;
        if let Some(earlier) = running.take() {
            earlier.stop().await;
        }
        self.0.told.send_replace(SyncView::off());
        let Some(deployment) = deployment else { return Ok(()) };
        let (engine, told) = (self.0.engine.clone(), self.0.told.clone());
        let session = Session::new(engine, deployment, told, self.0.holds.clone()).await?;
        let session = Arc::new(session);
        let tasks =
            [tokio::spawn(Arc::clone(&session).listen()), tokio::spawn(Arc::clone(&session).run())];
        *running = Some(Running { session, tasks });
        Ok(())
    }

    /// How it stands.
    #[must_use]
    pub fn status(&self) -> SyncView {
        self.0.told.borrow().clone()
    }

    /// How it stands, and whenever that changes.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<SyncView> {
        self.0.told.subscribe()
    }

    /// Sends and fetches nothing until it is [resumed](Self::resume).
    pub async fn pause(&self) {
        if let Some(running) = &*self.0.running.lock().await {
            running.session.pause();
        }
    }

    /// Goes on, be it that it was paused or that the deployment refused this computer.
    pub async fn resume(&self) {
        if let Some(running) = &*self.0.running.lock().await {
            running.session.resume();
        }
    }

    /// Tries again what is parked.
    pub async fn retry_parked(&self) {
        if let Some(running) = &*self.0.running.lock().await {
            running.session.retry_parked();
        }
    }

    /// Opens a rendition as [`Engine::image`] does; that of another is fetched where it is not here.
    ///
    /// # Errors
    /// [`Error::NoImage`] where it is not here and cannot be fetched.
    pub async fn image(
        &self,
        id: RequestId,
        name: &RenditionName,
        range: Option<Range<u64>>,
    ) -> Result<Rendered, Error> {
        match self.0.engine.image(id, name, range.clone()).await {
            Err(Error::NoImage(missing)) => {
                let session = self.session().await;
                let is_copy = self.0.engine.requests().show(id).await?.origin.is_some();
                match session.as_deref().and_then(Session::there) {
                    Some(there) if is_copy => Ok(there.gallery.open(id, name, range).await?),
                    Some(_) | None => Err(Error::NoImage(missing)),
                }
            }
            opened => opened,
        }
    }

    /// Fetches those renditions of a request that are not here, so that all that is done with them
    /// finds them: for what others have made. They stay for as long as what this gives is kept.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Store`] where they cannot be fetched, be it that there is no
    /// deployment to fetch them from.
    pub async fn fetch_images(&self, id: RequestId) -> Result<Held, Error> {
        let held = self.0.holds.hold(id).await;
        if self.0.engine.requests().show(id).await?.origin.is_some() {
            let (here, session) = (Side::here(&self.0.engine).await?, self.session().await);
            keep::fetch_images(&here, session.as_deref(), id).await?;
        }
        Ok(held)
    }

    async fn session(&self) -> Option<Arc<Session>> {
        self.0.running.lock().await.as_ref().map(|running| Arc::clone(&running.session))
    }
}
