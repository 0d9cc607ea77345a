//! A gallery on an object store: a folder, or S3 and what speaks its protocol.

use std::{fs::File, io, ops::Range, path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use object_store::{
    Attribute, GetOptions, GetRange, GetResultPayload, ObjectMeta, ObjectStore, ObjectStoreExt,
    PutOptions, RetryConfig, WriteMultipart,
    aws::{AmazonS3Builder, AmazonS3ConfigKey},
    local::LocalFileSystem,
    path::Path as Key,
    prefix::PrefixStore,
};
use tokio::{io::AsyncReadExt, task::spawn_blocking};

use url::Url;

use super::{Gallery, GalleryError, Layout, Outline, Rendered, RenditionName, Result};
use crate::model::{RequestId, Timestamp};

/// The size of the pieces in which a sheet is kept, in bytes.
const PIECE_BYTES: usize = 1 << 20;
/// Up to which size a sheet is kept in one piece, in bytes.
const WHOLE_BYTES: u64 = 8 << 20;

/// For how long something is tried again. A claim is good for longer by default, so that what is kept
/// under one is not on its way for minutes after it was looked at; whoever waits longer tries again
/// himself, and looks again.
pub(crate) const RETRIED_FOR: Duration = Duration::from_secs(10);

/// A gallery on an object store.
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    layout: Layout,
    /// The folder, where it is one: only there does a crash leave anything half written.
    folder: Option<LocalFileSystem>,
}

impl Objects {
    /// Opens a gallery in a folder and makes the folder where it is missing.
    ///
    /// Files are written aside, synced and renamed, so that a crash leaves the old one or the new
    /// one.
    ///
    /// # Errors
    /// [`GalleryError::Unavailable`] where the folder cannot be made or opened.
    pub fn folder(path: &Path, layout: Layout) -> Result<Self> {
        let action = || format!("open the folder {}", path.display());
        std::fs::create_dir_all(path)
            .map_err(|source| GalleryError::Unavailable { action: action(), source })?;
        let folder = LocalFileSystem::new_with_prefix(path)
            .map_err(|error| failed(action(), error))?
            .with_fsync(true)
            .with_automatic_cleanup(true);
        Ok(Objects { store: Arc::new(folder.clone()), layout, folder: Some(folder) })
    }

    /// Opens a gallery in a bucket: `url` is `s3://bucket/prefix`, and `options` have endpoint,
    /// region, keys and so on by the names of the usual environment variables. Names that mean
    /// nothing are passed over. An endpoint of one's own is addressed by path.
    ///
    /// # Errors
    /// [`GalleryError::Unavailable`] where the options do not fit together.
    pub fn s3(url: &Url, options: &[(String, String)]) -> Result<Self> {
        let action = || format!("open {url}");
        let mut builder = AmazonS3Builder::new().with_url(url.as_str()).with_retry(retry());
        for (name, value) in options {
            let name = name.to_ascii_lowercase();
            if let Ok(key) = name.parse::<AmazonS3ConfigKey>() {
                builder = builder.with_config(key, value);
            }
            if name.starts_with("aws_endpoint") && value.starts_with("http://") {
                builder = builder.with_allow_http(true);
            }
        }
        let bucket = builder.build().map_err(|error| failed(action(), error))?;
        let prefix = Key::from_url_path(url.path().trim_matches('/'));
        let prefix = prefix.map_err(|error| failed(action(), error.into()))?;
        let store = Arc::new(PrefixStore::new(bucket, prefix));
        Ok(Objects { store, layout: Layout::ByRequest, folder: None })
    }

    /// Deletes the files of a request that were being written when a process ended.
    async fn sweep_request(&self, id: RequestId, age: Duration) -> Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        // All sheets lie together, and those of others may be on their way.
        let sheet = self.layout.sheet(id);
        let own = sheet.filename().map(str::to_owned);
        for (key, only) in [(self.layout.images(id).join("x"), None), (sheet, own)] {
            let action = || format!("sweep {key}");
            let path = folder.path_to_filesystem(&key).map_err(|error| failed(action(), error))?;
            let path = path.parent().map(Path::to_owned).unwrap_or_default();
            let swept = spawn_blocking(move || sweep_folder(&path, only.as_deref(), age)).await;
            let unavailable = |source| GalleryError::Unavailable { action: action(), source };
            swept.map_err(|error| unavailable(io::Error::other(error)))?.map_err(unavailable)?;
        }
        Ok(())
    }

    /// Deletes all objects under a key.
    async fn delete_all(&self, under: &Key) -> Result<()> {
        let mut listed = self.store.list(Some(under)).fuse();
        loop {
            // A stretch at a time, so that a request of a million images takes no memory.
            let mut keys = Vec::new();
            while keys.len() < 1_000 {
                match listed.next().await {
                    Some(Ok(object)) => keys.push(object.location),
                    Some(Err(object_store::Error::NotFound { .. })) => {}
                    Some(Err(error)) => return Err(failed(format!("list {under}"), error)),
                    None => break,
                }
            }
            if keys.is_empty() {
                return Ok(());
            }
            self.delete(keys).await?;
        }
    }

    /// Deletes objects; that one is not there is no error.
    async fn delete(&self, keys: Vec<Key>) -> Result<()> {
        // Many at a time, where the storage can.
        let keys = futures_util::stream::iter(keys.into_iter().map(Ok)).boxed();
        let mut deleted = self.store.delete_stream(keys);
        while let Some(outcome) = deleted.next().await {
            match outcome {
                Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(failed("delete what is kept".to_owned(), error)),
            }
        }
        Ok(())
    }
}

fn retry() -> RetryConfig {
    RetryConfig { retry_timeout: RETRIED_FOR, ..RetryConfig::default() }
}

#[async_trait]
impl Gallery for Objects {
    async fn keep(&self, id: RequestId, name: &RenditionName, bytes: Bytes) -> Result<()> {
        let key = self.layout.image(id, name);
        let mut options = PutOptions::default();
        if self.folder.is_none() {
            // Whoever serves the bucket itself tells browsers what it is.
            options.attributes.insert(Attribute::ContentType, name.media_type().into());
        }
        let kept = self.store.put_opts(&key, bytes.into(), options).await;
        kept.map(|_| ()).map_err(|error| unkept(format!("keep {key}"), error))
    }

    async fn copy(
        &self,
        from: (RequestId, &RenditionName),
        to: (RequestId, &RenditionName),
    ) -> Result<()> {
        let (source, target) = (self.layout.image(from.0, from.1), self.layout.image(to.0, to.1));
        let action = || format!("copy {source}");
        let Some(folder) = &self.folder else {
            let copied = self.store.copy(&source, &target).await;
            return copied.map_err(|error| failed(action(), error));
        };
        let path = |key| folder.path_to_filesystem(key).map_err(|error| failed(action(), error));
        let (source_path, target_path) = (path(&source)?, path(&target)?);
        let linked = spawn_blocking(move || link(&source_path, &target_path)).await;
        if linked.is_ok_and(|linked| linked.is_ok()) {
            return Ok(());
        }
        // The target is there already, or the file system knows no links.
        let object = self.store.get(&source).await.map_err(|error| failed(action(), error))?;
        let bytes = object.bytes().await.map_err(|error| failed(action(), error))?;
        self.keep(to.0, to.1, bytes).await
    }

    async fn look(&self, id: RequestId, name: &RenditionName) -> Result<Outline> {
        let about = self.store.head(&self.layout.image(id, name)).await;
        about.map(outline).map_err(|error| failed(format!("read {name}"), error))
    }

    async fn open(
        &self,
        id: RequestId,
        name: &RenditionName,
        range: Option<Range<u64>>,
    ) -> Result<Rendered> {
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        let key = self.layout.image(id, name);
        let object = self.store.get_opts(&key, options).await;
        let object = object.map_err(|error| failed(format!("read {name}"), error))?;
        Ok(Rendered {
            outline: outline(object.meta.clone()),
            body: object.into_stream().map_err(io::Error::other).boxed(),
        })
    }

    async fn keep_sheet(&self, id: RequestId, sheet: &Path) -> Result<()> {
        let key = self.layout.sheet(id);
        let action = || format!("keep {key}");
        let unavailable = |source| GalleryError::Unavailable { action: action(), source };
        let mut file = tokio::fs::File::open(sheet).await.map_err(unavailable)?;
        if file.metadata().await.map_err(unavailable)?.len() <= WHOLE_BYTES {
            let mut whole = Vec::new();
            file.read_to_end(&mut whole).await.map_err(unavailable)?;
            let kept = self.store.put(&key, whole.into()).await;
            return kept.map(drop).map_err(|error| unkept(action(), error));
        }
        let upload = self.store.put_multipart(&key).await;
        let mut upload = WriteMultipart::new(upload.map_err(|error| unkept(action(), error))?);
        loop {
            let mut piece = Vec::with_capacity(PIECE_BYTES);
            let mut limited = (&mut file).take(PIECE_BYTES as u64);
            if limited.read_to_end(&mut piece).await.map_err(unavailable)? == 0 {
                break;
            }
            // One piece at a time bounds the memory that a large sheet takes.
            upload.wait_for_capacity(1).await.map_err(|error| unkept(action(), error))?;
            upload.put(Bytes::from(piece));
        }
        upload.finish().await.map(|_| ()).map_err(|error| unkept(action(), error))
    }

    async fn open_sheet(&self, id: RequestId) -> Result<File> {
        let key = self.layout.sheet(id);
        let object = self.store.get(&key).await;
        let object = object.map_err(|error| failed("read the sheet".to_owned(), error))?;
        match object.payload {
            GetResultPayload::File(file, _) => Ok(file),
            GetResultPayload::Stream(mut stream) => {
                let spooled = tempfile::tempfile().map(tokio::fs::File::from_std);
                let mut spooled = spooled.map_err(|source| unread(&key, source))?;
                while let Some(piece) = stream.next().await {
                    let piece = piece.map_err(|error| failed(format!("read {key}"), error))?;
                    let written = tokio::io::AsyncWriteExt::write_all(&mut spooled, &piece).await;
                    written.map_err(|source| unread(&key, source))?;
                }
                let rewound = tokio::io::AsyncSeekExt::rewind(&mut spooled).await;
                rewound.map_err(|source| unread(&key, source))?;
                Ok(spooled.into_std().await)
            }
        }
    }

    async fn remove_images(&self, id: RequestId) -> Result<()> {
        // Where they do not lie apart, images of others, or the user's own, may be among them.
        if self.layout.parts_requests() {
            self.sweep_request(id, Duration::ZERO).await?;
            self.delete_all(&self.layout.images(id)).await?;
        }
        Ok(())
    }

    async fn remove(&self, id: RequestId) -> Result<()> {
        self.remove_images(id).await?;
        self.delete(vec![self.layout.sheet(id)]).await
    }

    async fn sweep(&self, requests: &[RequestId], age: Duration) -> Result<()> {
        for id in requests {
            self.sweep_request(*id, age).await?;
        }
        Ok(())
    }

    async fn probe(&self) -> Result<()> {
        let key = Key::from("probe");
        let written = self.store.put(&key, Bytes::from_static(b"pixmill").into()).await;
        written.map_err(|error| unkept("write".to_owned(), error))?;
        self.delete(vec![key]).await
    }
}

fn outline(about: ObjectMeta) -> Outline {
    Outline {
        size: about.size,
        etag: about.e_tag.unwrap_or_default(),
        modified: Timestamp::from_millis(about.last_modified.timestamp_millis()),
    }
}

/// Has a file under a second name, which no file may bear yet; both are on the disk then.
fn link(source: &Path, target: &Path) -> io::Result<()> {
    let folder = target.parent().ok_or(io::ErrorKind::InvalidInput)?;
    std::fs::create_dir_all(folder)?;
    std::fs::hard_link(source, target)?;
    File::open(folder)?.sync_all()
}

/// Deletes the files that were being written when a process ended, if they are older than `age`,
/// all or those that were to bear one name: `object_store` calls them by that name, `#` and a
/// number.
fn sweep_folder(folder: &Path, only: Option<&str>, age: Duration) -> io::Result<()> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let staged = name.to_str().and_then(|name| name.rsplit_once('#'));
        let is_staged = staged.is_some_and(|(name, number)| {
            let is_ours = name.parse::<RenditionName>().is_ok();
            is_ours
                && only.is_none_or(|only| only == name)
                && number.bytes().all(|b| b.is_ascii_digit())
        });
        if is_staged && entry.metadata()?.modified()?.elapsed().unwrap_or_default() >= age {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn unread(key: &Key, source: io::Error) -> GalleryError {
    GalleryError::Unavailable { action: format!("read {key}"), source }
}

/// Why something cannot be kept: where it was to go is not there either, as a bucket that was never
/// made.
#[expect(clippy::wildcard_enum_match_arm, reason = "the enum is another crate's and may grow")]
fn unkept(action: String, error: object_store::Error) -> GalleryError {
    let kind = match error {
        object_store::Error::PermissionDenied { .. }
        | object_store::Error::Unauthenticated { .. } => io::ErrorKind::PermissionDenied,
        _ => io::ErrorKind::Other,
    };
    let source = io::Error::new(kind, in_one_line(&error.to_string()));
    GalleryError::Unavailable { action, source }
}

/// S3 answers with XML over several lines.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the enum is another crate's and may grow")]
fn failed(action: String, error: object_store::Error) -> GalleryError {
    match error {
        object_store::Error::NotFound { path, .. } => {
            GalleryError::NotFound(path.rsplit('/').next().unwrap_or_default().to_owned())
        }
        error => unkept(action, error),
    }
}
