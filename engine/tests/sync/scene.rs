//! Computers, a deployment with a server, and pictures to work on.

use std::{path::PathBuf, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::TryStreamExt;
use mongodb::{Client, Collection, bson::Document};
use pixmill_engine::{
    Engine, GalleryAt, StoreAt,
    gallery::RenditionName,
    model::RequestId,
    store::MongoUri,
    sync::{Deployment, Sync},
    wire::{Limit, ProductsWanted, StatusView, SyncState, SyncView},
};
use tokio::{sync::Barrier, time::timeout};

use crate::{
    deployment,
    house::{House, PATIENCE, picture, sheet},
    origin::{Answer, Origin},
};

/// How often is looked for what others have done.
const EVERY: Duration = Duration::from_millis(100);

/// A deployment with one server, and pictures at `/0.png`, `/1.png`, ...
pub(crate) struct Scene {
    pub(crate) origin: Origin,
    pub(crate) server: House,
    database: String,
}

impl Scene {
    /// `None` where there is no MongoDB.
    pub(crate) async fn set() -> Option<Self> {
        Scene::set_with(|_| GalleryAt::GridFs).await
    }

    /// The same with a gallery of another kind, which may have a folder of its own.
    pub(crate) async fn set_with(gallery: impl FnOnce(PathBuf) -> GalleryAt) -> Option<Self> {
        let database = deployment::Deployment::shared()?.fresh_database();
        let origin = Origin::start().await;
        for n in 0..20 {
            origin.serve(&format!("/{n}.png"), [Answer::ok(picture(n))]);
        }
        let store = StoreAt::Mongo(database.parse().unwrap());
        let server = House::open_with(|config| {
            config.store = store;
            if let GalleryAt::Folder { path, .. } = &config.gallery {
                config.gallery = gallery(path.clone());
            }
        });
        Some(Scene { origin, server: server.await, database })
    }

    /// What the deployment has under a name, past all that Pixmill does.
    pub(crate) async fn collection(&self, name: &str) -> Collection<Document> {
        let client = Client::with_uri_str(&self.database).await.unwrap();
        client.default_database().unwrap().collection(name)
    }

    /// The address of the deployment's database.
    pub(crate) fn database(&self) -> MongoUri {
        self.database.parse().unwrap()
    }

    /// Has a picture come only when the test waits for it as well.
    pub(crate) fn gate(&self, n: u8) -> Arc<Barrier> {
        let gate = Arc::new(Barrier::new(2));
        self.origin.serve(&format!("/{n}.png"), [Answer::ok(picture(n)).behind(&gate)]);
        gate
    }

    /// The deployment, as a computer is told of it.
    pub(crate) fn deployment(&self) -> Deployment {
        deployment_at(self.database())
    }

    /// A computer that syncs.
    pub(crate) async fn computer(&self) -> Computer {
        let computer = Computer::alone().await;
        computer.sync.set(Some(self.deployment())).await.unwrap();
        computer
    }

    /// A sheet with some of the pictures, one in each row.
    pub(crate) fn sheet(&self, pictures: impl IntoIterator<Item = u8>) -> String {
        let rows = pictures.into_iter().map(|n| vec![self.origin.url(&format!("/{n}.png"))]);
        let rows: Vec<Vec<String>> = rows.collect();
        sheet(rows.iter().map(Vec::as_slice))
    }
}

/// A deployment by the address of its database.
pub(crate) fn deployment_at(database: MongoUri) -> Deployment {
    Deployment { every: EVERY, ..Deployment::new(database) }
}

/// A computer with an engine of its own.
pub(crate) struct Computer {
    pub(crate) house: House,
    pub(crate) sync: Sync,
}

impl Computer {
    /// One that knows no deployment.
    pub(crate) async fn alone() -> Self {
        Computer::of(House::open().await)
    }

    /// One with this engine, that knows no deployment.
    pub(crate) fn of(house: House) -> Self {
        let sync = Sync::new(house.engine.clone());
        Computer { house, sync }
    }

    /// Waits until it stands so.
    pub(crate) async fn until(&self, is_so: impl Fn(&SyncView) -> bool) -> SyncView {
        let mut changes = self.sync.changes();
        let waited = timeout(PATIENCE, changes.wait_for(is_so));
        match waited.await {
            Ok(view) => view.unwrap().clone(),
            Err(_) => panic!("still {:?}", self.sync.status()),
        }
    }

    /// Waits until so many renditions of a request are here.
    pub(crate) async fn until_images(&self, id: RequestId, count: usize) {
        let waited = timeout(PATIENCE, async {
            while self.house.images(id).len() != count {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        let here = || self.house.images(id);
        assert!(waited.await.is_ok(), "still {:?}, {:?}", here(), self.sync.status());
    }

    /// The bytes of a rendition, from wherever it is.
    pub(crate) async fn image(&self, id: RequestId, name: &RenditionName) -> Vec<u8> {
        let rendered = self.sync.image(id, name, None).await.unwrap();
        let pieces: Vec<Bytes> = rendered.body.try_collect().await.unwrap();
        pieces.concat()
    }

    /// Waits until all is sent.
    pub(crate) async fn until_synced(&self) -> SyncView {
        let before = self.sync.status().last_synced_at;
        self.until(|view| {
            view.state == SyncState::Idle && view.waiting == 0 && view.last_synced_at != before
        })
        .await
    }
}

/// Waits until an engine has a request, and it is as it should be there.
pub(crate) async fn until_there(
    engine: &Engine,
    id: RequestId,
    is_so: impl Fn(&StatusView) -> bool,
) -> StatusView {
    let waited = timeout(PATIENCE, async {
        loop {
            match status(engine, id).await {
                Ok(view) if is_so(&view) => return view,
                _ => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    });
    match waited.await {
        Ok(view) => view,
        Err(_) => panic!("still {:?}", status(engine, id).await),
    }
}

/// Waits until an engine does not have a request any more.
pub(crate) async fn until_gone(engine: &Engine, id: RequestId) {
    let waited = timeout(PATIENCE, async {
        while engine.show(id).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    waited.await.unwrap();
}

pub(crate) async fn status(
    engine: &Engine,
    id: RequestId,
) -> Result<StatusView, pixmill_engine::Error> {
    let limit: Limit = "1000".parse().unwrap();
    engine.status(id, ProductsWanted::default(), limit).await
}

/// The names of the renditions of a request.
pub(crate) fn names(view: &StatusView) -> Vec<RenditionName> {
    let links = view.processed_data.iter().flat_map(|product| &product.output_image_urls);
    let name = |link: &String| link.rsplit('/').next().unwrap().parse().unwrap();
    links.flatten().map(name).collect()
}

/// The bytes of a rendition.
pub(crate) async fn image(engine: &Engine, id: RequestId, name: &RenditionName) -> Vec<u8> {
    let rendered = engine.image(id, name, None).await.unwrap();
    let pieces: Vec<Bytes> = rendered.body.try_collect().await.unwrap();
    pieces.concat()
}

/// Compares all that two engines show of a request, byte for byte.
pub(crate) async fn assert_same(one: &Engine, other: &Engine, id: RequestId) {
    let (first, second) = (status(one, id).await.unwrap(), status(other, id).await.unwrap());
    assert_eq!(first, second);
    for name in names(&first) {
        assert!(image(one, id, &name).await == image(other, id, &name).await, "{id} {name}");
    }
}
