//! Opening what an engine keeps things in.

use std::sync::Arc;

use mongodb::Database;
use tokio::task::spawn_blocking;

use crate::{
    config::{GalleryAt, StoreAt},
    error::Error,
    gallery::{Gallery, GridFs, Objects},
    store::{Embedded, Mongo, Store, StoreError},
    vault::{KeySource, Vault},
};

/// Opens a store, with the database that it is in, if it is in one.
pub(crate) async fn open_store(at: StoreAt) -> Result<(Arc<dyn Store>, Option<Database>), Error> {
    match at {
        StoreAt::Folder { path, cache_bytes } => {
            let store = spawn_blocking(move || Embedded::open(&path, cache_bytes)).await;
            let store = store.map_err(|error| Error::io("open the store")(error.into()))??;
            Ok((Arc::new(store), None))
        }
        StoreAt::Mongo(uri) => {
            let store = Mongo::open(&uri).await?;
            let database = store.database().clone();
            Ok((Arc::new(store), Some(database)))
        }
    }
}

/// Opens the vault. Where others have sealed secrets already, no key is made that opens none.
pub(super) async fn open_vault(store: &Arc<dyn Store>, key: KeySource) -> Result<Vault, Error> {
    if key.is_to_be_made() && store.is_held_to_key().await? {
        return Err(StoreError::OtherKey.into());
    }
    let vault = spawn_blocking(move || Vault::open(key)).await;
    let vault = vault.map_err(|error| Error::io("open the key file")(error.into()))??;
    store.hold_to_key(&vault.fingerprint()).await?;
    Ok(vault)
}

/// Opens a gallery; `database` is that of the store.
pub(crate) fn open_gallery(
    at: GalleryAt,
    database: Option<Database>,
) -> Result<Arc<dyn Gallery>, Error> {
    Ok(match at {
        GalleryAt::Folder { path, layout } => Arc::new(Objects::folder(&path, layout)?),
        GalleryAt::S3 { url, options } => Arc::new(Objects::s3(&url, &options)?),
        GalleryAt::GridFs => Arc::new(GridFs::new(&database.ok_or(Error::NoDatabase)?)),
    })
}
