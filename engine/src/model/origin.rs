//! Requests as other stores have them.
//!
//! A request is worked on in the store that it was made in, and nowhere else. What another store has
//! of it is a copy: it is found and shown like any other, but there is nothing to claim in it and
//! nobody to be told of it. Of two copies the later shows more; no clock has a say in that.

use serde::{Deserialize, Serialize};

use super::{Batch, BatchState, Request, SheetFile, StoreId, Timestamp, Token};

/// Where a copy comes from, and what it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    /// The store that the request was made in.
    pub store: StoreId,
    /// How often the request had been changed there.
    pub revision: u64,
    /// When the copy was written, by the clock of the store that it is in.
    pub at: Timestamp,
}

impl Origin {
    /// Whether a copy that shows this shows more than the one with `other`.
    #[must_use]
    pub fn is_later_than(&self, other: &Origin) -> bool {
        self.store == other.store && self.revision > other.revision
    }
}

impl Request {
    /// The request as another store shall have it: without what is a matter of the store that it
    /// was made in, as who is to be told of it and the folders of that machine.
    #[must_use]
    pub fn copy(&self, origin: Origin) -> Request {
        let sheet = SheetFile { folder: None, ..self.sheet.clone() };
        Request {
            sheet,
            idempotency: None,
            hook: None,
            notices: Vec::new(),
            is_closed: false,
            origin: Some(origin),
            ..self.clone()
        }
    }
}

impl Batch {
    /// The batch as another store shall have it: without claims.
    #[must_use]
    pub fn copy(&self) -> Batch {
        let state = match &self.state {
            BatchState::Open | BatchState::Claimed { .. } => BatchState::Open,
            BatchState::Settled => BatchState::Settled,
        };
        Batch { token: Token::default(), state, ..self.clone() }
    }
}
