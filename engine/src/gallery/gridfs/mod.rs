//! A gallery in MongoDB (GridFS specification, version 2): several machines need nothing else.
//!
//! A file's id is its name and the number of its version, and of several versions the last counts:
//! no clock has a say. So a name always leads to a whole file, the old one until the new one is
//! there; and whoever writes one leaves no other behind, in whatever order several end.

mod read;
mod version;
mod write;

use std::{
    fs::File,
    io::{self, Seek, Write},
    ops::Range,
    path::Path,
    pin::Pin,
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use mongodb::{
    Collection, Database,
    bson::{Document, doc},
    error::Error,
    gridfs::{FilesCollectionDocument, GridFsBucket},
    options::GridFsBucketOptions,
};
use tokio::task::spawn_blocking;

use super::{Gallery, GalleryError, Layout, Outline, Rendered, RenditionName, Result};
use crate::model::RequestId;
use version::Version;
use write::{GIVEN_UP, Source};

/// What the collections' names begin with.
const BUCKET: &str = "gallery";
/// A gallery in MongoDB.
#[derive(Clone)]
pub struct GridFs {
    pub(super) bucket: GridFsBucket,
    files: Collection<Document>,
    chunks: Collection<read::Chunk>,
    /// Notes of files that are on their way.
    pub(super) uploads: Collection<Document>,
    pub(super) database: Database,
}

impl GridFs {
    /// A gallery in a database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        let options = GridFsBucketOptions::builder().bucket_name(BUCKET.to_owned()).build();
        GridFs {
            bucket: database.gridfs_bucket(options),
            files: database.collection(&format!("{BUCKET}.files")),
            chunks: database.collection(&format!("{BUCKET}.chunks")),
            uploads: database.collection(&format!("{BUCKET}.uploads")),
            database: database.clone(),
        }
    }

    fn key(id: RequestId, name: &RenditionName) -> String {
        Layout::ByRequest.image(id, name).to_string()
    }

    fn sheet_key(id: RequestId) -> String {
        Layout::ByRequest.sheet(id).to_string()
    }

    /// All versions of a name, the last one first.
    async fn versions(&self, key: &str) -> Result<Vec<FilesCollectionDocument>, Error> {
        let mut found: Vec<FilesCollectionDocument> =
            self.bucket.find(doc! { "filename": key }).await?.try_collect().await?;
        found.sort_by_key(|file| std::cmp::Reverse(Version::of(file)));
        Ok(found)
    }

    /// The last version of a name.
    async fn find(&self, key: &str) -> Result<FilesCollectionDocument> {
        let (gallery, name) = (self.clone(), key.to_owned());
        let found = run(format!("read {key}"), async move { gallery.versions(&name).await });
        let last = found.await?.into_iter().next();
        last.ok_or_else(|| GalleryError::NotFound(last_part(key)))
    }

    async fn write(&self, key: &str, etag: String, source: Source) -> Result<()> {
        let (gallery, name) = (self.clone(), key.to_owned());
        run(format!("keep {key}"), async move { gallery.write_whole(&name, etag, source).await })
            .await
    }

    /// Deletes all whose names are in a range, whole or not.
    async fn delete_range(&self, names: Range<String>) -> Result<(), Error> {
        let within = doc! { "$gte": &names.start, "$lt": &names.end };
        self.files.delete_many(doc! { "filename": &within }).await?;
        self.chunks.delete_many(doc! { "files_id": &within }).await?;
        self.uploads.delete_many(doc! { "_id": &within }).await.map(drop)
    }
}

#[async_trait]
impl Gallery for GridFs {
    async fn keep(&self, id: RequestId, name: &RenditionName, bytes: Bytes) -> Result<()> {
        let etag = format!("\"{}\"", &blake3::hash(&bytes).to_hex()[..32]);
        self.write(&GridFs::key(id, name), etag, Source::Bytes(bytes)).await
    }

    async fn copy(
        &self,
        from: (RequestId, &RenditionName),
        to: (RequestId, &RenditionName),
    ) -> Result<()> {
        let rendered = self.open(from.0, from.1, None).await?;
        let action = || format!("read {}", from.1);
        let unread = |source| GalleryError::Unavailable { action: action(), source };
        let pieces: Vec<Bytes> = rendered.body.try_collect().await.map_err(unread)?;
        self.keep(to.0, to.1, pieces.concat().into()).await
    }

    async fn look(&self, id: RequestId, name: &RenditionName) -> Result<Outline> {
        Ok(read::outline(&self.find(&GridFs::key(id, name)).await?))
    }

    async fn open(
        &self,
        id: RequestId,
        name: &RenditionName,
        range: Option<Range<u64>>,
    ) -> Result<Rendered> {
        let key = GridFs::key(id, name);
        let mut file = self.find(&key).await?;
        loop {
            let (outline, version) = (read::outline(&file), file.id.clone());
            let mut body = read::body(self.chunks.clone(), file, range.clone()).peekable();
            // A version can be replaced between its being found and its being read.
            let is_gone = match Pin::new(&mut body).peek().await {
                Some(Err(error)) => error.kind() == io::ErrorKind::UnexpectedEof,
                Some(Ok(_)) | None => false,
            };
            if is_gone {
                file = self.find(&key).await?;
                if file.id != version {
                    continue;
                }
            }
            return Ok(Rendered { outline, body: body.boxed() });
        }
    }

    async fn keep_sheet(&self, id: RequestId, sheet: &Path) -> Result<()> {
        let key = GridFs::sheet_key(id);
        let file = tokio::fs::File::open(sheet).await;
        let file = file.map_err(|source| unavailable(format!("keep {key}"), source))?;
        // A sheet is kept once, and not served as it is: it needs no tag.
        self.write(&key, String::new(), Source::File(file)).await
    }

    async fn open_sheet(&self, id: RequestId) -> Result<File> {
        let key = GridFs::sheet_key(id);
        let unread = |source| unavailable(format!("read {key}"), source);
        let file = self.find(&key).await?;
        let mut body = read::body(self.chunks.clone(), file, None);
        let mut spooled = tempfile::tempfile().map_err(unread)?;
        while let Some(piece) = body.next().await {
            let piece = piece.map_err(unread)?;
            let mut file = spooled.try_clone().map_err(unread)?;
            let written = spawn_blocking(move || file.write_all(&piece)).await;
            written.map_err(|error| unread(io::Error::other(error)))?.map_err(unread)?;
        }
        spooled.rewind().map_err(unread)?;
        Ok(spooled)
    }

    async fn remove_images(&self, id: RequestId) -> Result<()> {
        let (gallery, images) = (self.clone(), Layout::ByRequest.images(id).to_string());
        // `0` comes after `/`.
        let names = format!("{images}/")..format!("{images}0");
        let delete = async move { gallery.delete_range(names).await };
        run(format!("delete {images}"), delete).await
    }

    async fn remove(&self, id: RequestId) -> Result<()> {
        self.remove_images(id).await?;
        let (gallery, sheet) = (self.clone(), GridFs::sheet_key(id));
        // `$` comes after `#`, with which the numbers of versions begin.
        let names = sheet.clone()..format!("{sheet}$");
        let delete = async move { gallery.delete_range(names).await };
        run(format!("delete {sheet}"), delete).await
    }

    async fn sweep(&self, _: &[RequestId], age: Duration) -> Result<()> {
        let gallery = self.clone();
        let sweep = async move { gallery.sweep_uploads(age.max(GIVEN_UP)).await };
        run("clear away what was cut off".to_owned(), sweep).await
    }

    async fn probe(&self) -> Result<()> {
        let database = self.database.clone();
        let ping = async move { database.run_command(doc! { "ping": 1 }).await.map(drop) };
        run("answer".to_owned(), ping).await
    }
}

fn last_part(key: &str) -> String {
    key.rsplit('/').next().unwrap_or_default().to_owned()
}

fn unavailable(action: String, source: io::Error) -> GalleryError {
    GalleryError::Unavailable { action, source }
}

/// Runs an operation to its end, even if nobody waits for it any more: a driver's operation that
/// is dropped half-way costs its connection, and a file that is half written has to be swept.
async fn run<T: Send + 'static>(
    action: String,
    operation: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T> {
    let done = tokio::spawn(operation).await;
    let done = done.map_err(io::Error::other).and_then(|done| done.map_err(io::Error::other));
    done.map_err(|source| unavailable(action, source))
}
