//! Deliveries of webhooks, with all that was tried.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Limit, Page};
use crate::model::{Delivery, DeliveryState, RequestId, Try, TryOutcome};

/// One event on its way to one endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[schemars(example = "DeliveryView::example")]
pub struct DeliveryView {
    /// The `webhook-id` that the receiver knows it by.
    pub message_id: String,
    /// The type of the event.
    #[serde(rename = "type")]
    pub kind: String,
    /// The request that it is about; `null` for a test.
    pub request_id: Option<String>,
    /// `pending`, `delivered` or `dead`.
    pub status: String,
    /// Why it is not tried any more, in a sentence; `null` unless it is dead.
    pub dead_reason: Option<String>,
    /// When it is tried next (RFC 3339), unless one before it is still pending then; `null` unless
    /// it is pending.
    pub next_try_at: Option<String>,
    /// When the event was made (RFC 3339).
    pub created_at: String,
    /// How often it was tried in all.
    pub tried: u32,
    /// Every try, the earliest first; of more than 350 the last ones.
    pub tries: Vec<TryView>,
    /// What is sent, as it is signed.
    pub body: String,
}

/// One try to deliver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct TryView {
    /// When it was begun (RFC 3339).
    pub at: String,
    /// How long it took, in milliseconds.
    pub latency_ms: u32,
    /// The status of the answer; `null` where there was none.
    pub status_code: Option<u16>,
    /// The first KiB of the answer; `null` where there was none.
    pub answer: Option<String>,
    /// Why there was no answer, in a sentence; `null` where there was one.
    pub error: Option<String>,
}

/// A page of deliveries: those of the newest request first, and of each the newest event first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct DeliveryList {
    /// The deliveries.
    pub deliveries: Vec<DeliveryView>,
    /// Where the next page begins; `null` on the last.
    pub next_cursor: Option<String>,
}

impl DeliveryList {
    /// The page of so many, made of one more than fit if there is one.
    #[must_use]
    pub fn page(found: Vec<(Option<RequestId>, Delivery)>, limit: Limit) -> Self {
        let page = Page::cut(found, limit, |(_, delivery)| delivery.message.to_string());
        let Page { entries, next_cursor } = page;
        let view = |(request, delivery)| DeliveryView::new(request, &delivery);
        DeliveryList { deliveries: entries.into_iter().map(view).collect(), next_cursor }
    }
}

impl DeliveryView {
    /// The view of a delivery about a request, or of a test.
    #[must_use]
    pub fn new(request: Option<RequestId>, delivery: &Delivery) -> Self {
        let Delivery { message, event, body, made_at, state, tried, tries } = delivery;
        let (status, dead_reason, next) = match state {
            DeliveryState::Pending { due, .. } => ("pending", None, Some(due)),
            DeliveryState::Delivered { .. } => ("delivered", None, None),
            DeliveryState::Dead { because, .. } => ("dead", Some(because.sentence()), None),
        };
        DeliveryView {
            message_id: message.to_string(),
            kind: event.to_string(),
            request_id: request.map(|id| id.to_string()),
            status: status.to_owned(),
            dead_reason,
            next_try_at: next.map(ToString::to_string),
            created_at: made_at.to_string(),
            tried: *tried,
            tries: tries.iter().map(TryView::new).collect(),
            body: body.clone(),
        }
    }

    fn example() -> Self {
        let request = "01890a5d-ac96-774b-bcce-b302099a8057";
        DeliveryView {
            message_id: format!("msg_{request}_2"),
            kind: "request.completed".to_owned(),
            request_id: Some(request.to_owned()),
            status: "pending".to_owned(),
            dead_reason: None,
            next_try_at: Some("2026-01-31T09:35:03.1Z".to_owned()),
            created_at: "2026-01-31T09:30:02.5Z".to_owned(),
            tried: 1,
            tries: vec![TryView {
                at: "2026-01-31T09:30:02.6Z".to_owned(),
                latency_ms: 87,
                status_code: Some(500),
                answer: Some("out of order".to_owned()),
                error: None,
            }],
            body: "{\"type\":\"request.completed\"}".to_owned(),
        }
    }
}

impl TryView {
    fn new(tried: &Try) -> Self {
        let Try { at, latency_ms, outcome } = tried;
        let (status_code, answer, error) = match outcome {
            TryOutcome::Answered { status, excerpt } => {
                (Some(*status), Some(excerpt.clone()), None)
            }
            TryOutcome::Unanswered { reason } => (None, None, Some(reason.clone())),
        };
        TryView { at: at.to_string(), latency_ms: *latency_ms, status_code, answer, error }
    }
}
