//! The engine: the one thing that hosts talk to.

mod archive;
mod check;
mod delete;
mod export;
mod keys;
mod links;
mod opening;
mod pieces;
mod pulse;
mod report;
mod results;
mod source;
mod status;
mod submit;
mod sums;

use std::{
    ops::Range,
    path::Path,
    sync::{Arc, OnceLock},
    time::Duration,
};

use mongodb::Database;
use tokio::sync::{
    OnceCell,
    broadcast::{self, error::RecvError},
};
use tracing::{info, warn};
use url::Url;

pub use archive::Archive;
pub use export::Outlet;
pub(crate) use opening::{GALLERY, noted_gallery, open_gallery, open_store};
use opening::{note_gallery, open_vault};
pub(crate) use pieces::{ASIDE, delete_half_written, make_folder, sync_folder, write_aside};
use pulse::Pulse;
pub use results::Results;
pub use source::SourceImage;
pub use submit::{Submitted, Upload};
use sums::Sums;

use crate::{
    compress,
    config::Config,
    error::Error,
    fetch::{Fetcher, Guard},
    gallery::{Gallery, Outline, Rendered, RenditionName},
    model::{Again, KeyId, Request, RequestId, Sight, Tally},
    sheet::{self, Links},
    store::{Keys, Memory, Requests, Store, StoreError},
    webhook::Webhooks,
    wire::{Limit, LinkSigner, OutputLinks, Page, RequestList, RequestView, Signing},
    worker::{Event, Workers},
};

/// How many events a host may lag behind before it misses some.
const EVENTS_KEPT: usize = 1_024;

/// Accepts sheets, works on them, and tells how far it is. A clone is another handle on the same
/// engine.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    store: Arc<dyn Store>,
    requests: Requests,
    keys: Keys,
    signer: LinkSigner,
    webhooks: Webhooks,
    gallery: Arc<dyn Gallery>,
    pulse: Pulse,
    sums: Sums,
    workers: Workers,
    guard: Guard,
    fetcher: Fetcher,
    limits: compress::Limits,
    /// Set once webhooks are sent.
    is_telling: OnceCell<()>,
    /// Set once batches are worked on.
    is_working: OnceCell<()>,
    links: OnceLock<OutputLinks>,
    signing: OnceLock<Signing>,
    events: broadcast::Sender<Event>,
    sheet: sheet::Options,
    batch_images: usize,
}

impl Engine {
    /// Opens store and gallery. Requests are accepted from now on, and worked on after
    /// [`start`](Self::start).
    ///
    /// # Errors
    /// [`Error::Store`] where another process has the store open, or its secrets are sealed with
    /// another key; [`Error::Vault`] where the key file cannot be used; [`Error::Gallery`] where
    /// the folder cannot be written.
    pub async fn open(config: Config) -> Result<Engine, Error> {
        let (store, database) = open_store(config.store.clone()).await?;
        let opened = Engine::with((Arc::clone(&store), database), config).await;
        if opened.is_err() {
            store.close().await;
        }
        opened
    }

    async fn with(
        store: (Arc<dyn Store>, Option<Database>),
        config: Config,
    ) -> Result<Engine, Error> {
        let Config { store: _, gallery, key, sheet, fetch, access, compress, work, webhooks } =
            config;
        let (store, database) = store;
        let vault = open_vault(&store, key).await?;
        let requests = Requests::new(Arc::clone(&store));
        let keys = Keys::new(Arc::clone(&store));
        let signer = LinkSigner::new(vault.derive(links::SIGNING));
        note_gallery(&*store, &gallery).await?;
        let gallery = open_gallery(gallery, database)?;
        let guard = Guard::new(access);
        let (vault, known_keys) = (Arc::new(vault), keys.clone());
        let webhooks =
            Webhooks::new(Arc::clone(&store), known_keys, vault, guard.clone(), webhooks)?;
        let fetcher = Fetcher::new(fetch, guard.clone(), sheet.links)
            .map_err(|error| Error::io("prepare to download")(std::io::Error::other(error)))?;
        let (events, _) = broadcast::channel(EVENTS_KEPT);
        let batch_images = work.batch_images;
        let limits = compress;
        let workers = Workers::new(
            (requests.clone(), Memory::new(Arc::clone(&store))),
            Arc::clone(&gallery),
            fetcher.clone(),
            compress,
            work,
            events.clone(),
        );
        let workers = workers.map_err(Error::io("start the threads that compress"))?;
        let (links, signing) = (OnceLock::new(), OnceLock::new());
        let engine = Inner {
            store,
            requests,
            keys,
            signer,
            webhooks,
            gallery,
            pulse: Pulse::default(),
            sums: Sums::default(),
            workers,
            guard,
            fetcher,
            limits,
            is_telling: OnceCell::new(),
            is_working: OnceCell::new(),
            links,
            signing,
            events,
            sheet,
            batch_images,
        };
        Ok(Engine(Arc::new(engine)))
    }

    /// Begins to work. Links to renditions begin as `links` says. Where it could not begin it may be
    /// called again, and goes on with what has not begun.
    ///
    /// # Errors
    /// [`Error::Store`], and [`Error::Gallery`] where what a crash left half written cannot be
    /// deleted.
    pub async fn start(&self, links: OutputLinks) -> Result<(), Error> {
        self.0.links.get_or_init(|| links.clone());
        self.0.is_telling.get_or_try_init(|| self.start_telling(links)).await?;
        self.0.is_working.get_or_try_init(|| self.0.workers.start()).await?;
        Ok(())
    }

    async fn start_telling(&self, links: OutputLinks) -> Result<(), Error> {
        self.0.webhooks.start(links).await?;
        tokio::spawn(ring_on(self.events(), self.0.webhooks.clone()));
        Ok(())
    }

    /// The webhooks: who is told of changes of status, and what has been told.
    #[must_use]
    pub fn webhooks(&self) -> &Webhooks {
        &self.0.webhooks
    }

    /// Lets the images through that begin with `prefix`, wherever that is: the host's own samples.
    pub fn let_through(&self, prefix: Url) {
        self.0.guard.let_through(prefix);
    }

    /// Claims nothing more, finishes what is being compressed and gives the rest back, within
    /// `grace`. What is not finished then is taken up after the next start.
    pub async fn stop(&self, grace: Duration) {
        let stopped = tokio::join!(self.0.workers.stop(grace), self.0.webhooks.stop(grace));
        if stopped == (true, true) {
            info!("all work is finished or given back");
        } else {
            warn!(grace_s = grace.as_secs(), "stopped before all work was given back");
        }
    }

    /// Takes leave of the store. Nothing can be asked of the engine after that.
    pub async fn close(&self) {
        self.0.store.close().await;
    }

    /// A request without its products.
    ///
    /// # Errors
    /// [`Error::NotFound`]
    pub async fn show(&self, id: RequestId) -> Result<RequestView, Error> {
        let request = self.0.requests.show(id).await?;
        self.view(&request).await
    }

    /// To whom a request belongs, if to anybody.
    ///
    /// # Errors
    /// [`Error::NotFound`]
    pub async fn owner(&self, id: RequestId) -> Result<Option<KeyId>, Error> {
        Ok(self.0.requests.show(id).await?.owner)
    }

    /// A page of the requests that are in sight, newest first, beginning with the next older than
    /// `before`.
    ///
    /// # Errors
    /// [`Error::Store`]
    pub async fn list(
        &self,
        sight: Sight,
        before: Option<RequestId>,
        limit: Limit,
    ) -> Result<RequestList, Error> {
        let found = self.0.requests.list(sight.owner(), before, limit.and_one_more()).await?;
        let Page { entries, next_cursor } = Page::cut(found, limit, |request| request.id);
        let mut requests = Vec::with_capacity(entries.len());
        for request in &entries {
            requests.push(self.view(request).await?);
        }
        Ok(RequestList { requests, next_cursor })
    }

    /// Tells of a rendition without reading it.
    ///
    /// # Errors
    /// [`Error::NoImage`]
    pub async fn look_at_image(
        &self,
        id: RequestId,
        name: &RenditionName,
    ) -> Result<Outline, Error> {
        Ok(self.0.gallery.look(id, name).await?)
    }

    /// Opens a rendition: the bytes from start to before end of `range`, or all.
    ///
    /// # Errors
    /// [`Error::NoImage`]
    pub async fn image(
        &self,
        id: RequestId,
        name: &RenditionName,
        range: Option<Range<u64>>,
    ) -> Result<Rendered, Error> {
        Ok(self.0.gallery.open(id, name, range).await?)
    }

    /// Gives a request up; what is done stays.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Illegal`]
    pub async fn cancel(&self, id: RequestId) -> Result<RequestView, Error> {
        let request = self.0.requests.cancel(id).await?;
        self.0.workers.drop_request(id);
        self.tell(Event::Status(id));
        self.view(&request).await
    }

    /// Sends failed images of a request round again.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Illegal`]
    pub async fn retry(&self, id: RequestId, again: Again) -> Result<RequestView, Error> {
        let request = self.0.requests.retry(id, again).await?;
        self.0.workers.ring();
        self.tell(Event::Status(id));
        self.view(&request).await
    }

    /// What changes from now on, in this process.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.0.events.subscribe()
    }

    /// Finds out whether store and gallery answer; what the gallery answered holds for ten seconds.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Gallery`]
    pub async fn probe(&self) -> Result<(), Error> {
        self.0.requests.list(None, None, 1).await?;
        Ok(self.0.pulse.feel(self.0.gallery.probe()).await?)
    }

    /// The requests, for what goes through all of one.
    pub(crate) fn requests(&self) -> &Requests {
        &self.0.requests
    }

    /// Where documents are kept.
    pub(crate) fn store(&self) -> &Arc<dyn Store> {
        &self.0.store
    }

    /// Where renditions and sheets are kept.
    pub(crate) fn gallery(&self) -> &Arc<dyn Gallery> {
        &self.0.gallery
    }

    /// What has become of a request's images; of a large one, a moment ago.
    pub(crate) async fn tally(&self, request: &Request) -> Result<Tally, StoreError> {
        self.0.sums.of(request, &self.0.requests).await
    }

    /// How sheets are read whose files lie beside them.
    pub(crate) fn sheet_options(&self) -> sheet::Options {
        self.0.sheet
    }

    async fn view(&self, request: &Request) -> Result<RequestView, Error> {
        let tally = self.0.sums.of(request, &self.0.requests).await?;
        self.0.store.flush().await?;
        Ok(RequestView::new(request, &tally))
    }

    /// How the sheet of a request is read. That of a copy may name files, which lie elsewhere.
    fn options_for(&self, request: &Request) -> sheet::Options {
        match request.origin {
            Some(_) => sheet::Options { links: Links::WebAndFiles, ..self.0.sheet },
            None => self.options(request.sheet.folder.as_deref()),
        }
    }

    /// How a sheet is read whose files lie in a folder; web links only, where it has none.
    fn options(&self, folder: Option<&Path>) -> sheet::Options {
        let allowed = self.0.sheet;
        match folder {
            Some(_) => allowed,
            None => sheet::Options { links: Links::Web, ..allowed },
        }
    }

    /// Tells whoever listens that something has changed.
    pub(crate) fn tell(&self, event: Event) {
        // An error says that nobody listens.
        drop(self.0.events.send(event));
    }
}

/// Has the webhooks look for news as soon as this process changes a status, as long as the engine
/// is there.
async fn ring_on(mut events: broadcast::Receiver<Event>, webhooks: Webhooks) {
    loop {
        let event = tokio::select! {
            event = events.recv() => event,
            () = webhooks.stopped() => return,
        };
        match event {
            Ok(Event::Status(_) | Event::Removed(_)) | Err(RecvError::Lagged(_)) => webhooks.ring(),
            Ok(Event::Progress(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}
