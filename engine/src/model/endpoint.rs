//! Receivers of webhooks that are registered.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{EndpointId, EventType, KeyId, Receiver, Request, Timestamp};

/// The longest name of an endpoint, in characters.
const NAME_CHARS: usize = 100;

/// A receiver of webhooks that is registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoint {
    /// The endpoint's name for programs.
    #[serde(rename = "_id")]
    pub id: EndpointId,
    /// The API key that it was made with; none where the server asks for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<KeyId>,
    /// Of which requests it hears.
    pub scope: Scope,
    /// Its name for people.
    pub name: EndpointName,
    /// The types of the events that it wants.
    pub events: Vec<EventType>,
    /// Where it is.
    pub receiver: Receiver,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Of which requests an endpoint hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Scope {
    /// Of those of its owner.
    Own,
    /// Of all: it was made with the key of an admin, or where no keys are asked for.
    All,
    /// Of all: the settings of the server name it.
    Server,
}

impl Endpoint {
    /// Whether it may hear of a request at all. No other rule says so.
    #[must_use]
    pub fn hears_of(&self, request: &Request) -> bool {
        match self.scope {
            Scope::All | Scope::Server => true,
            Scope::Own => self.owner.is_some() && self.owner == request.owner,
        }
    }

    /// Whether it is to be told of an event, or would be if it were enabled.
    #[must_use]
    pub fn wants(&self, event: EventType) -> bool {
        !self.receiver.has_ended() && self.events.contains(&event)
    }
}

/// The name of an endpoint for people: 1 to 100 characters, none of them a control character.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct EndpointName(String);

/// Some text is not the name of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a name has 1 to 100 characters, and none of them is a control character")]
pub struct InvalidEndpointName;

impl FromStr for EndpointName {
    type Err = InvalidEndpointName;

    fn from_str(text: &str) -> Result<Self, InvalidEndpointName> {
        let text = text.trim();
        let is_name =
            (1..=NAME_CHARS).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if is_name { Ok(EndpointName(text.to_owned())) } else { Err(InvalidEndpointName) }
    }
}

impl TryFrom<String> for EndpointName {
    type Error = InvalidEndpointName;

    fn try_from(text: String) -> Result<Self, InvalidEndpointName> {
        text.parse()
    }
}

impl From<EndpointName> for String {
    fn from(name: EndpointName) -> String {
        name.0
    }
}

impl fmt::Display for EndpointName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
