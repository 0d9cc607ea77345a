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

use super::not_found;
use crate::{document::parameter, problem::Problem};

/// How long the token before may be good after a rotation, in seconds: 30 days.
const MAX_GRACE_SECONDS: u64 = 30 * 86_400;

/// The name of a key in a path; what is not one is not found.
pub(crate) struct KeyParam(pub(crate) Result<KeyId, Problem>);

/// Where a page of keys begins.
pub(crate) struct KeyStart(pub(crate) Result<Option<KeyId>, Problem>);

/// How long the token before is good after a rotation.
pub(crate) struct Grace(pub(crate) Result<Duration, Problem>);

impl<'r> FromParam<'r> for KeyParam {
    type Error = Infallible;

    fn from_param(param: &'r str) -> Result<Self, Infallible> {
        Ok(KeyParam(param.parse().map_err(not_found)))
    }
}

impl<'v> FromFormField<'v> for KeyStart {
    fn from_value(field: ValueField<'v>) -> form::Result<'v, Self> {
        let cursor = field.value.parse().map(Some);
        Ok(KeyStart(cursor.map_err(|_| Problem::invalid("cursor", InvalidCursor))))
    }

    fn default() -> Option<Self> {
        Some(KeyStart(Ok(None)))
    }
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

impl<'r> OpenApiFromParam<'r> for KeyParam {
    fn path_parameter(_: &mut OpenApiGenerator, name: String) -> rocket_okapi::Result<Parameter> {
        let schema = json!({ "type": "string", "format": "uuid" });
        let parameter = parameter("path", &name, "The name of the key: a UUIDv7.", schema);
        Ok(Parameter { required: true, ..parameter })
    }
}

impl<'r> OpenApiFromForm<'r> for KeyStart {
    fn form_multi_parameter(
        _: &mut OpenApiGenerator,
        name: String,
        _: bool,
    ) -> rocket_okapi::Result<Vec<Parameter>> {
        let schema = json!({ "type": "string", "format": "uuid" });
        Ok(vec![parameter("query", &name, "The nextCursor of the page before.", schema)])
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
