//! Requests without their products.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ProgressView, status::error_message};
use crate::model::{Recipe, Request, Tally};

/// One request without its products: an entry of the list, and an event of the stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[schemars(example = "RequestView::example")]
pub struct RequestView {
    /// The name of the request: a UUIDv7.
    pub request_id: String,
    /// `received`, `processing`, `completed`, `error` or `cancelled`.
    pub status: String,
    /// What went wrong in one sentence; `null` where nothing did.
    pub error_message: Option<String>,
    /// What the sheet's file was called, if whoever sent it said.
    pub file_name: Option<String>,
    /// How its images are compressed, where a row does not say otherwise.
    pub recipe: RecipeView,
    /// How many rows the sheet has.
    pub products: u64,
    /// How far the request is.
    pub progress: ProgressView,
    /// When the sheet was accepted (RFC 3339).
    pub created_at: String,
    /// When the status last changed (RFC 3339).
    pub updated_at: String,
    /// Whether it was made elsewhere, on a computer or in a deployment that this one syncs with: then
    /// it can be cancelled or tried again only there.
    pub made_elsewhere: bool,
}

impl RequestView {
    /// The view of a request and of what has become of its images.
    #[must_use]
    pub fn new(request: &Request, tally: &Tally) -> Self {
        RequestView {
            request_id: request.id.to_string(),
            status: request.status.name().to_owned(),
            error_message: error_message(&request.status),
            file_name: request.sheet.name.clone(),
            recipe: RecipeView::new(&request.recipe),
            products: request.products,
            progress: ProgressView::new(tally),
            created_at: request.created_at.to_string(),
            updated_at: request.updated_at.to_string(),
            made_elsewhere: request.origin.is_some(),
        }
    }

    /// Whether there is work left to be done.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.status.as_str(), "received" | "processing")
    }

    fn example() -> Self {
        RequestView {
            request_id: "01890a5d-ac96-774b-bcce-b302099a8057".to_owned(),
            status: "processing".to_owned(),
            error_message: None,
            file_name: Some("products.csv".to_owned()),
            recipe: RecipeView::new(&Recipe::default()),
            products: 60,
            progress: ProgressView {
                total: 120,
                done: 80,
                failed: 2,
                bytes_in: 16_777_216,
                bytes_out: 5_242_880,
            },
            created_at: "2026-01-31T09:30:00.000Z".to_owned(),
            updated_at: "2026-01-31T09:30:02.500Z".to_owned(),
            made_elsewhere: false,
        }
    }
}

/// How images are compressed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct RecipeView {
    /// `webp`, `jpeg`, `png`, `avif` or `keep`.
    pub format: String,
    /// 1 to 100; `null` is the format's own default.
    pub quality: Option<u8>,
    /// The largest width in pixels; `null` where there is none.
    pub max_width: Option<u32>,
    /// The largest height in pixels; `null` where there is none.
    pub max_height: Option<u32>,
    /// `drop` or `keep`.
    pub metadata: String,
}

impl RecipeView {
    fn new(recipe: &Recipe) -> Self {
        let Recipe { format, quality, max_width, max_height, metadata } = *recipe;
        RecipeView {
            format: format.to_string(),
            quality: quality.map(u8::from),
            max_width: max_width.map(u32::from),
            max_height: max_height.map(u32::from),
            metadata: metadata.to_string(),
        }
    }
}

/// A page of requests, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct RequestList {
    /// The requests.
    pub requests: Vec<RequestView>,
    /// Where the next page begins; `null` on the last.
    pub next_cursor: Option<String>,
}
