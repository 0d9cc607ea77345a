//! Bodies of JSON, read and documented.

use pixmill_engine::wire::{DownloadOrder, KeyOrder, WebhookChange, WebhookDraft};
use rocket::{
    data::{self, Data, FromData, ToByteUnit},
    http::{ContentType, Status},
    outcome::Outcome,
};
use rocket_okapi::{
    r#gen::OpenApiGenerator,
    okapi::{
        Map,
        openapi3::{MediaType, RequestBody},
    },
    request::OpenApiFromData,
};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::problem::{Problem, internal};

/// The longest body, in bytes.
const BODY_BYTES: u64 = 64 << 10;

/// A body of JSON, or what is wrong with it.
pub(crate) struct Body<T>(pub(crate) Result<T, Problem>);

/// What a body of JSON can be of.
pub(crate) trait Readable: DeserializeOwned + JsonSchema + Send {}

impl Readable for WebhookDraft {}
impl Readable for WebhookChange {}
impl Readable for KeyOrder {}
impl Readable for DownloadOrder {}

#[rocket::async_trait]
impl<'r, T: Readable> FromData<'r> for Body<T> {
    type Error = std::convert::Infallible;

    async fn from_data(
        request: &'r rocket::Request<'_>,
        data: Data<'r>,
    ) -> data::Outcome<'r, Self> {
        Outcome::Success(Body(read(request.content_type(), data).await))
    }
}

async fn read<T: Readable>(
    content_type: Option<&ContentType>,
    data: Data<'_>,
) -> Result<T, Problem> {
    if !content_type.is_some_and(|sent| sent.is_json()) {
        let detail = "send JSON, and say so: Content-Type: application/json";
        return Err(Problem::new(Status::UnsupportedMediaType, "unsupported_media_type", detail));
    }
    let body = data.open(BODY_BYTES.bytes()).into_bytes().await.map_err(|e| internal(&e))?;
    if !body.is_complete() {
        let detail = format!("the body is longer than {} KiB", BODY_BYTES >> 10);
        return Err(Problem::new(Status::PayloadTooLarge, "too_large", detail));
    }
    let wrong = |error: serde_json::Error| {
        let detail = format!("the body cannot be read: {error}");
        if error.is_data() {
            Problem::new(Status::UnprocessableEntity, "invalid_value", detail)
        } else {
            Problem::new(Status::BadRequest, "bad_json", detail)
        }
    };
    // A list of the values, which serde takes as well, is not what the document describes.
    let object: serde_json::Map<String, Value> = serde_json::from_slice(&body).map_err(wrong)?;
    serde_json::from_value(Value::Object(object)).map_err(wrong)
}

impl<'r, T: Readable> OpenApiFromData<'r> for Body<T> {
    fn request_body(generator: &mut OpenApiGenerator) -> rocket_okapi::Result<RequestBody> {
        let schema = Some(generator.json_schema::<T>());
        let media = MediaType { schema, ..MediaType::default() };
        Ok(RequestBody {
            content: Map::from_iter([("application/json".to_owned(), media)]),
            required: true,
            ..RequestBody::default()
        })
    }
}
