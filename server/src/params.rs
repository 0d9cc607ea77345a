//! What stands in paths, queries and headers, read and documented.

use std::convert::Infallible;

use pixmill_engine::{
    Engine, Error,
    gallery::RenditionName,
    model::{RequestId, Sight},
    wire::{InvalidCursor, Limit},
};
use rocket::{
    form::{self, FromFormField, ValueField},
    http::Status,
    outcome::Outcome,
    request::{self, FromParam, FromRequest},
};
use rocket_okapi::{
    r#gen::OpenApiGenerator,
    okapi::openapi3::Parameter,
    request::{OpenApiFromForm, OpenApiFromParam, OpenApiFromRequest, RequestHeaderInput},
};
use serde_json::json;

use crate::{auth::Sees, document::parameter, problem::Problem};
pub(crate) use keys::{Grace, KeyParam, KeyStart};
pub(crate) use products::{OnlyFailed, Place, ProductStart, Row};

/// What names something in a path, and where a page of such things begins in a query.
macro_rules! path_names {
    ($($param:ident, $start:ident: $about:literal, $schema:tt;)*) => {$(
        impl<'r> FromParam<'r> for $param {
            type Error = Infallible;

            fn from_param(param: &'r str) -> Result<Self, Infallible> {
                Ok($param(param.parse().map_err($crate::params::not_found)))
            }
        }

        impl<'r> OpenApiFromParam<'r> for $param {
            fn path_parameter(
                _: &mut OpenApiGenerator,
                name: String,
            ) -> rocket_okapi::Result<Parameter> {
                let parameter = parameter("path", &name, $about, json!($schema));
                Ok(Parameter { required: true, ..parameter })
            }
        }

        impl<'v> FromFormField<'v> for $start {
            fn from_value(field: ValueField<'v>) -> form::Result<'v, Self> {
                let cursor = field.value.parse().map(Some);
                Ok($start(cursor.map_err(|_| Problem::invalid("cursor", InvalidCursor))))
            }

            fn default() -> Option<Self> {
                Some($start(Ok(None)))
            }
        }

        impl<'r> OpenApiFromForm<'r> for $start {
            fn form_multi_parameter(
                _: &mut OpenApiGenerator,
                name: String,
                _: bool,
            ) -> rocket_okapi::Result<Vec<Parameter>> {
                let about = "The nextCursor of the page before.";
                Ok(vec![parameter("query", &name, about, json!($schema))])
            }
        }
    )*};
}

pub(crate) use path_names;

mod keys;
mod products;

path_names! {
    Id, RequestStart: "The name of the request: a UUIDv7.",
        { "type": "string", "format": "uuid" };
}

/// The name of a request in a path; what is not one is not found.
pub(crate) struct Id(Result<RequestId, Problem>);

/// The name of a rendition in a path; what is not one is not found.
pub(crate) struct Name(pub(crate) Result<RenditionName, Problem>);

/// How many entries a page has at most.
pub(crate) struct PageLength(pub(crate) Result<Limit, Problem>);

/// Where a page of requests begins.
pub(crate) struct RequestStart(pub(crate) Result<Option<RequestId>, Problem>);

/// The word by which a sender marks an upload (draft-ietf-httpapi-idempotency-key-header).
pub(crate) struct IdempotencyKey(pub(crate) Result<Option<String>, Problem>);

impl Id {
    /// The request, if whoever asks sees it. What one does not see is not there.
    pub(crate) async fn seen_by(
        self,
        caller: &impl Sees,
        engine: &Engine,
    ) -> Result<RequestId, Problem> {
        let (id, sight) = (self.0?, caller.sight());
        if sight == Sight::All || sight.covers(engine.owner(id).await?) {
            Ok(id)
        } else {
            Err(Error::NotFound(id).into())
        }
    }

    /// The request, whoever asks.
    pub(crate) fn unguarded(self) -> Result<RequestId, Problem> {
        self.0
    }
}

impl<'r> FromParam<'r> for Name {
    type Error = Infallible;

    fn from_param(param: &'r str) -> Result<Self, Infallible> {
        Ok(Name(param.parse().map_err(not_found)))
    }
}

pub(crate) fn not_found(error: impl std::fmt::Display) -> Problem {
    Problem::new(Status::NotFound, "not_found", error.to_string())
}

impl<'v> FromFormField<'v> for PageLength {
    fn from_value(field: ValueField<'v>) -> form::Result<'v, Self> {
        let limit = field.value.parse();
        Ok(PageLength(limit.map_err(|error| Problem::invalid("limit", error))))
    }

    fn default() -> Option<Self> {
        Some(PageLength(Ok(Limit::default())))
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for IdempotencyKey {
    type Error = Infallible;

    async fn from_request(request: &'r rocket::Request<'_>) -> request::Outcome<Self, Self::Error> {
        let mut keys = request.headers().get("Idempotency-Key");
        let key = match (keys.next(), keys.next()) {
            (None, _) => Ok(None),
            (Some(key), None) if is_key(key) => Ok(Some(key.to_owned())),
            (Some(_), _) => Err(Problem::new(
                Status::BadRequest,
                "bad_idempotency_key",
                "Idempotency-Key: send one of 1 to 255 visible ASCII characters",
            )),
        };
        Outcome::Success(IdempotencyKey(key))
    }
}

fn is_key(key: &str) -> bool {
    (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
}

impl<'r> OpenApiFromParam<'r> for Name {
    fn path_parameter(_: &mut OpenApiGenerator, name: String) -> rocket_okapi::Result<Parameter> {
        let schema = json!({
            "type": "string", "pattern": "^[a-z0-9][a-z0-9._-]*$", "maxLength": 160,
            "example": "1-blue-mug-1.webp",
        });
        let parameter = parameter("path", &name, "The file's name, as outputs link to it.", schema);
        Ok(Parameter { required: true, ..parameter })
    }
}

impl<'r> OpenApiFromForm<'r> for PageLength {
    fn form_multi_parameter(
        _: &mut OpenApiGenerator,
        name: String,
        _: bool,
    ) -> rocket_okapi::Result<Vec<Parameter>> {
        let schema = json!({ "type": "integer", "minimum": 1, "maximum": 1000, "default": 100 });
        Ok(vec![parameter("query", &name, "How many entries the page has at most.", schema)])
    }
}

impl<'r> OpenApiFromRequest<'r> for IdempotencyKey {
    fn from_request_input(
        _: &mut OpenApiGenerator,
        _: String,
        _: bool,
    ) -> rocket_okapi::Result<RequestHeaderInput> {
        let schema = json!({
            "type": "string", "pattern": "^[!-~]+$", "minLength": 1, "maxLength": 255,
        });
        let about = "A word of your choice: however often the same sheet and recipe are sent \
                     with it, they make one request.";
        let parameter = parameter("header", "Idempotency-Key", about, schema);
        Ok(RequestHeaderInput::Parameter(parameter))
    }
}
