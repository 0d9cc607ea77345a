//! An engine for tests in a folder of its own, with small pictures to feed it.

use std::{fmt::Write as _, fs, path::PathBuf, time::Duration};

use bytes::Bytes;
use futures_util::StreamExt;
use pixmill_engine::{
    Config, Engine, GalleryAt, Submitted, Upload,
    fetch::{Access, Limits},
    model::{KeyId, Recipe, RequestId},
    wire::{Limit, OutputLinks, ProductsWanted, RequestView, StatusView},
};
use tempfile::TempDir;

/// The longest that a test waits for something that is to happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// How often is looked even if no event comes.
const LOOK: Duration = Duration::from_millis(250);

/// An engine in a folder of its own.
pub(crate) struct House {
    folder: TempDir,
    config: Config,
    pub(crate) engine: Engine,
}

impl House {
    /// An engine that works and may reach the loopback address.
    pub(crate) async fn open() -> Self {
        House::open_with(|_| {}).await
    }

    /// The same with other settings.
    pub(crate) async fn open_with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::new(folder.path().join("pixmill"));
        let loopback = vec!["127.0.0.0/8".parse().unwrap()];
        config.access = Access { allowed: loopback, ..Access::default() };
        config.fetch = Limits { backoff: Duration::from_millis(5), ..Limits::default() };
        config.work.batch_images = 4;
        change(&mut config);
        let engine = start(config.clone()).await;
        House { folder, config, engine }
    }

    /// Stops the engine and opens another in the same folder.
    pub(crate) async fn reopened(self) -> Self {
        self.reopened_with(|_| {}).await
    }

    /// The same with other settings.
    pub(crate) async fn reopened_with(self, change: impl FnOnce(&mut Config)) -> Self {
        let House { folder, mut config, engine } = self;
        change(&mut config);
        engine.stop(PATIENCE).await;
        drop(engine);
        let engine = start(config.clone()).await;
        House { folder, config, engine }
    }

    /// A new path in the engine's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Hands a sheet in.
    pub(crate) async fn submit(&self, sheet: &str) -> RequestId {
        self.try_submit(sheet, None).await.unwrap().id
    }

    /// Hands a sheet in for an owner.
    pub(crate) async fn submit_for(&self, owner: KeyId, sheet: &str) -> RequestId {
        let upload = Upload { owner: Some(owner), ..self.upload(sheet) };
        self.engine.submit(upload).await.unwrap().id
    }

    pub(crate) async fn try_submit(
        &self,
        sheet: &str,
        idempotency_key: Option<&str>,
    ) -> Result<Submitted, pixmill_engine::Error> {
        let idempotency_key = idempotency_key.map(str::to_owned);
        self.engine.submit(Upload { idempotency_key, ..self.upload(sheet) }).await
    }

    /// A sheet to hand in, with nothing asked for besides.
    pub(crate) fn upload(&self, sheet: &str) -> Upload {
        let path = self.path("sheet.csv");
        fs::write(&path, sheet).unwrap();
        Upload {
            sheet: path,
            folder: None,
            file_name: Some("products.csv".to_owned()),
            recipe: Recipe::default(),
            owner: None,
            hook: None,
            idempotency_key: None,
        }
    }

    /// Waits until a request is as it should be.
    pub(crate) async fn until(
        &self,
        id: RequestId,
        is_so: impl Fn(&RequestView) -> bool,
    ) -> RequestView {
        let mut events = self.engine.events();
        let waited = tokio::time::timeout(PATIENCE, async {
            loop {
                let view = self.engine.show(id).await.unwrap();
                if is_so(&view) {
                    return view;
                }
                // Whether it is an event, or that some were missed, or that another process did it:
                // look again.
                drop(tokio::time::timeout(LOOK, events.recv()).await);
            }
        });
        match waited.await {
            Ok(view) => view,
            Err(_) => panic!("still {:?}", self.engine.show(id).await),
        }
    }

    /// Waits until a request has ended.
    pub(crate) async fn until_ended(&self, id: RequestId) -> RequestView {
        self.until(id, |view| !["received", "processing"].contains(&view.status.as_str())).await
    }

    pub(crate) async fn status(&self, id: RequestId) -> StatusView {
        let limit: Limit = "1000".parse().unwrap();
        self.engine.status(id, ProductsWanted::default(), limit).await.unwrap()
    }

    pub(crate) async fn results(&self, id: RequestId) -> String {
        let body = self.engine.results(id).await.unwrap().body;
        let pieces: Vec<Bytes> = body.map(Result::unwrap).collect().await;
        String::from_utf8(pieces.concat()).unwrap()
    }

    /// The files of a request's renditions.
    pub(crate) fn images(&self, id: RequestId) -> Vec<PathBuf> {
        let GalleryAt::Folder { path, .. } = &self.config.gallery else { return Vec::new() };
        let folder = path.join("images").join(id.to_string());
        let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    }
}

async fn start(config: Config) -> Engine {
    let engine = Engine::open(config).await.unwrap();
    let links = OutputLinks::Under("http://pixmill.example/".parse().unwrap());
    engine.start(links).await.unwrap();
    engine
}

/// A sheet with a row for each list of links.
pub(crate) fn sheet<'a>(rows: impl IntoIterator<Item = &'a [String]>) -> String {
    let mut sheet = "S. No.,Product Name,Input Image Urls\n".to_owned();
    for (n, links) in rows.into_iter().enumerate() {
        writeln!(sheet, "{},Mug {},\"{}\"", n + 1, n + 1, links.join(", ")).unwrap();
    }
    sheet
}

/// A small picture, another one for each seed.
pub(crate) fn picture(seed: u8) -> Vec<u8> {
    let pixel = |x: u32, y: u32| image::Rgb([(x * 4) as u8, (y * 4) as u8, seed]);
    let picture = image::RgbImage::from_fn(64, 48, pixel);
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}
