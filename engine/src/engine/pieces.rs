//! What is written while it is read: a blocking writer at one end, a stream at the other. Whatever is
//! asked of a file system is asked by the blocking one, for a drive that does not answer holds up
//! whoever asks it.

use std::{
    fs::File,
    io::{self, Write},
    path::Path,
};

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream::BoxStream};
use tempfile::NamedTempFile;
use tokio::{sync::mpsc, task::spawn_blocking};
use tracing::debug;

/// How the names of files begin that are being written beside what people look for, or that a crash has
/// kept from being whole.
pub(crate) const ASIDE: &str = ".pixmill-export-";
/// The size of the pieces in which is sent, in bytes.
const PIECE_BYTES: usize = 64 << 10;
/// How many pieces are made ahead.
const PIECES_AHEAD: usize = 4;

/// What `write` writes, as it writes it; it waits while nobody reads. An error ends the stream, and
/// what came is not whole then.
pub(super) fn written(
    write: impl FnOnce(&mut dyn Write) -> io::Result<()> + Send + 'static,
) -> BoxStream<'static, io::Result<Bytes>> {
    let (pieces, mut waiting) = mpsc::channel(PIECES_AHEAD);
    spawn_blocking(move || {
        let mut out = Pieces { buffer: BytesMut::new(), pieces };
        if let Err(error) = write(&mut out).and_then(|()| out.flush()) {
            // If nobody listens any more, nobody needs to know.
            drop(out.pieces.blocking_send(Err(error)));
        }
    });
    futures_util::stream::poll_fn(move |context| waiting.poll_recv(context)).boxed()
}

/// Writes a stream as [`write_aside`] does. What is given up half-way is not there.
pub(super) async fn write_whole(
    mut body: BoxStream<'static, io::Result<Bytes>>,
    path: &Path,
    prefix: &'static str,
) -> io::Result<()> {
    let (pieces, mut coming) = mpsc::channel::<Option<Bytes>>(PIECES_AHEAD);
    let path = path.to_owned();
    let writing = spawn_blocking(move || {
        write_aside(&path, prefix, |file| {
            loop {
                match coming.blocking_recv() {
                    Some(Some(piece)) => file.write_all(&piece)?,
                    // Nothing says that it is whole but this.
                    Some(None) => return Ok(()),
                    None => return Err(io::Error::other("it was given up half-way")),
                }
            }
        })
    });
    let read = async move {
        while let Some(piece) = body.next().await {
            if pieces.send(Some(piece?)).await.is_err() {
                return Ok(());
            }
        }
        // Where nobody takes it, whoever writes says why.
        drop(pieces.send(None).await);
        Ok(())
    };
    let read: io::Result<()> = read.await;
    let written = writing.await?;
    read.and(written)
}

/// Has a file written aside, under a name that begins with `prefix`, syncs and renames it, so that
/// there is never a part at `path`. Blocking.
pub(crate) fn write_aside(
    path: &Path,
    prefix: &str,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    let mut file = aside(path.parent().unwrap_or(Path::new(".")), prefix)?;
    write(file.as_file_mut())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// Makes a folder in one that is there; gives whether it was there already. What only leads to a folder
/// is none: what is put into it would land elsewhere.
pub(crate) fn make_folder(folder: &Path) -> io::Result<bool> {
    let Err(error) = std::fs::create_dir(folder) else { return Ok(false) };
    match folder.symlink_metadata() {
        Ok(there) if there.is_dir() => Ok(true),
        Ok(_) => Err(io::Error::new(io::ErrorKind::NotADirectory, "it is there and is no folder")),
        Err(looking) if looking.kind() == io::ErrorKind::NotFound => Err(error),
        // That it is there is all that `error` says, on a drive that cannot be read.
        Err(looking) => Err(looking),
    }
}

/// Deletes what a crash has left half written in a folder.
pub(crate) fn delete_half_written(folder: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(ASIDE) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Has what was renamed in a folder outlast a power cut, where the system can do that.
pub(crate) fn sync_folder(folder: &Path) {
    // Some network drives refuse it, and Windows knows no such thing.
    if let Err(error) = std::fs::File::open(folder).and_then(|folder| folder.sync_all()) {
        debug!(folder = %folder.display(), %error, "a folder cannot be synced");
    }
}

/// A new file with a name that nobody looks for, and the rights that any new file has.
fn aside(folder: &Path, prefix: &str) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// Cuts what is written into pieces and sends them; waits while nobody takes them.
struct Pieces {
    buffer: BytesMut,
    pieces: mpsc::Sender<io::Result<Bytes>>,
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= PIECE_BYTES {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let piece = self.buffer.split().freeze();
        let sent = self.pieces.blocking_send(Ok(piece));
        sent.map_err(|_| io::Error::new(io::ErrorKind::BrokenPipe, "nobody reads any more"))
    }
}
