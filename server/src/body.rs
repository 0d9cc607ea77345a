//! Small bodies of JSON.

use rocket::{
    data::{self, Data, FromData, ToByteUnit},
    http::Status,
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

use crate::problem::Problem;

/// The largest body, in bytes.
const MAX_BYTES: u64 = 64 << 10;

/// A body of JSON, or what is wrong with it.
pub(crate) struct Body<T>(pub(crate) Result<T, Problem>);

#[rocket::async_trait]
impl<'r, T: DeserializeOwned> FromData<'r> for Body<T> {
    type Error = std::convert::Infallible;

    async fn from_data(
        request: &'r rocket::Request<'_>,
        data: Data<'r>,
    ) -> data::Outcome<'r, Self> {
        let is_json = request.content_type().is_some_and(|content_type| content_type.is_json());
        let read = data.open(MAX_BYTES.bytes()).into_bytes().await;
        let body = match read {
            _ if !is_json => {
                let detail = "send the body as application/json";
                Err(Problem::new(Status::UnsupportedMediaType, "unsupported_media_type", detail))
            }
            Ok(bytes) if bytes.is_complete() => parsed(&bytes),
            Ok(_) => {
                let detail = format!("the body is larger than {} KiB", MAX_BYTES >> 10);
                Err(Problem::new(Status::PayloadTooLarge, "too_large", detail))
            }
            Err(error) => Err(unreadable(&error)),
        };
        Outcome::Success(Body(body))
    }
}

fn parsed<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => Problem::invalid("the body", error),
        serde_json::error::Category::Io
        | serde_json::error::Category::Syntax
        | serde_json::error::Category::Eof => unreadable(&error),
    })
}

fn unreadable(error: &dyn std::fmt::Display) -> Problem {
    Problem::new(Status::BadRequest, "bad_json", format!("the body cannot be read: {error}"))
}

impl<'r, T: DeserializeOwned + JsonSchema> OpenApiFromData<'r> for Body<T> {
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
