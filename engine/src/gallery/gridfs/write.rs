//! Writing files, and clearing away what a crash left of that.
//!
//! 1. A note takes a number that no other version of the name has: only one process can make it,
//!    and by it is found what a crash cuts off.
//! 2. The bytes are written, then the file's document: from here on it is seen.
//! 3. All but the last version are deleted, and then the note is.

use std::{
    io,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::{AsyncWriteExt, TryStreamExt};
use mongodb::{
    bson::{DateTime, Document, doc},
    error::{Error, ErrorKind, WriteFailure},
};
use tokio::io::AsyncReadExt;

use super::{
    GridFs, read,
    version::{Version, split},
};

/// The size of the pieces in which a sheet is kept, in bytes.
const PIECE_BYTES: usize = 1 << 20;
/// After this time a file is not on its way any more.
pub(super) const GIVEN_UP: Duration = Duration::from_secs(3_600);
/// Who has taken as long as this does not end what it writes: it may have been swept meanwhile.
const WRITTEN_WITHIN: Duration = Duration::from_secs(1_800);
/// MongoDB's code for a second document with one id.
const DUPLICATE: i32 = 11_000;

/// Where the bytes of a new file come from.
pub(super) enum Source {
    Bytes(Bytes),
    File(tokio::fs::File),
}

impl GridFs {
    /// Writes a file, unless the last version of its name is the same already.
    pub(super) async fn write_whole(
        &self,
        key: &str,
        etag: String,
        source: Source,
    ) -> Result<(), Error> {
        let begun = Instant::now();
        let last = self.versions(key).await?.into_iter().next();
        if last.as_ref().and_then(read::etag).as_deref() == Some(&etag) {
            return Ok(());
        }
        let id = self.take_number(key, last.as_ref().map(Version::of).unwrap_or_default()).await?;
        let upload = self.bucket.open_upload_stream(key).id(id.as_str().into());
        let mut upload = upload.metadata(doc! { "etag": etag }).await?;
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
        if begun.elapsed() > WRITTEN_WITHIN {
            return Err(io::Error::from(io::ErrorKind::TimedOut).into());
        }
        upload.close().await?;
        self.settle(key, &id).await
    }

    /// Takes the number of a new version after `last`, and gives the id that its file shall have.
    async fn take_number(&self, key: &str, mut last: Version) -> Result<String, Error> {
        loop {
            let id = last.next().id(key);
            if !self.make_note(&id).await? {
                // Another process writes that one, or has been cut off.
                last = last.next();
                continue;
            }
            // Others may have written it, and taken back their note, before ours was made.
            let seen = self.versions(key).await?.first().map(Version::of).unwrap_or_default();
            if seen <= last {
                return Ok(id);
            }
            self.uploads.delete_one(doc! { "_id": &id }).await?;
            last = seen;
        }
    }

    /// Notes that a file is on its way; `false` where that is noted already.
    async fn make_note(&self, id: &str) -> Result<bool, Error> {
        // A note that is there does not match, and cannot be made a second time.
        let new = doc! { "_id": id, "at": { "$exists": false } };
        // The database's clock, and not that of this machine.
        let now = doc! { "$currentDate": { "at": true } };
        match self.uploads.update_one(new, now).upsert(true).await {
            Ok(_) => Ok(true),
            Err(error) if is_duplicate(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Deletes all versions of a name but the last, and then the note of one of them.
    async fn settle(&self, key: &str, id: &str) -> Result<(), Error> {
        for former in self.versions(key).await?.into_iter().skip(1) {
            // In this order: what is interrupted half-way is found again by the file.
            self.chunks.delete_many(doc! { "files_id": &former.id }).await?;
            self.files.delete_one(doc! { "_id": &former.id }).await?;
        }
        self.uploads.delete_one(doc! { "_id": id }).await.map(drop)
    }

    /// Deletes what was cut off: what is noted as being on its way since longer than `age`.
    pub(super) async fn sweep_uploads(&self, age: Duration) -> Result<(), Error> {
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
            let key = split(id).map_or(id, |(key, _)| key);
            self.settle(key, id).await?;
        }
        Ok(())
    }
}

fn is_duplicate(error: &Error) -> bool {
    matches!(&*error.kind, ErrorKind::Write(WriteFailure::WriteError(error)) if error.code == DUPLICATE)
}
