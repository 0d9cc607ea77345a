//! All renditions of a request as one ZIP file, written while it is read.

use std::io::{self, Write};

use bytes::Bytes;
use futures_util::{StreamExt, stream::BoxStream};
use tokio::runtime::Handle;
use tracing::warn;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::{Engine, pieces::written};
use crate::{
    error::Error,
    gallery::{GalleryError, RenditionName},
    model::{ImageState, RequestId},
};

/// A ZIP file on its way.
pub struct Archive {
    /// What to call the file.
    pub file_name: String,
    /// The file (PKWARE APPNOTE 6.3); an error ends it, and it is not whole then.
    pub body: BoxStream<'static, io::Result<Bytes>>,
}

impl Engine {
    /// The renditions that there are by now. They are stored as they are, for they are compressed
    /// already; what somebody has deleted from the gallery is left out and logged.
    ///
    /// # Errors
    /// [`Error::NotFound`]. What goes wrong later ends the body with an error.
    pub async fn archive(&self, id: RequestId) -> Result<Archive, Error> {
        let request = self.0.requests.show(id).await?;
        let (engine, runtime) = (self.clone(), Handle::current());
        let body = written(move |out| {
            engine
                .write_archive(id, &runtime, out)
                .inspect_err(|error| warn!(request = %id, %error, "the ZIP file broke off"))
        });
        let name = request.sheet.name.as_deref().unwrap_or("sheet.csv");
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        Ok(Archive { file_name: format!("{stem}.images.zip"), body })
    }

    fn write_archive(
        &self,
        id: RequestId,
        runtime: &Handle,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut archive = ZipWriter::new_stream(out);
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        let mut batches = self.0.requests.all_batches(id);
        while let Some(batch) = runtime.block_on(batches.next()) {
            let batch = batch.map_err(io::Error::other)?;
            for image in batch.products.iter().flat_map(|product| &product.images) {
                let ImageState::Done(made) = &image.state else { continue };
                let name: RenditionName = made.name.parse().map_err(io::Error::other)?;
                let opened = runtime.block_on(self.0.gallery.open(id, &name, None));
                let mut body = match opened {
                    Ok(rendered) => rendered.body,
                    Err(GalleryError::NotFound(missing)) => {
                        warn!(request = %id, %missing, "left out of a ZIP file");
                        continue;
                    }
                    Err(error) => return Err(io::Error::other(error)),
                };
                archive.start_file(name.as_str(), options)?;
                while let Some(piece) = runtime.block_on(body.next()) {
                    archive.write_all(&piece?)?;
                }
            }
        }
        archive.finish()?.into_inner().flush()
    }
}
