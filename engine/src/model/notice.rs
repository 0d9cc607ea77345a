//! Changes of status that somebody may have asked to be told of.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Status, Tally, Timestamp};

/// A change of status that has yet to be told.
///
/// It is kept in the request that it is about, so that the change and the word of it are one write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// Its place among all notices that the request ever had, counted from 0.
    pub number: u64,
    /// The status that the request entered.
    pub status: Status,
    /// When it did.
    pub at: Timestamp,
    /// What had become of its images by then.
    pub tally: Tally,
}

impl Notice {
    /// The type of the event that it is.
    #[must_use]
    pub fn event(&self) -> EventType {
        match self.status {
            Status::Received => EventType::Received,
            Status::Processing => EventType::Processing,
            Status::Completed => EventType::Completed,
            Status::Error { .. } => EventType::Error,
            Status::Cancelled => EventType::Cancelled,
        }
    }
}

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum EventType {
    /// A request was accepted.
    Received,
    /// Work on a request began, or began again.
    Processing,
    /// Every image of a request has its rendition.
    Completed,
    /// A request has ended and some images failed.
    Error,
    /// A request was given up.
    Cancelled,
    /// Somebody tries whether events arrive.
    Test,
}

/// Some text is not the type of an event that can be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{0}` is not an event: there are request.received, request.processing, request.completed, \
     request.error and request.cancelled"
)]
pub struct InvalidEventType(String);

impl EventType {
    /// The types that can be asked for.
    pub const REQUEST: [EventType; 5] = [
        EventType::Received,
        EventType::Processing,
        EventType::Completed,
        EventType::Error,
        EventType::Cancelled,
    ];

    /// The name on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            EventType::Received => "request.received",
            EventType::Processing => "request.processing",
            EventType::Completed => "request.completed",
            EventType::Error => "request.error",
            EventType::Cancelled => "request.cancelled",
            EventType::Test => "webhook.test",
        }
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for EventType {
    type Err = InvalidEventType;

    fn from_str(text: &str) -> Result<Self, InvalidEventType> {
        let named = EventType::REQUEST.into_iter().find(|event| event.name() == text.trim());
        named.ok_or_else(|| InvalidEventType(text.chars().take(64).collect()))
    }
}

impl TryFrom<String> for EventType {
    type Error = InvalidEventType;

    fn try_from(text: String) -> Result<Self, InvalidEventType> {
        if text == EventType::Test.name() { Ok(EventType::Test) } else { text.parse() }
    }
}

impl From<EventType> for String {
    fn from(event: EventType) -> String {
        event.name().to_owned()
    }
}
