//! What has come of a request, put where people look for it.

use std::path::{Path, PathBuf};

use futures_util::TryStreamExt;
use tokio::{fs, task::spawn_blocking};
use tracing::warn;

use super::{
    Engine,
    pieces::{self, ASIDE, delete_half_written, sync_folder, write_whole},
};
use crate::{
    error::Error,
    gallery::RenditionName,
    model::{ImageState, Rendition, RequestId},
    wire::OutputLinks,
};

/// Where what has come of a request is put: a results sheet, and a folder for images beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlet {
    /// The folder that both lie in, and which is there.
    pub folder: PathBuf,
    /// The name of the results sheet.
    pub results: String,
    /// The name of the folder for images.
    pub images: String,
}

impl Engine {
    /// Writes the renditions that there are by now, then the results sheet that names them. Each
    /// file is whole when it is seen. What an earlier call has written is not written again, but for
    /// the sheet; so whoever was interrupted calls this once more.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Io`] where something cannot be written.
    pub async fn export(&self, id: RequestId, outlet: &Outlet) -> Result<(), Error> {
        let Outlet { folder, results, images } = outlet;
        let images_folder = folder.join(images);
        let mut has_images = false;
        let mut batches = self.0.requests.all_batches(id);
        while let Some(batch) = batches.try_next().await? {
            for image in batch.products.iter().flat_map(|product| &product.images) {
                let ImageState::Done(made) = &image.state else { continue };
                if !has_images {
                    make_folder(images_folder.clone()).await?;
                    has_images = true;
                }
                self.export_image(id, made, &images_folder).await?;
            }
        }
        if has_images {
            synced(images_folder).await?;
        }
        let links = OutputLinks::InFolder(images.clone().into());
        let sheet = self.results_with(id, links).await?;
        let written = write_whole(sheet.body, &folder.join(results), ASIDE).await;
        written.map_err(Error::io("write the results sheet"))?;
        synced(folder.clone()).await
    }

    async fn export_image(
        &self,
        id: RequestId,
        made: &Rendition,
        folder: &Path,
    ) -> Result<(), Error> {
        let name = made.name.parse::<RenditionName>();
        let name = name.map_err(|_| Error::NoImage(made.name.clone()))?;
        let path = folder.join(name.as_str());
        // What is seen is whole, and has a name that no other image has.
        if fs::metadata(&path).await.is_ok_and(|there| there.is_file() && there.len() == made.bytes)
        {
            return Ok(());
        }
        match self.image(id, &name, None).await {
            Ok(rendered) => {
                let written = write_whole(rendered.body, &path, ASIDE).await;
                written.map_err(Error::io("write an image"))
            }
            Err(Error::NoImage(missing)) => {
                warn!(request = %id, %missing, "somebody has deleted an image from the gallery");
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

async fn synced(folder: PathBuf) -> Result<(), Error> {
    let synced = spawn_blocking(move || sync_folder(&folder)).await;
    synced.map_err(|error| Error::io("sync a folder")(error.into()))
}

/// Makes a folder in one that is there. Where it is there already, what a crash has left half written
/// in it is deleted.
async fn make_folder(folder: PathBuf) -> Result<(), Error> {
    let make = move || {
        let was_there = pieces::make_folder(&folder)?;
        if was_there { delete_half_written(&folder) } else { Ok(()) }
    };
    let failed = Error::io("make a folder");
    spawn_blocking(make).await.map_err(|error| failed(error.into()))?.map_err(failed)
}
