//! What is written while it is read: a blocking writer at one end, a stream at the other.

use std::io::{self, Write};

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream::BoxStream};
use tokio::{sync::mpsc, task::spawn_blocking};

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
