//! A folder that is watched by an engine with all its rooms.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use pixmill_engine::{
    sheet::Links,
    watch::{Folder, Looks, Watch},
    wire::{FolderState, FolderView, Limit, RequestView},
};
use tempfile::TempDir;
use tokio::{
    sync::Barrier,
    time::{sleep, timeout},
};

use crate::{Answer, House, Origin, PATIENCE, picture};

/// How the folders of tests are watched: as always, but less patiently.
pub(crate) const LOOKS: Looks = Looks {
    hearing: pixmill_engine::watch::Hearing::Hints,
    every: Duration::from_millis(200),
    settle: Duration::from_millis(150),
    at_once: 8,
};

/// A folder that is watched.
pub(crate) struct Scene {
    pub(crate) house: House,
    pub(crate) watch: Watch,
    folder: TempDir,
}

impl Scene {
    /// A folder with a picture `a.png` in it, watched.
    pub(crate) async fn begin() -> Self {
        Scene::with(|_| {}).await
    }

    /// The same, watched in another way.
    pub(crate) async fn with(change: impl FnOnce(&mut Folder)) -> Self {
        let house = House::open_with(|config| config.sheet.links = Links::WebAndFiles).await;
        let folder = tempfile::tempdir().unwrap();
        let scene = Scene { watch: Watch::new(house.engine.clone()), house, folder };
        fs::create_dir(scene.path("")).unwrap();
        scene.write("a.png", picture(1));
        let mut watched = scene.watched();
        change(&mut watched);
        scene.watch.add(watched).unwrap();
        scene
    }

    /// The folder as it is to be watched.
    pub(crate) fn watched(&self) -> Folder {
        Folder { looks: LOOKS, ..Folder::new(self.path("")) }
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("in").join(name)
    }

    /// A path beside the folder.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn view(&self) -> FolderView {
        self.watch.list().remove(0)
    }

    /// Has a sheet `shop.csv` in hand that names `files` and an image of `origin`, which comes once the
    /// gate is opened by waiting at it.
    pub(crate) async fn hold(&self, files: &[&str], origin: &Origin) -> Arc<Barrier> {
        let gate = Arc::new(Barrier::new(2));
        origin.serve("/b.png", [Answer::ok(picture(1)).behind(&gate)]);
        let link = origin.url("/b.png");
        self.write("shop.csv", file_sheet(files.iter().copied().chain([link.as_str()])));
        self.until(|view| view.working == 1).await;
        gate
    }

    /// Waits until something is so.
    pub(crate) async fn until(&self, is_so: impl Fn(&FolderView) -> bool) -> FolderView {
        let waited = timeout(PATIENCE, async {
            loop {
                let view = self.view();
                if is_so(&view) {
                    return view;
                }
                sleep(Duration::from_millis(10)).await;
            }
        });
        waited.await.unwrap_or_else(|_| panic!("still {:?}", self.view()))
    }

    /// Waits until so many sheets have been done and failed, and nothing is left to do.
    pub(crate) async fn until_ended(&self, done: u64, failed: u64) -> FolderView {
        let is_so = |view: &FolderView| {
            let is_idle = view.state == FolderState::Waiting && view.waiting == 0;
            is_idle && (view.done, view.failed) == (done, failed)
        };
        self.until(is_so).await
    }

    /// Waits until a path is there, or is there no more.
    pub(crate) async fn until_there(&self, name: &str, is_there: bool) {
        self.until(|_| self.path(name).exists() == is_there).await;
    }

    /// Waits for long enough that whatever could be taken would be.
    pub(crate) async fn settle(&self) {
        sleep((LOOKS.every + LOOKS.settle) * 3).await;
    }

    /// All requests, the first made first.
    pub(crate) async fn requests(&self) -> Vec<RequestView> {
        let limit: Limit = "1000".parse().unwrap();
        let page = self.house.engine.list(pixmill_engine::model::Sight::All, None, limit);
        let mut requests = page.await.unwrap().requests;
        requests.reverse();
        requests
    }

    /// Ends the process, as far as anybody outside can tell, and begins another one.
    pub(crate) async fn restarted(self, meanwhile: impl FnOnce(&Path)) -> Self {
        let Scene { house, watch, folder } = self;
        watch.stop().await;
        drop(watch);
        meanwhile(&folder.path().join("in"));
        let house = house.reopened().await;
        let scene = Scene { watch: Watch::new(house.engine.clone()), house, folder };
        scene.watch.add(scene.watched()).unwrap();
        scene
    }
}

/// A sheet of products with an image each.
pub(crate) fn file_sheet<'a>(links: impl IntoIterator<Item = &'a str>) -> String {
    let mut sheet = "S. No.,Product Name,Input Image Urls\n".to_owned();
    for (n, link) in links.into_iter().enumerate() {
        writeln!(sheet, "{n},Mug,{link}").unwrap();
    }
    sheet
}

/// The names of what is in a folder, in order.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
