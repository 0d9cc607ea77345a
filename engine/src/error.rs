//! Why the engine did not do what a host asked.

use std::io;

use thiserror::Error;

use crate::{
    gallery::GalleryError,
    model::{Failure, IllegalMove, KeyId, Refused, RequestId},
    sheet::{Faults, SheetError},
    store::StoreError,
    vault::VaultError,
    webhook::WebhookError,
    wire::BadLink,
    worker::Setback,
};

/// Why the engine did not do what a host asked.
#[derive(Debug, Error)]
pub enum Error {
    /// There is no such request.
    #[error("there is no request {0}")]
    NotFound(RequestId),
    /// There is no such API key.
    #[error("there is no key {0}")]
    NoKey(KeyId),
    /// The API key is not good, or not any longer.
    #[error(transparent)]
    Refused(Refused),
    /// The link to an image lets nobody in.
    #[error(transparent)]
    Link(#[from] BadLink),
    /// There is no such image.
    #[error("there is no image {0}")]
    NoImage(String),
    /// The source of an image cannot be had.
    #[error("{0}")]
    Source(Failure),
    /// The sheet is refused, with all that is wrong with it.
    #[error("{0}")]
    Faults(Faults),
    /// The idempotency key was used for something else.
    #[error(
        "this idempotency key was used for another sheet or recipe (request {0}): use a new key"
    )]
    KeyReused(RequestId),
    /// The status of the request does not allow it.
    #[error(transparent)]
    Illegal(IllegalMove),
    /// The request was made in another store, where alone it can be changed.
    #[error("request {0} belongs to another computer: it can be changed only there")]
    Elsewhere(RequestId),
    /// The store failed; trying again may help.
    #[error(transparent)]
    Store(StoreError),
    /// The gallery failed; trying again may help.
    #[error(transparent)]
    Gallery(GalleryError),
    /// Renditions are to be kept in a database, and there is none.
    #[error("a gallery in GridFS needs a store in MongoDB: keep it in a folder or in S3 instead")]
    NoDatabase,
    /// The secret key, or what was sealed with it, is of no use.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Something that was asked of webhooks cannot be done.
    #[error(transparent)]
    Webhook(WebhookError),
    /// The engine is being stopped.
    #[error("the engine is being stopped")]
    Stopped,
    /// This machine failed to read or write.
    #[error("cannot {action}: {source}")]
    Io {
        /// What was to be done.
        action: &'static str,
        /// What the system says.
        source: io::Error,
    },
}

impl Error {
    /// The error of something that the engine was doing to files of its own.
    pub(crate) fn io(action: &'static str) -> impl Fn(io::Error) -> Error {
        move |source| Error::Io { action, source }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Error::Source(failure)
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound(id) => Error::NotFound(id),
            StoreError::NoKey(id) => Error::NoKey(id),
            StoreError::Refused(refused) => Error::Refused(refused),
            StoreError::Illegal(illegal) => Error::Illegal(illegal),
            StoreError::Elsewhere(id) => Error::Elsewhere(id),
            StoreError::Stale(_)
            | StoreError::GivenUp(_)
            | StoreError::OtherKey
            | StoreError::InUse(_)
            | StoreError::Unavailable { .. }
            | StoreError::Unreadable { .. }
            | StoreError::TooOld { .. }
            | StoreError::Rejected(_)
            | StoreError::OtherSchema { .. } => Error::Store(error),
        }
    }
}

impl From<GalleryError> for Error {
    fn from(error: GalleryError) -> Self {
        match error {
            GalleryError::NotFound(name) => Error::NoImage(name),
            GalleryError::Unavailable { .. } => Error::Gallery(error),
        }
    }
}

impl From<WebhookError> for Error {
    fn from(error: WebhookError) -> Self {
        match error {
            WebhookError::Store(error) => error.into(),
            WebhookError::Vault(error) => error.into(),
            WebhookError::NotFound(_)
            | WebhookError::NoDelivery(_)
            | WebhookError::Refused(_)
            | WebhookError::TooMany { .. }
            | WebhookError::Fixed
            | WebhookError::KeyOver(_)
            | WebhookError::Disabled(_)
            | WebhookError::Setup(_) => Error::Webhook(error),
        }
    }
}

impl From<Setback> for Error {
    fn from(setback: Setback) -> Self {
        match setback {
            Setback::Store(error) => error.into(),
            Setback::Gallery(error) => error.into(),
            Setback::Stopped => Error::Stopped,
        }
    }
}

impl From<SheetError> for Error {
    fn from(error: SheetError) -> Self {
        match error {
            SheetError::Faults(faults) => Error::Faults(faults),
            SheetError::Io(source) => Error::Io { action: "read the sheet", source },
        }
    }
}
