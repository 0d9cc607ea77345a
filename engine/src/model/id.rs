//! The names of requests and batches.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

/// Some text is not the name of a request, a batch or anything else that has an id.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not an id: ids look like 01890a5d-ac96-774b-bcce-b302099a8057")]
pub struct InvalidId(String);

impl InvalidId {
    pub(super) fn new(text: &str) -> Self {
        InvalidId(text.chars().take(64).collect())
    }
}

macro_rules! ids {
    ($($(#[doc = $doc:literal])* $id:ident;)*) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $id(Uuid);

        impl $id {
            /// A name that nothing else bears, made from the clock and chance.
            #[must_use]
            pub fn fresh() -> Self {
                $id(Uuid::now_v7())
            }
        }

        impl FromStr for $id {
            type Err = InvalidId;

            /// Reads the hyphenated lower-case form, and no other: one thing has one address.
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let invalid = || InvalidId::new(text);
                let id = $id(Uuid::try_parse(text).map_err(|_| invalid())?);
                if id.to_string() == text { Ok(id) } else { Err(invalid()) }
            }
        }

        impl TryFrom<String> for $id {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$id> for String {
            fn from(id: $id) -> String {
                id.to_string()
            }
        }

        impl fmt::Display for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}

ids! {
    /// The name of a request: a UUIDv7 (RFC 9562), so that names sort by the time they were made.
    RequestId;
    /// The name of an API key: a UUIDv7.
    KeyId;
    /// The name of a webhook endpoint: a UUIDv7.
    EndpointId;
    /// The name of an event that tries whether events arrive: a UUIDv7.
    TestId;
    /// The name of a process that works: a UUIDv7, a new one at each start.
    WorkerId;
    /// The name of a store: a UUIDv7, made when it is first asked for.
    StoreId;
}

impl KeyId {
    /// The name as 16 bytes.
    pub(super) fn to_bytes(self) -> [u8; 16] {
        self.0.into_bytes()
    }

    /// The name that 16 bytes stand for.
    pub(super) fn from_bytes(bytes: [u8; 16]) -> Self {
        KeyId(Uuid::from_bytes(bytes))
    }
}

impl EndpointId {
    /// The name that always stands for the same words.
    #[must_use]
    pub fn derived(words: &str) -> Self {
        let hash = blake3::hash(words.as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.as_bytes()[..16]);
        EndpointId(uuid::Builder::from_random_bytes(bytes).into_uuid())
    }
}

impl From<RequestId> for EndpointId {
    /// The name of the receiver that a request itself names.
    fn from(id: RequestId) -> Self {
        EndpointId(id.0)
    }
}

/// The name of a batch: its request and its place in it, counted from 0.
///
/// Written `{request}:{seq}` with eight digits, so that batches sort by request, then by place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct BatchId {
    /// The request that the batch is part of.
    pub request: RequestId,
    /// The place of the batch in its request, counted from 0.
    pub seq: u32,
}

impl FromStr for BatchId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = || InvalidId::new(text);
        let (request, seq) = text.split_once(':').ok_or_else(invalid)?;
        Ok(BatchId { request: request.parse()?, seq: seq.parse().map_err(|_| invalid())? })
    }
}

impl TryFrom<String> for BatchId {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<BatchId> for String {
    fn from(id: BatchId) -> String {
        id.to_string()
    }
}

impl fmt::Display for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{:08}", self.request, self.seq)
    }
}
