//! The two sides of a sync: each has a store and a gallery.

use std::{sync::Arc, time::Duration};

use crate::{
    config::{GalleryAt, StoreAt},
    engine::{Engine, GALLERY, noted_gallery, open_gallery, open_store},
    error::Error,
    gallery::Gallery,
    model::StoreId,
    store::{MongoUri, Requests, Store},
};

/// A deployment that several computers share, with or without servers of its own.
#[derive(Clone)]
pub struct Deployment {
    /// The database.
    pub database: MongoUri,
    /// Keys, endpoint, region and so on of its bucket, where it keeps images in S3, by the names of the
    /// usual environment variables, such as `AWS_REGION`. Default: none.
    pub s3: Vec<(String, String)>,
    /// How many bytes of others' renditions are kept on this computer, the newest first. Default:
    /// 1 GiB.
    pub kept_bytes: u64,
    /// How often is looked for what others have done. Default: 5 s.
    pub every: Duration,
}

impl Deployment {
    /// A deployment with all defaults.
    #[must_use]
    pub fn new(database: MongoUri) -> Self {
        Deployment { database, s3: Vec::new(), kept_bytes: 1 << 30, every: Duration::from_secs(5) }
    }
}

/// One side: a store by its name, and a gallery.
#[derive(Clone)]
pub(super) struct Side {
    pub(super) name: StoreId,
    pub(super) store: Arc<dyn Store>,
    pub(super) requests: Requests,
    pub(super) gallery: Arc<dyn Gallery>,
    /// Where that is, in a deployment.
    gallery_at: Option<GalleryAt>,
}

impl Side {
    /// This computer.
    pub(super) async fn here(engine: &Engine) -> Result<Self, Error> {
        Side::of(Arc::clone(engine.store()), Arc::clone(engine.gallery()), None).await
    }

    /// The deployment.
    pub(super) async fn there(deployment: &Deployment) -> Result<Self, Error> {
        let (store, database) = open_store(StoreAt::Mongo(deployment.database.clone())).await?;
        let side = async {
            let at = noted_gallery(&*store, deployment.s3.clone()).await?;
            let gallery = open_gallery(at.clone(), database)?;
            Side::of(Arc::clone(&store), gallery, Some(at)).await
        };
        let side = side.await;
        if side.is_err() {
            store.close().await;
        }
        side
    }

    pub(super) async fn of(
        store: Arc<dyn Store>,
        gallery: Arc<dyn Gallery>,
        gallery_at: Option<GalleryAt>,
    ) -> Result<Self, Error> {
        let name = store.name().await?;
        let requests = Requests::new(Arc::clone(&store));
        Ok(Side { name, store, requests, gallery, gallery_at })
    }

    /// Whether the deployment still keeps its images where this one does.
    pub(super) async fn has_its_gallery(&self) -> Result<bool, Error> {
        let noted = self.store.noted(GALLERY).await?;
        Ok(self.gallery_at.as_ref().map(GalleryAt::to_string) == noted)
    }
}
