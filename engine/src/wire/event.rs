//! What is sent to the receivers of webhooks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{OutputLinks, ProgressView, status::error_message};
use crate::model::{EventType, Notice, RequestId, Status, Tally, Timestamp};

/// The body of a webhook. It is signed as Standard Webhooks says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[schemars(example = "EventBody::example")]
pub struct EventBody {
    /// `request.received`, `request.processing`, `request.completed`, `request.error`,
    /// `request.cancelled` or, where somebody only tries whether events arrive, `webhook.test`.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it happened (RFC 3339).
    pub timestamp: String,
    /// What it happened to.
    pub data: EventData,
}

/// A request as it was when its status changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct EventData {
    /// The name of the request: a UUIDv7.
    pub request_id: String,
    /// The status that it entered.
    pub status: String,
    /// How far it was.
    pub progress: ProgressView,
    /// What went wrong in one sentence; `null` where nothing did.
    pub error_message: Option<String>,
    /// Where to ask how far it is by now.
    pub status_url: Option<String>,
    /// Where its results sheet is.
    pub results_url: Option<String>,
}

impl EventBody {
    /// The body that tells of a change of a request's status.
    #[must_use]
    pub fn new(request: RequestId, notice: &Notice, links: &OutputLinks) -> Self {
        EventBody {
            kind: notice.event().to_string(),
            timestamp: notice.at.to_string(),
            data: EventData {
                request_id: request.to_string(),
                status: notice.status.name().to_owned(),
                progress: ProgressView::new(&notice.tally),
                error_message: error_message(&notice.status),
                status_url: links.status(request),
                results_url: links.results(request),
            },
        }
    }

    /// The body of a test: as one that tells of a request would look, but there is none.
    #[must_use]
    pub fn test(now: Timestamp) -> Self {
        let progress = ProgressView::new(&Tally::default());
        EventBody {
            kind: EventType::Test.to_string(),
            timestamp: now.to_string(),
            data: EventData {
                request_id: "00000000-0000-0000-0000-000000000000".to_owned(),
                status: Status::Completed.name().to_owned(),
                progress,
                error_message: None,
                status_url: None,
                results_url: None,
            },
        }
    }

    fn example() -> Self {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        let base = "http://127.0.0.1:8000";
        EventBody {
            kind: EventType::Completed.to_string(),
            timestamp: "2026-01-31T09:30:02.5Z".to_owned(),
            data: EventData {
                request_id: id.to_owned(),
                status: Status::Completed.name().to_owned(),
                progress: ProgressView {
                    total: 120,
                    done: 120,
                    failed: 0,
                    bytes_in: 16_777_216,
                    bytes_out: 5_242_880,
                },
                error_message: None,
                status_url: Some(format!("{base}/status/{id}")),
                results_url: Some(format!("{base}/requests/{id}/results.csv")),
            },
        }
    }
}
