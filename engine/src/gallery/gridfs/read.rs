//! Reading files, whole or in part.

use std::{io, ops::Range};

use bytes::Bytes;
use futures_util::{
    StreamExt, TryStreamExt,
    stream::{self, BoxStream},
};
use mongodb::{
    Collection,
    bson::{Binary, Bson, doc},
    error::Error,
    gridfs::FilesCollectionDocument,
};
use serde::{Deserialize, Serialize};

use crate::{gallery::Outline, model::Timestamp};

/// How many chunks are read at once.
const CHUNKS_AT_ONCE: u64 = 8;

/// A chunk of a file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Chunk {
    /// Its place in the file, counted from 0.
    n: i32,
    data: Binary,
}

/// The entity tag of a file.
pub(super) fn etag(file: &FilesCollectionDocument) -> Option<String> {
    let etag = file.metadata.as_ref()?.get_str("etag").ok()?;
    (!etag.is_empty()).then(|| etag.to_owned())
}

/// What there is to tell of a file.
pub(super) fn outline(file: &FilesCollectionDocument) -> Outline {
    Outline {
        size: file.length,
        etag: etag(file).unwrap_or_default(),
        modified: Timestamp::from_millis(file.upload_date.timestamp_millis()),
    }
}

/// The bytes of a file from start to before end of `range`, or all.
pub(super) fn body(
    chunks: Collection<Chunk>,
    file: FilesCollectionDocument,
    range: Option<Range<u64>>,
) -> BoxStream<'static, io::Result<Bytes>> {
    let Range { start, end } = range.unwrap_or(0..file.length);
    let end = end.min(file.length);
    let chunk_bytes = u64::from(file.chunk_size_bytes.max(1));
    let wanted = if start < end { start / chunk_bytes..end.div_ceil(chunk_bytes) } else { 0..0 };
    let windows = stream::unfold(wanted, move |mut wanted| {
        let (chunks, id) = (chunks.clone(), file.id.clone());
        async move {
            let until = wanted.end.min(wanted.start + CHUNKS_AT_ONCE);
            let window = wanted.start..until;
            wanted.start = until;
            if window.is_empty() {
                return None;
            }
            let read = tokio::spawn(read(chunks, id, window));
            let read = read.await.map_err(io::Error::other).and_then(|read| read);
            Some((read, wanted))
        }
    });
    let cut = move |chunk: (u64, Bytes)| {
        let (n, bytes) = chunk;
        let at = n * chunk_bytes;
        let within = |place: u64| usize::try_from(place.saturating_sub(at)).unwrap_or(usize::MAX);
        let to = within(end).min(bytes.len());
        bytes.slice(within(start).min(to)..to)
    };
    let pieces = windows
        .map_ok(move |window| stream::iter(window.into_iter().map(move |chunk| Ok(cut(chunk)))));
    pieces.try_flatten().boxed()
}

/// Reads some chunks of a file, in order.
async fn read(
    chunks: Collection<Chunk>,
    id: Bson,
    window: Range<u64>,
) -> io::Result<Vec<(u64, Bytes)>> {
    let place = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let within = doc! { "$gte": place(window.start), "$lt": place(window.end) };
    let found = chunks.find(doc! { "files_id": id, "n": within }).projection(doc! { "_id": 0 });
    let found = async { found.await?.try_collect::<Vec<Chunk>>().await };
    let mut found = found.await.map_err(|error: Error| io::Error::other(error))?;
    found.sort_by_key(|chunk| chunk.n);
    let places = found.iter().map(|chunk| u64::try_from(chunk.n).unwrap_or(u64::MAX));
    if !places.eq(window.clone()) {
        let gone = "a part of the file is not there any more";
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, gone));
    }
    Ok(window.zip(found.into_iter().map(|chunk| Bytes::from(chunk.data.bytes))).collect())
}
