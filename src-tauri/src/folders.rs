//! The watched folders: as they are set, and how it stands with them.

use std::{
    collections::{HashMap, VecDeque},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use pixmill_engine::{
    model::Recipe,
    watch::{Folder, Watch, WatchError, WatchEvent},
    wire::{FolderState, FolderView, RecipeView, WatchedSheetState, WatchedSheetView},
};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tracing::warn;
use uuid::Uuid;

use crate::{
    around::{Around, Notice, Shown},
    host::{Here, Host},
    refusal::{Answer, Refusal},
    settings::{FolderSetting, SettingsFile},
    wire::{FolderSettingView, Said},
    work::Work,
};

/// How many of the latest sheets are told of.
const SHEETS_TOLD: usize = 50;

/// The watched folders.
pub(crate) struct Folders {
    watch: Watch,
    here: Arc<Here>,
    settings: Arc<SettingsFile>,
    around: Arc<dyn Around>,
    work: Arc<Work>,
    news: Mutex<News>,
}

/// What happened of late.
#[derive(Default)]
struct News {
    /// The latest sheets, newest first.
    sheets: VecDeque<WatchedSheetView>,
    /// How many sheets of a folder are done and have failed since the person was last told.
    untold: HashMap<String, (u64, u64)>,
}

impl Folders {
    /// Watches the folders that are set, from now on.
    pub(crate) fn begin(
        here: Arc<Here>,
        settings: Arc<SettingsFile>,
        around: Arc<dyn Around>,
        work: Arc<Work>,
    ) -> Arc<Self> {
        let watch = Watch::new(here.engine.clone());
        let heard = watch.events();
        let folders =
            Arc::new(Folders { watch, here, settings, around, work, news: Mutex::default() });
        tokio::spawn(listen(Arc::downgrade(&folders), heard));
        for setting in folders.settings.get().folders {
            if let Err(error) = folders.watch_one(&setting) {
                warn!(folder = %setting.path.display(), %error, "a folder is not watched");
            }
        }
        folders
    }

    /// The folders, in the order in which they were set.
    pub(crate) fn list(&self) -> Vec<FolderSettingView> {
        self.settings.get().folders.iter().map(|setting| self.view(setting)).collect()
    }

    /// What was taken since the app was started, newest first.
    pub(crate) fn sheets(&self) -> Vec<WatchedSheetView> {
        self.news().sheets.iter().cloned().collect()
    }

    /// Whether any folder is watched.
    pub(crate) fn are_watched(&self) -> bool {
        !self.watch.list().is_empty()
    }

    /// Watches one more folder.
    pub(crate) fn add(
        &self,
        path: PathBuf,
        destination: Option<PathBuf>,
        recipe: Recipe,
    ) -> Answer<FolderSettingView> {
        let id = Uuid::new_v4().to_string();
        let setting = FolderSetting { id, path, destination, recipe, is_paused: false };
        self.watch_one(&setting).map_err(refused)?;
        // What is not noted would be watched until the app ends, and nobody would see it.
        self.set(|folders| folders.push(setting.clone())).inspect_err(|_| self.leave(&setting))?;
        Ok(self.view(&setting))
    }

    /// Sets a folder otherwise. What is in hand is seen through.
    pub(crate) fn change(
        &self,
        id: &str,
        change: impl FnOnce(&mut FolderSetting),
    ) -> Answer<FolderSettingView> {
        let was = self.find(id)?;
        let mut setting = was.clone();
        change(&mut setting);
        self.leave(&was);
        if let Err(error) = self.watch_one(&setting) {
            self.watch_one(&was).map_err(refused)?;
            return Err(refused(error));
        }
        self.keep(&setting)
    }

    /// Where the results of a folder are put; none is beside its sheets.
    pub(crate) fn destination(&self, id: &str) -> Answer<Option<PathBuf>> {
        Ok(self.find(id)?.destination)
    }

    /// Watches a folder no more.
    pub(crate) fn remove(&self, id: &str) -> Answer<()> {
        let setting = self.find(id)?;
        self.set(|folders| folders.retain(|folder| folder.id != id))?;
        self.leave(&setting);
        Ok(())
    }

    /// Takes nothing more from a folder, or goes on with it.
    pub(crate) fn pause(&self, id: &str, is_paused: bool) -> Answer<FolderSettingView> {
        let setting = FolderSetting { is_paused, ..self.find(id)? };
        if is_paused { self.watch.pause(&setting.path) } else { self.watch.resume(&setting.path) }
            .map_err(refused)?;
        self.keep(&setting)
    }

    /// The same with all folders.
    pub(crate) fn pause_all(&self, is_paused: bool) {
        for setting in self.settings.get().folders {
            if let Err(refusal) = self.pause(&setting.id, is_paused) {
                warn!(folder = %setting.path.display(), why = refusal.words(), "not paused or resumed");
            }
        }
    }

    /// The folder that the results of a watched sheet were put in, if it was taken since the app was
    /// started.
    pub(crate) fn results_of(&self, request: &str) -> Option<PathBuf> {
        let news = self.news();
        let mut sheets = news.sheets.iter();
        let sheet = sheets.find(|sheet| sheet.request_id.as_deref() == Some(request))?;
        let settings = self.settings.get().folders;
        let setting = settings.iter().find(|setting| shown(&setting.path) == sheet.folder)?;
        Some(setting.destination.clone().unwrap_or_else(|| setting.path.clone()))
    }

    /// Watches nothing any more, and waits until nothing is being written.
    pub(crate) async fn stop(&self) {
        self.watch.stop().await;
    }

    fn watch_one(&self, setting: &FolderSetting) -> Result<FolderView, WatchError> {
        let FolderSetting { id: _, path, destination, recipe, is_paused } = setting;
        let (destination, recipe) = (destination.clone(), *recipe);
        let view = self.watch.add(Folder { destination, recipe, ..Folder::new(path.clone()) })?;
        // Nothing is taken before it has settled, so nothing slips through in between.
        if *is_paused {
            self.watch.pause(path)?;
        }
        Ok(view)
    }

    fn leave(&self, setting: &FolderSetting) {
        if let Err(error) = self.watch.remove(&setting.path) {
            warn!(%error, "a folder was not watched");
        }
    }

    fn find(&self, id: &str) -> Answer<FolderSetting> {
        let found = self.settings.get().folders.into_iter().find(|folder| folder.id == id);
        found.ok_or_else(|| Refusal::not_found("this folder is not watched any more"))
    }

    fn keep(&self, setting: &FolderSetting) -> Answer<FolderSettingView> {
        self.set(|folders| {
            if let Some(folder) = folders.iter_mut().find(|folder| folder.id == setting.id) {
                folder.clone_from(setting);
            }
        })?;
        Ok(self.view(setting))
    }

    fn set(&self, change: impl FnOnce(&mut Vec<FolderSetting>)) -> Answer<()> {
        let changed = self.settings.change(|settings| change(&mut settings.folders));
        changed.map_err(Refusal::failed("write the settings"))
    }

    fn view(&self, setting: &FolderSetting) -> FolderSettingView {
        let folder = shown(&setting.path);
        let status = self.watch.list().into_iter().find(|view| view.folder == folder);
        let status = status.unwrap_or_else(|| not_watched(setting));
        view(setting, status)
    }

    fn hear_folder(&self, status: FolderView) {
        let settings = self.settings.get().folders;
        let Some(setting) = settings.iter().find(|one| shown(&one.path) == status.folder) else {
            return;
        };
        if status.state == FolderState::Waiting
            && let Some(untold) = self.news().untold.remove(&status.folder)
        {
            self.around.notify(notice(&status, untold));
        }
        self.around.tell(Said::Folder(view(setting, status)));
    }

    fn hear_sheet(&self, sheet: WatchedSheetView) {
        let request = sheet.request_id.as_ref().and_then(|id| id.parse().ok());
        {
            let mut news = self.news();
            let folder = sheet.folder.clone();
            match sheet.state {
                WatchedSheetState::Done => news.untold.entry(folder).or_default().0 += 1,
                WatchedSheetState::Failed => news.untold.entry(folder).or_default().1 += 1,
                WatchedSheetState::Taken | WatchedSheetState::Repeated => {}
            }
            let same =
                |one: &WatchedSheetView| one.folder == sheet.folder && one.name == sheet.name;
            news.sheets.retain(|one| !same(one));
            news.sheets.push_front(sheet.clone());
            news.sheets.truncate(SHEETS_TOLD);
        }
        if let (WatchedSheetState::Taken, Some(id)) = (sheet.state, request) {
            let here: Arc<dyn Host> = self.here.clone();
            self.work.follow(here, id);
        }
        self.around.tell(Said::WatchedSheet(sheet));
    }

    fn news(&self) -> MutexGuard<'_, News> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Passes on what is heard, as long as there are folders that it may be of.
async fn listen(folders: Weak<Folders>, mut heard: Receiver<WatchEvent>) {
    loop {
        let event = heard.recv().await;
        let Some(folders) = folders.upgrade() else { return };
        match event {
            Ok(WatchEvent::Folder(status)) => folders.hear_folder(status),
            Ok(WatchEvent::Sheet(sheet)) => folders.hear_sheet(sheet),
            Err(RecvError::Lagged(_)) => {
                for folder in folders.list() {
                    folders.around.tell(Said::Folder(folder));
                }
            }
            Err(RecvError::Closed) => return,
        }
    }
}

/// A path as views have it.
fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn view(setting: &FolderSetting, status: FolderView) -> FolderSettingView {
    FolderSettingView {
        id: setting.id.clone(),
        recipe: RecipeView::new(&setting.recipe),
        beside: setting.destination.is_none(),
        status,
    }
}

/// A folder that is set and cannot be watched, as where another one has its sheets moved into it.
fn not_watched(setting: &FolderSetting) -> FolderView {
    let destination = setting.destination.as_deref().unwrap_or(&setting.path);
    FolderView {
        folder: shown(&setting.path),
        destination: shown(destination),
        state: FolderState::Unreachable,
        why: Some("it is not watched: take it away and add it again".to_owned()),
        waiting: 0,
        working: 0,
        done: 0,
        failed: 0,
    }
}

fn refused(error: WatchError) -> Refusal {
    let words = error.to_string();
    match error {
        WatchError::AlreadyWatched(_) => Refusal::new(409, "watched_already", words),
        WatchError::Output(_) => Refusal::new(409, "folder_of_results", words),
        WatchError::NotWatched(_) => Refusal::not_found(words),
        WatchError::BadPath { .. } => Refusal::new(422, "bad_folder", words),
    }
}

fn notice(folder: &FolderView, (done, failed): (u64, u64)) -> Notice {
    let sheets =
        |count: u64| if count == 1 { "1 sheet".to_owned() } else { format!("{count} sheets") };
    let name = Path::new(&folder.folder).file_name().unwrap_or_default().to_string_lossy();
    let body = match (done, failed) {
        (done, 0) => format!("{} done.", sheets(done)),
        (0, failed) => format!("{} failed.", sheets(failed)),
        (done, failed) => format!("{} done, {failed} failed.", sheets(done)),
    };
    let shown = Shown::Folder(PathBuf::from(&folder.destination));
    Notice { title: name.into_owned(), body, shown }
}
