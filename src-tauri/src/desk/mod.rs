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
    expected::Expected,
    files::results_of,
    folders::Folders,
    following::Following,
    host::{Handing, Here, Host},
    keyring::{Keys, Ring},
    news,
    offers::{Offers, Taken},
    queue::Queue,
    refusal::Answer,
    results::Results,
    settings::{Settings, SettingsFile},
    syncing::Syncing,
    ways::{Chosen, Ways},
    wire::{Handed, Offer, Said, SettingsView, SyncSetting, Way},
    work::Work,
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
        let expected = data.join("expected.json");
        let expected = Expected::open(expected.clone()).map_err(files(expected))?;

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
        let results = Arc::new(Results::new(Arc::clone(&here), places.out.clone()));
        let work = Arc::new(Work::new(Arc::clone(&around), Arc::clone(&results), expected));
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
        tokio::spawn(go_on(Arc::clone(&desk.0.here), Arc::clone(&desk.0.work)));
        Ok(desk)
    }

    /// Who does the work.
    pub(crate) async fn host(&self) -> Answer<Arc<dyn Host>> {
        Ok(self.0.ways.chosen().await?.host)
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
        let taken = self.0.offers.take(paths).await;
        if let Some(Taken { offers, left_out }) = self.0.offers.tell(taken) {
            offers.into_iter().for_each(|offer| self.0.around.tell(Said::Offered(offer)));
            self.tell_left_out(left_out);
        }
    }

    /// What the page has not been told of. It listens from now on.
    pub(crate) fn untold(&self) -> Vec<Offer> {
        let Taken { offers, left_out } = self.0.offers.untold();
        self.tell_left_out(left_out);
        offers
    }

    /// Takes in files that the person has chosen, and tells the page what of them was left out.
    pub(crate) async fn take(&self, paths: Vec<PathBuf>) -> Vec<Offer> {
        let Taken { offers, left_out } = self.0.offers.take(paths).await;
        self.tell_left_out(left_out);
        offers
    }

    fn tell_left_out(&self, left_out: Vec<String>) {
        if !left_out.is_empty() {
            warn!(?left_out, "some files were not taken");
            self.0.around.tell(Said::LeftOut(left_out));
        }
    }

    /// Offers a sheet to try the app with.
    pub(crate) async fn offer_sample(&self) -> Answer<Offer> {
        // What is made of it is looked at, and tried again, also after a restart.
        let folder = self.0.places.data.join("sample");
        let sheet = self.host().await?.sample(&folder).await?;
        Ok(self.0.offers.hold(sheet, 1))
    }

    /// Hands a sheet in and follows what becomes of it.
    pub(crate) async fn submit(&self, handing: Handing) -> Answer<Handed> {
        self.0.ways.submit(handing).await
    }

    /// Sends failed images of a request round again, and follows what becomes of it.
    pub(crate) async fn retry(&self, id: RequestId, reason: Option<String>) -> Answer<RequestView> {
        let Chosen { host, way } = self.0.ways.chosen().await?;
        let view = host.retry(id, reason).await?;
        self.0.work.see_through(host, id, &way);
        Ok(view)
    }

    /// Puts what has come of a request by now into a folder; gives the folder.
    pub(crate) async fn bring_results(&self, id: RequestId) -> Answer<PathBuf> {
        // It may have been handed in before another way of working was chosen.
        if self.0.here.show(id).await.is_ok() {
            return self.0.results.put_out(id).await;
        }
        let host = self.host().await?;
        let name = host.show(id).await?.file_name;
        let folder = self.0.results.folder_of(name.as_deref(), id)?;
        let path = folder.join(results_of(name.as_deref()));
        host.save(id, Download::Results, &path).await?;
        Ok(folder)
    }

    /// What is set.
    pub(crate) fn settings(&self) -> SettingsView {
        let Inner { places, around, settings, ways, syncing, .. } = &*self.0;
        let Settings { way, last_server, sync, .. } = settings.get();
        let note = syncing.note().map(str::to_owned);
        SettingsView {
            way,
            last_server,
            has_key: ways.has_key(),
            sync: sync.map(|address| SyncSetting { address, note }),
            data_folder: places.data.display().to_string(),
            out_folder: places.out.display().to_string(),
            autostart: around.starts_with_session(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    /// Whether there is anything to be done without a window: folders are watched, work is open, or
    /// something is to be sent.
    pub(crate) fn is_busy(&self) -> bool {
        let Inner { folders, work, ways, syncing, .. } = &*self.0;
        folders.are_watched() || work.is_open() || ways.has_to_send() || syncing.is_working()
    }

    /// Ends all work in order. What is not done goes on when the app is started again.
    pub(crate) async fn close(&self) {
        self.0.following.leave_all();
        self.0.work.stop();
        self.0.ways.stop();
        self.0.folders.stop().await;
        if let Err(error) = self.0.syncing.sync().set(None).await {
            warn!(%error, "syncing was not ended in order");
        }
        self.0.here.engine.stop(GRACE).await;
        self.0.here.engine.close().await;
    }
}

/// Goes on with the requests of this computer that were not done, or whose results are not where they
/// belong.
async fn go_on(here: Arc<Here>, work: Arc<Work>) {
    let host: Arc<dyn Host> = here.clone();
    work.see_through_expected(&host, &Way::Here);
    let mut before = None;
    loop {
        let page = match here.engine.list(Sight::All, before, Limit::default()).await {
            Ok(page) => page,
            Err(error) => {
                return warn!(%error, "how far open requests are is not shown outside the window");
            }
        };
        for view in page.requests.iter().filter(|view| view.is_open() && !view.made_elsewhere) {
            if let Ok(id) = view.request_id.parse() {
                work.follow(Arc::clone(&host), id);
            }
        }
        before = page.next_cursor.and_then(|cursor| cursor.parse::<RequestId>().ok());
        if before.is_none() {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
