//! Hands a form to its reader in small pieces, and no more than it needs at a time.
//!
//! multer takes all that is ready at once, keeps it until it makes sense of it, and searches it anew
//! whenever more has come. A part's headers without an end would fill the memory, and take a time
//! that grows with the square of their length.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use rocket::response::stream::stream;
use thiserror::Error;
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    task::yield_now,
};

/// What may stand before the value of a field, its headers above all, in bytes.
pub(super) const HEAD_BYTES: usize = 16 << 10;
/// The most bytes that are handed on at a time.
///
/// A reader may ask once more than it has to: heads that are longer than [`HEAD_BYTES`] less this
/// may be refused.
const PIECE_BYTES: usize = 4 << 10;

/// Why a form could not be handed on to its end.
#[derive(Debug, Error)]
pub(super) enum BrokenForm {
    /// What stands before a value does not end.
    #[error("the headers of a field are longer than {} KiB", HEAD_BYTES >> 10)]
    HeadTooLong,
    /// The connection broke.
    #[error("it breaks off: {0}")]
    Io(#[from] std::io::Error),
}

/// How many bytes may still be handed on.
#[derive(Clone, Debug, Default)]
pub(super) struct Allowance(Arc<AtomicUsize>);

impl Allowance {
    /// A head comes: it may have [`HEAD_BYTES`].
    pub(super) fn for_head(&self) {
        self.0.store(HEAD_BYTES, Ordering::Relaxed);
    }

    /// A value comes: whoever takes it sees to its length.
    pub(super) fn for_value(&self) {
        self.0.store(usize::MAX, Ordering::Relaxed);
    }

    fn left(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    fn spend(&self, bytes: usize) {
        self.0.store(self.left().saturating_sub(bytes), Ordering::Relaxed);
    }
}

/// The pieces of a form, as far as the allowance goes.
pub(super) fn pieces<'a>(
    form: &'a mut (impl AsyncRead + Unpin + Send),
    allowance: Allowance,
) -> impl Stream<Item = Result<Bytes, BrokenForm>> + Send + 'a {
    stream! {
        while allowance.left() > 0 {
            let mut piece = BytesMut::with_capacity(PIECE_BYTES.min(allowance.left()));
            match form.read_buf(&mut piece).await {
                Ok(0) => return,
                Ok(bytes) => allowance.spend(bytes),
                Err(error) => {
                    yield Err(error.into());
                    return;
                }
            }
            yield Ok(piece.freeze());
            // It would be asked for the next piece before anybody looks at this one.
            yield_now().await;
        }
        yield Err(BrokenForm::HeadTooLong);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;

    use super::*;

    #[tokio::test]
    async fn no_more_is_handed_on_than_was_allowed_last() {
        let bytes = vec![b'x'; 1 << 20];
        let mut form = bytes.as_slice();
        let allowance = Allowance::default();
        let mut pieces = Box::pin(pieces(&mut form, allowance.clone()));
        allowance.for_head();
        let mut head = 0;
        while let Some(Ok(piece)) = pieces.next().await {
            assert!(piece.len() <= PIECE_BYTES);
            head += piece.len();
            if head == HEAD_BYTES / 2 {
                allowance.for_head();
            }
        }
        assert_eq!(head, HEAD_BYTES / 2 + HEAD_BYTES);
    }
}
