//! The app as a whole, without its window: what commands, tray and drops act on.

use std::{fs, io, path::PathBuf, sync::Arc, time::Duration};

use pixmill_engine::{
    Config, Engine, Error,
    fetch::Access,
    model::{RequestId, Sight},
    sheet::Links,
    wire::{Download, Limit, OutputLinks, RequestView},
};
use thiserror::Error as ThisError;
use tracing::warn;
use url::Url;

use crate::{
    around::Around,
    files::results_of,
    folders::Folders,
    following::Following,
    host::{Handing, Here, Host},
    keyring::{Keys, Ring},
    news,
    offers::{Offers, Taken},
    queue::Queue,
    refusal::{Answer, Refusal},
    results::Results,
    settings::SettingsFile,
    syncing::Syncing,
    ways::Ways,
    wire::{Handed, Offer, Said, SettingsView, SyncSetting, Way},
    work::{AtEnd, Work},
};

/// How long work in hand may take when the app ends.
const GRACE: Duration = Duration::from_secs(10);

/// Where the app keeps things, and what it is told besides.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    /// The folder for what it keeps.
    pub(crate) data: PathBuf,
    /// The folder for results.
    pub(crate) out: PathBuf,
    /// How links to renditions begin, as the page is shown them.
    pub(crate) pictures: Url,
    /// Which addresses may be reached.
    pub(crate) access: Access,
    /// Where keys are kept.
    pub(crate) ring: Ring,
}

/// Why the app cannot begin.
#[derive(Debug, ThisError)]
pub(crate) enum DeskError {
    /// Store or gallery cannot be opened.
    #[error(transparent)]
    Engine(#[from] Error),
    /// What the app keeps cannot be read or written.
    #[error("cannot use {}: {source}", path.display())]
    Files {
        /// What was to be used.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// The app as a whole. A clone is another handle on the same.
#[derive(Clone)]
pub(crate) struct Desk(Arc<Inner>);

struct Inner {
    places: Places,
    around: Arc<dyn Around>,
    here: Arc<Here>,
    settings: Arc<SettingsFile>,
    offers: Offers,
    queue: Arc<Queue>,
    results: Arc<Results>,
    work: Arc<Work>,
    ways: Ways,
    syncing: Arc<Syncing>,
    folders: Arc<Folders>,
    following: Following,
}

impl Desk {
    /// Opens everything and goes on with what was not done when the app was last ended.
    ///
    /// # Errors
    /// [`DeskError`], as where another process has the store open.
    pub(crate) async fn open(places: Places, around: Arc<dyn Around>) -> Result<Self, DeskError> {
        let data = &places.data;
        let files = |path: PathBuf| move |source| DeskError::Files { path, source };
        fs::create_dir_all(data).map_err(files(data.clone()))?;
        let settings = data.join("settings.json");
        let settings = SettingsFile::open(settings.clone()).map_err(files(settings))?;
        let settings = Arc::new(settings);
        let offers = data.join("offers");
        let offers = Offers::new(offers.clone()).map_err(files(offers))?;
        let queue = data.join("queue");
        let queue = Arc::new(Queue::open(queue.clone()).map_err(files(queue))?);
        let note = data.join("results.json");

        let mut config = Config::new(data.clone());
        config.sheet.links = Links::WebAndFiles;
        config.access = places.access.clone();
        let engine = Engine::open(config).await?;
        let keys = Arc::new(Keys::new(places.ring));
        let syncing = Syncing::begin(
            engine.clone(),
            Arc::clone(&settings),
            Arc::clone(&keys),
            Arc::clone(&around),
        );
        let syncing = Arc::new(syncing);
        let (pictures, sync) = (places.pictures.clone(), syncing.sync().clone());
        let here = Arc::new(Here { engine, sync, pictures });
        let results = Results::open(Arc::clone(&here), places.out.clone(), note.clone());
        let results = Arc::new(results.map_err(files(note))?);
        let work = Arc::new(Work::new(Arc::clone(&around), Arc::clone(&results)));
        here.engine.start(OutputLinks::BESIDE_SHEET).await?;
        news::pass_on(here.engine.events(), Arc::clone(&around));
        let folders = Folders::begin(
            Arc::clone(&here),
            Arc::clone(&settings),
            Arc::clone(&around),
            Arc::clone(&work),
        );
        let ways = Ways::begin(
            Arc::clone(&here),
            Arc::clone(&settings),
            keys,
            Arc::clone(&queue),
            Arc::clone(&work),
            Arc::clone(&around),
        );
        let ways = ways.await;
        let following = Following::default();
        let inner = Inner {
            places,
            around,
            here,
            settings,
            offers,
            queue,
            results,
            work,
            ways,
            syncing,
            folders,
            following,
        };
        let desk = Desk(Arc::new(inner));
        desk.go_on().await?;
        Ok(desk)
    }

    /// Goes on with the requests of this computer that were not done, or whose results are not where
    /// they belong.
    async fn go_on(&self) -> Result<(), DeskError> {
        let Inner { here, results, work, .. } = &*self.0;
        let here_as_host = || Arc::clone(here) as Arc<dyn Host>;
        for id in results.expected() {
            work.follow(here_as_host(), id, AtEnd::PutOut);
        }
        let mut before = None;
        loop {
            let page = here.engine.list(Sight::All, before, Limit::default()).await?;
            for view in page.requests.iter().filter(|view| view.is_open() && !view.made_elsewhere) {
                if let Ok(id) = view.request_id.parse() {
                    work.follow(here_as_host(), id, AtEnd::Nothing);
                }
            }
            before = page.next_cursor.and_then(|cursor| cursor.parse::<RequestId>().ok());
            if before.is_none() {
                return Ok(());
            }
        }
    }

    /// Who does the work.
    pub(crate) async fn host(&self) -> Arc<dyn Host> {
        self.0.ways.host().await
    }

    /// The system around the app.
    pub(crate) fn around(&self) -> &dyn Around {
        &*self.0.around
    }

    /// What is held for the page.
    pub(crate) fn offers(&self) -> &Offers {
        &self.0.offers
    }

    /// What waits for a server.
    pub(crate) fn queue(&self) -> &Queue {
        &self.0.queue
    }

    /// The results of this computer.
    pub(crate) fn results(&self) -> &Results {
        &self.0.results
    }

    /// The way of working.
    pub(crate) fn ways(&self) -> &Ways {
        &self.0.ways
    }

    /// The deployment that requests are shared with.
    pub(crate) fn syncing(&self) -> &Syncing {
        &self.0.syncing
    }

    /// The watched folders.
    pub(crate) fn folders(&self) -> &Folders {
        &self.0.folders
    }

    /// The requests that the page follows.
    pub(crate) fn following(&self) -> &Following {
        &self.0.following
    }

    /// The folder for what the app keeps.
    pub(crate) fn places(&self) -> &Places {
        &self.0.places
    }

    /// Takes in files from outside and offers them to the page.
    pub(crate) async fn offer(&self, paths: Vec<PathBuf>) {
        for offer in self.take(paths).await {
            if self.0.offers.is_heard(&offer) {
                self.0.around.tell(Said::Offered(offer));
            }
        }
    }

    /// Takes in files from outside, and tells the page what of it was left out.
    pub(crate) async fn take(&self, paths: Vec<PathBuf>) -> Vec<Offer> {
        let Taken { offers, left_out } = self.0.offers.take(paths).await;
        if !left_out.is_empty() {
            warn!(?left_out, "some files were not taken");
            self.0.around.tell(Said::LeftOut(left_out));
        }
        offers
    }

    /// Hands a sheet in and follows what becomes of it.
    pub(crate) async fn submit(&self, handing: Handing) -> Answer<Handed> {
        let (handed, host) = self.0.ways.submit(handing).await?;
        let Handed::Received { received } = &handed else { return Ok(handed) };
        let Ok(id) = received.request_id.parse() else { return Ok(handed) };
        let at_end = self.at_end(id)?;
        self.0.work.follow(host, id, at_end);
        Ok(handed)
    }

    /// Sends failed images of a request round again, and follows what becomes of it.
    pub(crate) async fn retry(&self, id: RequestId, reason: Option<String>) -> Answer<RequestView> {
        let host = self.host().await;
        let view = host.retry(id, reason).await?;
        let at_end = self.at_end(id)?;
        self.0.work.follow(host, id, at_end);
        Ok(view)
    }

    /// What happens when a request that was handed in by this window has ended.
    fn at_end(&self, id: RequestId) -> Answer<AtEnd> {
        match self.0.settings.get().way {
            Way::Here => {
                let noted = self.0.results.expect(id);
                noted.map_err(Refusal::failed("note where results belong"))?;
                Ok(AtEnd::PutOut)
            }
            Way::Server { .. } => Ok(AtEnd::Tell),
        }
    }

    /// Puts what has come of a request by now into a folder; gives the folder.
    pub(crate) async fn bring_results(&self, id: RequestId) -> Answer<PathBuf> {
        match self.0.settings.get().way {
            Way::Here => self.0.results.put_out(id).await,
            Way::Server { .. } => {
                let host = self.host().await;
                let name = host.show(id).await?.file_name;
                let folder = self.0.results.folder_of(name.as_deref(), id)?;
                let path = folder.join(results_of(name.as_deref()));
                host.save(id, Download::Results, &path).await?;
                Ok(folder)
            }
        }
    }

    /// What is set.
    pub(crate) async fn settings(&self) -> SettingsView {
        let Inner { places, around, settings, ways, .. } = &*self.0;
        SettingsView {
            way: settings.get().way,
            has_key: ways.has_key().await,
            sync: settings.get().sync.map(|address| SyncSetting { address, note: None }),
            data_folder: places.data.display().to_string(),
            out_folder: places.out.display().to_string(),
            autostart: around.starts_with_session(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    /// Whether there is anything to be done without a window: folders are watched, work is open or
    /// sheets wait.
    pub(crate) fn is_busy(&self) -> bool {
        let Inner { folders, work, queue, .. } = &*self.0;
        folders.are_watched() || work.is_open() || !queue.list().is_empty()
    }

    /// Ends all work in order. What is not done goes on when the app is started again.
    pub(crate) async fn close(&self) {
        self.0.following.leave_all();
        self.0.work.stop();
        self.0.ways.stop().await;
        self.0.folders.stop().await;
        if let Err(error) = self.0.syncing.sync().set(None).await {
            warn!(%error, "syncing was not ended in order");
        }
        self.0.here.engine.stop(GRACE).await;
        self.0.here.engine.close().await;
    }
}

#[cfg(test)]
mod tests;
