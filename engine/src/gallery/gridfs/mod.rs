//! A gallery in MongoDB (GridFS specification, version 2): several machines need nothing else.
//!
//! Each file has an id of its own and is found by its name; of several with one name the newest
//! counts. So a name always leads to a whole file: the old one until the new one is there.
//!
//! 1. A note is made that a file is on its way: what a crash cuts off is found by it and swept.
//! 2. The bytes are written, then the file's document: from here on it is seen.
//! 3. Older files of the same name are deleted, and the note is.

mod read;

use std::{
    fs::File,
    io::{self, Seek, Write},
    ops::Range,
    path::Path,
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{AsyncWriteExt, StreamExt, TryStreamExt};
use mongodb::{
    Collection, Database,
    bson::{DateTime, Document, doc},
    error::Error,
    gridfs::{FilesCollectionDocument, GridFsBucket},
    options::GridFsBucketOptions,
};
use tokio::{io::AsyncReadExt, task::spawn_blocking};
use uuid::Uuid;

use super::{Gallery, GalleryError, Layout, Outline, Rendered, RenditionName, Result};
use crate::model::RequestId;

/// What the collections' names begin with.
const BUCKET: &str = "gallery";
/// The size of the pieces in which a sheet is kept, in bytes.
const PIECE_BYTES: usize = 1 << 20;
/// After this time a file is not on its way any more.
const GIVEN_UP: Duration = Duration::from_secs(3_600);

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

/// Where the bytes of a new file come from.
enum Source {
    Bytes(Bytes),
    File(tokio::fs::File),
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

    /// All files of a name, the newest first.
    async fn versions(&self, key: &str) -> Result<Vec<FilesCollectionDocument>, Error> {
        let mut found: Vec<FilesCollectionDocument> =
            self.bucket.find(doc! { "filename": key }).await?.try_collect().await?;
        found.sort_by_key(|file| std::cmp::Reverse((file.upload_date, file.id.to_string())));
        Ok(found)
    }

    /// The newest file of a name.
    async fn find(&self, key: &str) -> Result<FilesCollectionDocument> {
        let (gallery, name) = (self.clone(), key.to_owned());
        let found = run(format!("read {key}"), async move { gallery.versions(&name).await });
        let newest = found.await?.into_iter().next();
        newest.ok_or_else(|| GalleryError::NotFound(last_part(key)))
    }

    async fn write(&self, key: &str, etag: String, source: Source) -> Result<()> {
        let (gallery, name) = (self.clone(), key.to_owned());
        run(format!("keep {key}"), async move { gallery.write_whole(&name, etag, source).await })
            .await
    }

    /// Writes a file, unless the newest of its name is the same already.
    async fn write_whole(&self, key: &str, etag: String, source: Source) -> Result<(), Error> {
        let before = self.versions(key).await?;
        if before.first().and_then(read::etag).as_deref() == Some(&etag) {
            return Ok(());
        }
        let id = format!("{key}#{}", Uuid::now_v7());
        // The database's clock, and not that of this machine.
        let begun = doc! { "$currentDate": { "at": true } };
        self.uploads.update_one(doc! { "_id": &id }, begun).upsert(true).await?;
        let mut upload = self
            .bucket
            .open_upload_stream(key)
            .id(id.as_str().into())
            .metadata(doc! { "etag": etag })
            .await?;
        match source {
            Source::Bytes(bytes) => upload.write_all(&bytes).await?,
            Source::File(mut file) => {
                let mut piece = vec![0; PIECE_BYTES];
                loop {
                    let count = file.read(&mut piece).await?;
                    if count == 0 {
                        break;
                    }
                    upload.write_all(&piece[..count]).await?;
                }
            }
        }
        upload.close().await?;
        for old in before {
            self.bucket.delete(old.id).await?;
        }
        self.uploads.delete_one(doc! { "_id": &id }).await.map(drop)
    }

    /// Deletes all whose names are in a range, whole or not.
    async fn delete_range(&self, names: Range<String>) -> Result<(), Error> {
        let within = doc! { "$gte": &names.start, "$lt": &names.end };
        self.files.delete_many(doc! { "filename": &within }).await?;
        self.chunks.delete_many(doc! { "files_id": &within }).await?;
        self.uploads.delete_many(doc! { "_id": &within }).await.map(drop)
    }

    /// Deletes what was cut off: what is noted as being on its way since longer than `age`.
    async fn sweep_uploads(&self, age: Duration) -> Result<(), Error> {
        let hello = self.database.run_command(doc! { "hello": 1 }).await?;
        let now = hello.get_datetime("localTime").map_err(Error::custom)?;
        let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
        let until = DateTime::from_millis(now.timestamp_millis().saturating_sub(age));
        let old = doc! { "at": { "$lt": until } };
        let notes: Vec<Document> = self.uploads.find(old).await?.try_collect().await?;
        for note in notes {
            let Ok(id) = note.get_str("_id") else { continue };
            if self.files.find_one(doc! { "_id": id }).await?.is_none() {
                self.chunks.delete_many(doc! { "files_id": id }).await?;
            }
            self.uploads.delete_one(doc! { "_id": id }).await?;
        }
        Ok(())
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
        let file = self.find(&GridFs::key(id, name)).await?;
        Ok(Rendered {
            outline: read::outline(&file),
            body: read::body(self.chunks.clone(), file, range),
        })
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

    async fn remove(&self, id: RequestId) -> Result<()> {
        let gallery = self.clone();
        let images = Layout::ByRequest.images(id).to_string();
        let sheet = GridFs::sheet_key(id);
        // `0` comes after `/`, and `$` after `#`, with which ids go on.
        let ranges =
            [format!("{images}/")..format!("{images}0"), sheet.clone()..format!("{sheet}$")];
        run(format!("delete {images}"), async move {
            for names in ranges {
                gallery.delete_range(names).await?;
            }
            Ok(())
        })
        .await
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
