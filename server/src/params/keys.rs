//! What stands in paths and queries of keys.

use std::{convert::Infallible, time::Duration};

use pixmill_engine::{model::KeyId, wire::InvalidCursor};
use rocket::{
    form::{self, FromFormField, ValueField},
    request::FromParam,
};
use rocket_okapi::{
    r#gen::OpenApiGenerator,
    okapi::openapi3::Parameter,
    request::{OpenApiFromForm, OpenApiFromParam},
};
use serde_json::json;

use crate::{document::parameter, problem::Problem};

/// How long the token before may be good after a rotation, in seconds: 30 days.
const MAX_GRACE_SECONDS: u64 = 30 * 86_400;

/// The name of a key in a path; what is not one is not found.
pub(crate) struct KeyParam(pub(crate) Result<KeyId, Problem>);

/// Where a page of keys begins.
pub(crate) struct KeyStart(pub(crate) Result<Option<KeyId>, Problem>);

/// How long the token before is good after a rotation.
pub(crate) struct Grace(pub(crate) Result<Duration, Problem>);

path_names! {
    KeyParam, KeyStart: "The name of the key: a UUIDv7.",
        { "type": "string", "format": "uuid" };
}

impl<'v> FromFormField<'v> for Grace {
    fn from_value(field: ValueField<'v>) -> form::Result<'v, Self> {
        let seconds = field.value.parse().ok().filter(|seconds| *seconds <= MAX_GRACE_SECONDS);
        let reason = format!("send a whole number from 0 to {MAX_GRACE_SECONDS}");
        let grace = seconds.map(Duration::from_secs);
        Ok(Grace(grace.ok_or_else(|| Problem::invalid("graceSeconds", reason))))
    }

    fn default() -> Option<Self> {
        Some(Grace(Ok(Duration::ZERO)))
    }
}

impl<'r> OpenApiFromForm<'r> for Grace {
    fn form_multi_parameter(
        _: &mut OpenApiGenerator,
        name: String,
        _: bool,
    ) -> rocket_okapi::Result<Vec<Parameter>> {
        let schema = json!({
            "type": "integer", "minimum": 0, "maximum": MAX_GRACE_SECONDS, "default": 0,
        });
        let about = "For how many seconds the token before is good as well.";
        Ok(vec![parameter("query", &name, about, schema)])
    }
}
