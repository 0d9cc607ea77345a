//! Webhook endpoints, as they are asked for and shown.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Limit, Page};
use crate::model::{Endpoint, EventType, ReceiverState, Scope};

/// What a new webhook endpoint is to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(example = "WebhookDraft::example")]
pub struct WebhookDraft {
    /// Its name for people: 1 to 100 characters.
    pub name: String,
    /// Where events are sent: http or https, at a public address unless the server allows others.
    pub url: String,
    /// The types of the events that it wants. Default: all.
    #[serde(default)]
    pub events: Option<Vec<String>>,
    /// Whether events are sent to it. Default: true.
    #[serde(default)]
    pub enabled: Option<bool>,
}

/// What is to change of a webhook endpoint; what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(example = "WebhookChange::example")]
pub struct WebhookChange {
    /// Its name for people: 1 to 100 characters.
    #[serde(default)]
    pub name: Option<String>,
    /// Where events are sent.
    #[serde(default)]
    pub url: Option<String>,
    /// The types of the events that it wants.
    #[serde(default)]
    pub events: Option<Vec<String>>,
    /// Whether events are sent to it. `true` also takes back that it was disabled because it failed.
    #[serde(default)]
    pub enabled: Option<bool>,
}

/// A webhook endpoint. Its secret is not shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[schemars(example = "WebhookView::example")]
pub struct WebhookView {
    /// The name of the endpoint: a UUID.
    pub webhook_id: String,
    /// Its name for people.
    pub name: String,
    /// Where events are sent.
    pub url: String,
    /// The types of the events that it wants.
    pub events: Vec<String>,
    /// Of whose requests it hears: `own`, `all`, or `server` where the server's settings name it
    /// and it hears of all.
    pub scope: String,
    /// Whether events are sent to it.
    pub enabled: bool,
    /// Why no events are sent to it, in a sentence; `null` where they are.
    pub disabled_reason: Option<String>,
    /// Since when none are sent to it (RFC 3339); `null` where they are.
    pub disabled_at: Option<String>,
    /// Since when all that was tried has failed (RFC 3339); `null` where the last try got through.
    pub failing_since: Option<String>,
    /// Up to when events are also signed with the secret before the present one (RFC 3339); `null`
    /// where there was none.
    pub previous_secret_until: Option<String>,
    /// When it was made (RFC 3339).
    pub created_at: String,
}

/// A webhook endpoint with the secret that its events are signed with, which is shown this once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[schemars(example = "WebhookSecretView::example")]
pub struct WebhookSecretView {
    /// The endpoint.
    pub webhook: WebhookView,
    /// The secret, as the libraries of Standard Webhooks take it. Keep it: it is not shown again.
    pub secret: String,
}

/// A page of webhook endpoints, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct WebhookList {
    /// The endpoints.
    pub webhooks: Vec<WebhookView>,
    /// Where the next page begins; `null` on the last.
    pub next_cursor: Option<String>,
}

impl WebhookList {
    /// The page of so many, made of one more than fit if there is one.
    #[must_use]
    pub fn page(found: Vec<Endpoint>, limit: Limit) -> Self {
        let Page { entries, next_cursor } = Page::cut(found, limit, |endpoint| endpoint.id);
        WebhookList { webhooks: entries.iter().map(WebhookView::new).collect(), next_cursor }
    }
}

impl WebhookView {
    /// The view of an endpoint.
    #[must_use]
    pub fn new(endpoint: &Endpoint) -> Self {
        let Endpoint { id, owner: _, scope, name, events, receiver, created_at } = endpoint;
        let (disabled_reason, disabled_at, failing_since) = match receiver.state {
            ReceiverState::Enabled { failing } => {
                (None, None, failing.map(|failing| failing.since))
            }
            ReceiverState::Disabled { because, at } => {
                (Some(because.sentence().to_owned()), Some(at), None)
            }
        };
        let scope = match scope {
            Scope::Own => "own",
            Scope::All => "all",
            Scope::Server => "server",
        };
        let previous = receiver.secrets.previous.as_ref();
        WebhookView {
            webhook_id: id.to_string(),
            name: name.to_string(),
            url: receiver.url.to_string(),
            events: names(events),
            scope: scope.to_owned(),
            enabled: receiver.is_enabled(),
            disabled_reason,
            disabled_at: disabled_at.map(|at| at.to_string()),
            failing_since: failing_since.map(|at| at.to_string()),
            previous_secret_until: previous.map(|retired| retired.until.to_string()),
            created_at: created_at.to_string(),
        }
    }

    fn example() -> Self {
        WebhookView {
            webhook_id: "01890a5d-ac96-774b-bcce-b302099a8057".to_owned(),
            name: "Shop".to_owned(),
            url: "https://shop.example/hooks/pixmill".to_owned(),
            events: names(&EventType::REQUEST),
            scope: "own".to_owned(),
            enabled: true,
            disabled_reason: None,
            disabled_at: None,
            failing_since: None,
            previous_secret_until: None,
            created_at: "2026-01-31T09:30:00Z".to_owned(),
        }
    }
}

impl WebhookSecretView {
    /// The view of an endpoint with its secret, written out.
    #[must_use]
    pub fn new(endpoint: &Endpoint, secret: String) -> Self {
        WebhookSecretView { webhook: WebhookView::new(endpoint), secret }
    }

    fn example() -> Self {
        WebhookSecretView {
            webhook: WebhookView::example(),
            secret: "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".to_owned(),
        }
    }
}

impl WebhookDraft {
    fn example() -> Self {
        WebhookDraft {
            name: "Shop".to_owned(),
            url: "https://shop.example/hooks/pixmill".to_owned(),
            events: Some(names(&[EventType::Completed, EventType::Error])),
            enabled: Some(true),
        }
    }
}

impl WebhookChange {
    fn example() -> Self {
        WebhookChange { enabled: Some(false), ..WebhookChange::default() }
    }
}

fn names(events: &[EventType]) -> Vec<String> {
    events.iter().map(ToString::to_string).collect()
}
