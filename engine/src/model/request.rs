//! One accepted sheet and its progress.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    Again, KeyId, Notice, Origin, Reasons, Receiver, Recipe, RequestId, Rounds, Tally, Timestamp,
};

/// How many changes of status are kept that nobody has been told of; the earliest go first. Each is
/// taken off as soon as it lies in the queues of those who asked for it.
const NOTICES_KEPT: usize = 256;

/// The version of the stored form of requests and batches.
pub const SCHEMA_VERSION: u32 = 4;

/// One accepted sheet and its progress.
///
/// The products and what has become of their images are in its batches; this document is small.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The request's name.
    #[serde(rename = "_id")]
    pub id: RequestId,
    /// The version of the stored form; see [`SCHEMA_VERSION`].
    pub schema: u32,
    /// The API key that it was handed in with; none where the server asks for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<KeyId>,
    /// When the sheet was accepted.
    pub created_at: Timestamp,
    /// When the status last changed.
    pub updated_at: Timestamp,
    /// How far it is.
    pub status: Status,
    /// Of a cancelled request: whether nothing is in hand any more that was when it was cancelled.
    #[serde(default)]
    pub is_at_rest: bool,
    /// What had become of its images when the status last changed, or it came to rest; see
    /// [`final_tally`](Self::final_tally).
    pub tally: Tally,
    /// How its images are compressed, where a row does not say otherwise.
    pub recipe: Recipe,
    /// The sheet as it came.
    pub sheet: SheetFile,
    /// How many rows the sheet has.
    pub products: u64,
    /// How many images the rows name in all.
    pub images: u64,
    /// How many batches the rows are in.
    pub batches: u32,
    /// The first batch that has not been handed out.
    pub next: u32,
    /// The rounds in which failed images have been tried again.
    pub rounds: Rounds,
    /// What the upload was marked with, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency: Option<Idempotency>,
    /// The receiver that whoever handed it in named, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hook: Option<Receiver>,
    /// The changes of its status that have yet to be told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Notice>,
    /// How many changes of its status there have been.
    #[serde(default)]
    pub noticed: u64,
    /// Whether it is about to be deleted.
    #[serde(default)]
    pub is_closed: bool,
    /// Where it was made, if this is a copy: nothing happens to a copy but what has happened there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// By what an upload is known that may be sent twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Idempotency {
    /// A hash of the idempotency key.
    pub key_hash: String,
    /// A hash of all that was sent with it.
    pub fingerprint: String,
}

/// The sheet as it came; its bytes are in the gallery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SheetFile {
    /// What whoever sent it called the file.
    pub name: Option<String>,
    /// Size in bytes.
    pub bytes: u64,
    /// BLAKE3 of the bytes, in hexadecimal.
    pub hash: String,
    /// The folder that the files it names lie in; none where it may not name any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
}

/// How far a request is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "is")]
pub enum Status {
    /// Accepted; nothing has been claimed yet.
    Received,
    /// Some of its batches have been claimed.
    Processing,
    /// Every image has its rendition.
    Completed,
    /// Nothing waits any more and some images failed.
    #[serde(rename_all = "camelCase")]
    Error {
        /// What went wrong in one sentence; see [`Reasons::error_message`].
        message: String,
    },
    /// Somebody asked for it to be given up.
    Cancelled,
}

impl Status {
    /// The word for the status on the wire.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Status::Received => "received",
            Status::Processing => "processing",
            Status::Completed => "completed",
            Status::Error { .. } => "error",
            Status::Cancelled => "cancelled",
        }
    }

    /// Whether there is work to be handed out.
    #[must_use]
    pub fn is_open(&self) -> bool {
        match self {
            Status::Received | Status::Processing => true,
            Status::Completed | Status::Error { .. } | Status::Cancelled => false,
        }
    }
}

/// A change of status that the present status does not allow.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("a request that is {from} cannot be {wanted}")]
pub struct IllegalMove {
    /// The present status.
    pub from: &'static str,
    /// What was asked for, such as `cancelled`.
    pub wanted: &'static str,
}

/// What is known of a sheet when it is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The API key that it was handed in with, if any.
    pub owner: Option<KeyId>,
    /// How its images are to be compressed.
    pub recipe: Recipe,
    /// The sheet as it came.
    pub sheet: SheetFile,
    /// How many rows it has.
    pub products: u64,
    /// How many images the rows name.
    pub images: u64,
    /// How many batches the rows are in.
    pub batches: u32,
    /// The receiver that is to be told of it, if any.
    pub hook: Option<Receiver>,
}

impl Request {
    /// A request that has just been received.
    #[must_use]
    pub fn new(id: RequestId, accepted: Accepted, now: Timestamp) -> Self {
        let Accepted { owner, recipe, sheet, products, images, batches, hook } = accepted;
        let mut request = Request {
            id,
            schema: SCHEMA_VERSION,
            owner,
            created_at: now,
            updated_at: now,
            status: Status::Received,
            is_at_rest: false,
            tally: Tally::default(),
            recipe,
            sheet,
            products,
            images,
            batches,
            next: 0,
            rounds: Rounds::default(),
            idempotency: None,
            hook,
            notices: Vec::new(),
            noticed: 0,
            is_closed: false,
            origin: None,
        };
        request.enter(Status::Received, &request.untouched(), now);
        request
    }

    /// Whether it is open and all of its batches have been handed out.
    #[must_use]
    pub fn is_handed_out(&self) -> bool {
        self.status.is_open() && self.next == self.batches
    }

    /// Hands out the next batch and gives its place; `None` where all have been handed out or the
    /// request is not open. The first one handed out makes `received` into `processing`.
    pub fn advance(&mut self, now: Timestamp) -> Option<u32> {
        if !self.status.is_open() || self.next >= self.batches {
            return None;
        }
        let seq = self.next;
        self.next += 1;
        if self.status == Status::Received {
            self.enter(Status::Processing, &self.untouched(), now);
        }
        Some(seq)
    }

    /// What has become of its images, where that cannot change any more.
    ///
    /// That of a cancelled request can as long as something is in hand that was when it was
    /// cancelled: it is still recorded.
    #[must_use]
    pub fn final_tally(&self) -> Option<Tally> {
        match self.status {
            Status::Completed | Status::Error { .. } => Some(self.tally),
            Status::Cancelled => self.is_at_rest.then_some(self.tally),
            Status::Received | Status::Processing => None,
        }
    }

    /// Writes down what has become of the images of a cancelled request of which nothing is in
    /// hand any more.
    ///
    /// # Errors
    /// [`IllegalMove`] where it is not cancelled.
    pub fn rest(&mut self, tally: &Tally) -> Result<(), IllegalMove> {
        if self.status != Status::Cancelled {
            return Err(self.illegal("at rest"));
        }
        self.tally = *tally;
        self.is_at_rest = true;
        Ok(())
    }

    /// Ends the request by what has become of its images: `completed`, or `error` where some
    /// failed.
    ///
    /// # Errors
    /// [`IllegalMove`] where it is not processing, or where some image still waits.
    pub fn settle(
        &mut self,
        tally: &Tally,
        reasons: &Reasons,
        now: Timestamp,
    ) -> Result<(), IllegalMove> {
        let is_over = tally.waiting() == 0 && self.next == self.batches;
        if self.status != Status::Processing || !is_over {
            return Err(self.illegal("settled"));
        }
        let status = match reasons.error_message(tally) {
            None => Status::Completed,
            Some(message) => Status::Error { message },
        };
        self.enter(status, tally, now);
        Ok(())
    }

    /// Gives the request up; what is done stays. `tally` is what has become of its images by now.
    ///
    /// # Errors
    /// [`IllegalMove`] where it has ended.
    pub fn cancel(&mut self, tally: &Tally, now: Timestamp) -> Result<(), IllegalMove> {
        if !self.status.is_open() {
            return Err(self.illegal("cancelled"));
        }
        self.enter(Status::Cancelled, tally, now);
        Ok(())
    }

    /// Sends failed images round again, and what waited when the request was cancelled. `tally` is what had become of its images by now.
    ///
    /// # Errors
    /// [`IllegalMove`] where it neither ended in an error nor was cancelled.
    pub fn retry(
        &mut self,
        again: Again,
        tally: &Tally,
        now: Timestamp,
    ) -> Result<(), IllegalMove> {
        match self.status {
            Status::Error { .. } | Status::Cancelled if !self.is_closed => {}
            Status::Error { .. } | Status::Cancelled => {
                return Err(self.illegal("retried any more"));
            }
            Status::Received | Status::Processing | Status::Completed => {
                return Err(self.illegal("retried"));
            }
        }
        self.rounds.begin(again);
        self.enter(Status::Processing, tally, now);
        Ok(())
    }

    /// Takes the notices off that come before the one of a number: they have been passed on.
    pub fn passed_on(&mut self, before: u64) {
        self.notices.retain(|notice| notice.number >= before);
    }

    /// Closes it, if it has ended and nothing of it is still to be told: it can be deleted, and
    /// nothing happens to it any more. Gives whether it is closed.
    pub fn close(&mut self) -> bool {
        self.is_closed |= !self.status.is_open() && self.notices.is_empty();
        self.is_closed
    }

    /// Changes the status and notes that there is something to tell: one write has both.
    fn enter(&mut self, status: Status, tally: &Tally, now: Timestamp) {
        self.status = status.clone();
        self.is_at_rest = false;
        self.updated_at = now;
        self.tally = *tally;
        self.notices.push(Notice { number: self.noticed, status, at: now, tally: *tally });
        self.noticed += 1;
        let surplus = self.notices.len().saturating_sub(NOTICES_KEPT);
        self.notices.drain(..surplus);
    }

    /// What has become of its images as long as nobody has worked on any.
    fn untouched(&self) -> Tally {
        Tally { total: self.images, ..Tally::default() }
    }

    fn illegal(&self, wanted: &'static str) -> IllegalMove {
        IllegalMove { from: self.status.name(), wanted }
    }
}
