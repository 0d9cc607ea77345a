//! Opening what an engine keeps things in.

use std::{io, sync::Arc};

use mongodb::Database;
use tokio::task::spawn_blocking;
use tracing::warn;
use url::Url;

use crate::{
    config::{GalleryAt, StoreAt},
    error::Error,
    gallery::{Gallery, GalleryError, GridFs, Objects},
    store::{Embedded, Mongo, Store, StoreError},
    vault::{KeySource, Vault},
};

/// Under what a deployment notes where it keeps its images.
pub(crate) const GALLERY: &str = "gallery";

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

/// Notes where a deployment keeps its images, for computers that sync with it. What is in another
/// place is not moved by that, which may have been meant or not.
pub(super) async fn note_gallery(store: &dyn Store, at: &GalleryAt) -> Result<(), StoreError> {
    if store.is_exclusive() {
        return Ok(());
    }
    let at = at.to_string();
    match store.noted(GALLERY).await? {
        Some(noted) if noted == at => return Ok(()),
        Some(earlier) => warn!(
            %earlier, now = %at,
            "this deployment has kept its images elsewhere: what is there is not found any more \
             unless somebody moves it"
        ),
        None => {}
    }
    store.note(GALLERY, &at).await
}

/// Where a deployment keeps its images, as far as this computer can have them: `options` are those for
/// S3. Where nobody has said so yet, this does: in its database. So whoever comes with another gallery
/// later finds that there are images already.
pub(crate) async fn noted_gallery(
    store: &dyn Store,
    options: Vec<(String, String)>,
) -> Result<GalleryAt, Error> {
    let noted = store.noted_first(GALLERY, &GalleryAt::GridFs.to_string()).await?;
    if noted == GalleryAt::GridFs.to_string() {
        return Ok(GalleryAt::GridFs);
    }
    let lacks = match noted.parse::<Url>() {
        Ok(url) if url.scheme() == "s3" => {
            if options.iter().any(|(name, _)| name == "AWS_ACCESS_KEY_ID") {
                return Ok(GalleryAt::S3 { url, options });
            }
            "this computer has no AWS_ACCESS_KEY_ID for it"
        }
        // What a database says is no reason to write into folders here.
        Ok(_) | Err(_) => "only what is kept in the database or in S3 can be shared",
    };
    let source = io::Error::new(io::ErrorKind::PermissionDenied, lacks);
    let action = format!("use {noted}, where the servers keep images");
    Err(GalleryError::Unavailable { action, source }.into())
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
