//! What an endpoint is to be, read from what somebody wrote.

use std::{fmt, str::FromStr};

use thiserror::Error;

use crate::{
    model::{EndpointName, EventType, HookUrl},
    wire::{WebhookChange, WebhookDraft},
};

/// What a new endpoint is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its name for people.
    pub name: EndpointName,
    /// Where it is.
    pub url: HookUrl,
    /// The types of the events that it wants.
    pub events: Vec<EventType>,
    /// Whether it is delivered to.
    pub is_enabled: bool,
}

/// What is to change of an endpoint; `None` leaves it as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Its name for people.
    pub name: Option<EndpointName>,
    /// Where it is.
    pub url: Option<HookUrl>,
    /// The types of the events that it wants.
    pub events: Option<Vec<EventType>>,
    /// Whether it is delivered to.
    pub is_enabled: Option<bool>,
}

/// A value is none that an endpoint can have.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{field}: {reason}")]
pub struct InvalidDraft {
    /// The field.
    pub field: &'static str,
    /// What is wrong with it.
    pub reason: String,
}

impl InvalidDraft {
    fn new(field: &'static str) -> impl Fn(&dyn fmt::Display) -> InvalidDraft {
        move |reason| InvalidDraft { field, reason: reason.to_string() }
    }
}

impl TryFrom<WebhookDraft> for Draft {
    type Error = InvalidDraft;

    fn try_from(draft: WebhookDraft) -> Result<Self, InvalidDraft> {
        let WebhookDraft { name, url, events, enabled } = draft;
        Ok(Draft {
            name: read("name", &name)?,
            url: read("url", &url)?,
            events: events.map_or_else(|| Ok(EventType::REQUEST.to_vec()), read_events)?,
            is_enabled: enabled.unwrap_or(true),
        })
    }
}

impl TryFrom<WebhookChange> for Change {
    type Error = InvalidDraft;

    fn try_from(change: WebhookChange) -> Result<Self, InvalidDraft> {
        let WebhookChange { name, url, events, enabled } = change;
        Ok(Change {
            name: name.map(|name| read("name", &name)).transpose()?,
            url: url.map(|url| read("url", &url)).transpose()?,
            events: events.map(read_events).transpose()?,
            is_enabled: enabled,
        })
    }
}

fn read<T: FromStr<Err: fmt::Display>>(field: &'static str, text: &str) -> Result<T, InvalidDraft> {
    text.parse().map_err(|error| InvalidDraft::new(field)(&error))
}

/// The events of a list, each once.
fn read_events(names: Vec<String>) -> Result<Vec<EventType>, InvalidDraft> {
    let events: Result<Vec<EventType>, _> = names.iter().map(|name| read("events", name)).collect();
    let mut events = events?;
    events.sort_unstable();
    events.dedup();
    if events.is_empty() {
        return Err(InvalidDraft::new("events")(&"name at least one, or leave it out for all"));
    }
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(events: Option<&[&str]>) -> Result<Draft, InvalidDraft> {
        let names = |events: &[&str]| events.iter().map(|name| (*name).to_owned()).collect();
        Draft::try_from(WebhookDraft {
            name: " Shop ".to_owned(),
            url: "https://shop.example/hook".to_owned(),
            events: events.map(names),
            enabled: None,
        })
    }

    #[test]
    fn what_is_left_out_is_everything() {
        let draft = draft(None).unwrap();
        assert_eq!(draft.events, EventType::REQUEST);
        assert!(draft.is_enabled);
        assert_eq!(draft.name.to_string(), "Shop");
    }

    #[test]
    fn events_are_named_once_and_no_others_are() {
        let twice = ["request.error", "request.completed", "request.error"];
        let draft_of = draft(Some(&twice)).unwrap();
        assert_eq!(draft_of.events, [EventType::Completed, EventType::Error]);
        for wrong in [&[][..], &["request.done"], &["webhook.test"], &[""]] {
            assert_eq!(draft(Some(wrong)).unwrap_err().field, "events", "{wrong:?}");
        }
    }
}
