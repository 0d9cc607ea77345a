//! Why something that was asked of webhooks was not done.

use thiserror::Error;

use crate::{
    fetch::Refused,
    model::{EndpointId, MessageId},
    store::StoreError,
    vault::VaultError,
};

/// Why something that was asked of webhooks was not done.
#[derive(Debug, Error)]
pub enum WebhookError {
    /// There is no such endpoint.
    #[error("there is no webhook {0}")]
    NotFound(EndpointId),
    /// There is no such delivery.
    #[error("there is no delivery {0}: it may be too old")]
    NoDelivery(MessageId),
    /// The address may not be reached.
    #[error("no webhooks are sent there: {0}")]
    Refused(#[from] Refused),
    /// There are as many endpoints as there may be.
    #[error("there are {limit} webhooks already: delete one first")]
    TooMany {
        /// How many there may be.
        limit: usize,
    },
    /// The endpoint is what the settings of the server say.
    #[error("the server's settings name this webhook: change it there")]
    Fixed,
    /// The API key that the endpoint was made with is over.
    #[error(
        "the key of the webhook {0} was revoked or has expired: register it again with another key"
    )]
    KeyOver(EndpointId),
    /// Nothing is delivered to the endpoint.
    #[error("the webhook {0} is disabled: enable it first")]
    Disabled(EndpointId),
    /// The store failed; trying again may help.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A secret cannot be sealed or opened.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The HTTP client cannot be set up on this computer.
    #[error("deliveries cannot be set up: {0}")]
    Setup(#[source] reqwest::Error),
}

impl WebhookError {
    /// Whether the same may succeed later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            WebhookError::Store(error) => error.is_retryable(),
            WebhookError::NotFound(_)
            | WebhookError::NoDelivery(_)
            | WebhookError::Refused(_)
            | WebhookError::TooMany { .. }
            | WebhookError::Fixed
            | WebhookError::KeyOver(_)
            | WebhookError::Disabled(_)
            | WebhookError::Vault(_)
            | WebhookError::Setup(_) => false,
        }
    }
}
