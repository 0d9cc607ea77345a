//! One request with its products.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{OutputLinks, ProductCursor};
use crate::model::{ImageState, Product, Rendition, Request, RequestId, Status, Tally};

/// The answer to an upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[schemars(example = "ReceivedView::example")]
pub struct ReceivedView {
    /// Always `received`.
    pub status: String,
    /// The name of the new request: a UUIDv7.
    pub request_id: String,
    /// What events to the `webhookUrl` of the upload are signed with, as the libraries of Standard
    /// Webhooks take it; left out where the upload named none. Keep it: it is not shown again, not
    /// even where the same upload is sent again with its `Idempotency-Key`. Whoever missed it hands
    /// the sheet in with another key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook_secret: Option<String>,
}

impl ReceivedView {
    /// The answer for a request, with the secret of its own webhooks, written out.
    #[must_use]
    pub fn new(id: RequestId, webhook_secret: Option<String>) -> Self {
        ReceivedView {
            status: Status::Received.name().to_owned(),
            request_id: id.to_string(),
            webhook_secret,
        }
    }

    fn example() -> Self {
        ReceivedView {
            status: "received".to_owned(),
            request_id: "01890a5d-ac96-774b-bcce-b302099a8057".to_owned(),
            webhook_secret: Some("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".to_owned()),
        }
    }
}

/// One request with a page of its products.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[schemars(example = "StatusView::example")]
pub struct StatusView {
    /// The name of the request: a UUIDv7.
    pub request_id: String,
    /// `received`, `processing`, `completed`, `error` or `cancelled`.
    pub status: String,
    /// A page of the sheet's rows in order, with what has become of their images.
    pub processed_data: Vec<ProductView>,
    /// What went wrong in one sentence; `null` where nothing did.
    pub error_message: Option<String>,
    /// How far the request is.
    pub progress: ProgressView,
    /// When the sheet was accepted (RFC 3339).
    pub created_at: String,
    /// When the status last changed (RFC 3339).
    pub updated_at: String,
    /// Where the next page begins; `null` on the last.
    pub next_cursor: Option<String>,
}

impl StatusView {
    /// The view of a request, of what has become of all its images, and of a page of its products.
    #[must_use]
    pub fn new(
        request: &Request,
        tally: &Tally,
        products: Vec<ProductView>,
        next: Option<ProductCursor>,
    ) -> Self {
        StatusView {
            request_id: request.id.to_string(),
            status: request.status.name().to_owned(),
            processed_data: products,
            error_message: error_message(&request.status),
            progress: ProgressView::new(tally),
            created_at: request.created_at.to_string(),
            updated_at: request.updated_at.to_string(),
            next_cursor: next.map(|cursor| cursor.to_string()),
        }
    }

    fn example() -> Self {
        StatusView {
            request_id: "01890a5d-ac96-774b-bcce-b302099a8057".to_owned(),
            status: "error".to_owned(),
            processed_data: vec![ProductView::example()],
            error_message: Some("1 of 2 images failed: 1x HTTP 404".to_owned()),
            progress: ProgressView { total: 2, done: 1, failed: 1, ..ProgressView::example() },
            created_at: "2026-01-31T09:30:00.000Z".to_owned(),
            updated_at: "2026-01-31T09:30:02.500Z".to_owned(),
            next_cursor: None,
        }
    }
}

pub(super) fn error_message(status: &Status) -> Option<String> {
    match status {
        Status::Error { message } => Some(message.clone()),
        Status::Received | Status::Processing | Status::Completed | Status::Cancelled => None,
    }
}

/// One row of the sheet, with what has become of its images.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[schemars(example = "ProductView::example")]
pub struct ProductView {
    /// The place of the row in the sheet, counted from 0.
    pub row: u64,
    /// What the sheet calls the row.
    pub serial_number: String,
    /// The product's name.
    pub product_name: String,
    /// Where the images come from, in the order of the cell.
    pub input_image_urls: Vec<String>,
    /// Where the renditions are: one place for each input, `null` where there is none (yet).
    pub output_image_urls: Vec<Option<String>>,
    /// What the renditions are that were made for this request.
    pub renditions: Vec<RenditionView>,
    /// Why images have no rendition.
    pub errors: Vec<FailureView>,
}

/// A compressed image beside its source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct RenditionView {
    /// The place of the image in `inputImageUrls`, counted from 0.
    pub index: usize,
    /// `webp`, `jpeg`, `png`, `avif`, `gif`, `tiff` or `bmp`.
    pub format: String,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Size in bytes.
    pub bytes: u64,
    /// The source's format, as `format` has it.
    pub source_format: String,
    /// The source's width in pixels, as it is shown.
    pub source_width: u32,
    /// The source's height in pixels, as it is shown.
    pub source_height: u32,
    /// The source's size in bytes.
    pub source_bytes: u64,
}

impl RenditionView {
    fn new(index: usize, rendition: &Rendition) -> Self {
        let Rendition {
            name: _,
            format,
            width,
            height,
            bytes,
            source_bytes,
            source_width,
            source_height,
            source_format,
            fetch_ms: _,
        } = rendition;
        RenditionView {
            index,
            format: format.to_string(),
            width: *width,
            height: *height,
            bytes: *bytes,
            source_format: source_format.to_string(),
            source_width: *source_width,
            source_height: *source_height,
            source_bytes: *source_bytes,
        }
    }
}

/// Why one image has no rendition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct FailureView {
    /// The place of the image in `inputImageUrls`, counted from 0.
    pub index: usize,
    /// What kind of failure it is, such as `http_status`.
    pub code: String,
    /// The same in words.
    pub message: String,
    /// Whether the same image may succeed when it is tried again.
    pub retryable: bool,
}

impl ProductView {
    /// The view of a product of a request.
    #[must_use]
    pub fn new(id: RequestId, row: u64, product: &Product, links: &OutputLinks) -> Self {
        let images = &product.images;
        let failure = |(index, state): (usize, &ImageState)| match state {
            ImageState::Failed(failure) => Some(FailureView {
                index,
                code: failure.code.name().to_owned(),
                message: failure.message.clone(),
                retryable: failure.is_retryable,
            }),
            ImageState::Waiting | ImageState::Done(_) | ImageState::Kept { .. } => None,
        };
        let rendition = |(index, state): (usize, &ImageState)| match state {
            ImageState::Done(rendition) => Some(RenditionView::new(index, rendition)),
            ImageState::Waiting | ImageState::Failed(_) | ImageState::Kept { .. } => None,
        };
        let states = images.iter().map(|image| &image.state);
        ProductView {
            row,
            serial_number: product.serial_number.clone(),
            product_name: product.product_name.clone(),
            input_image_urls: images.iter().map(|i| i.link.as_str().to_owned()).collect(),
            output_image_urls: states.clone().map(|state| links.output(id, state)).collect(),
            renditions: states.clone().enumerate().filter_map(rendition).collect(),
            errors: states.enumerate().filter_map(failure).collect(),
        }
    }

    fn example() -> Self {
        let shop = "https://shop.example/photos";
        let images = "http://127.0.0.1:8000/images/01890a5d-ac96-774b-bcce-b302099a8057";
        ProductView {
            row: 0,
            serial_number: "1".to_owned(),
            product_name: "Blue Mug".to_owned(),
            input_image_urls: vec![format!("{shop}/mug.jpg"), format!("{shop}/mug-back.jpg")],
            output_image_urls: vec![Some(format!("{images}/1-blue-mug-1.webp")), None],
            renditions: vec![RenditionView {
                index: 0,
                format: "webp".to_owned(),
                width: 1_200,
                height: 800,
                bytes: 84_000,
                source_format: "jpeg".to_owned(),
                source_width: 3_000,
                source_height: 2_000,
                source_bytes: 1_400_000,
            }],
            errors: vec![FailureView {
                index: 1,
                code: "http_status".to_owned(),
                message: "HTTP 404".to_owned(),
                retryable: false,
            }],
        }
    }
}

/// How far a request is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[schemars(example = "ProgressView::example")]
pub struct ProgressView {
    /// How many images the sheet names.
    pub total: u64,
    /// How many have a rendition.
    pub done: u64,
    /// How many failed.
    pub failed: u64,
    /// Bytes of the sources that were compressed.
    pub bytes_in: u64,
    /// Bytes of their renditions.
    pub bytes_out: u64,
}

impl ProgressView {
    /// The view of what has become of a request's images.
    #[must_use]
    pub fn new(tally: &Tally) -> Self {
        let Tally { total, done, failed, bytes_in, bytes_out } = tally;
        ProgressView {
            total: *total,
            done: *done,
            failed: *failed,
            bytes_in: *bytes_in,
            bytes_out: *bytes_out,
        }
    }

    fn example() -> Self {
        ProgressView { total: 120, done: 80, failed: 2, bytes_in: 16_777_216, bytes_out: 5_242_880 }
    }
}
