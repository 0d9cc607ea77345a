//! The names of webhooks and of their deliveries, in paths and queries.

use std::convert::Infallible;

use pixmill_engine::{
    model::{EndpointId, MessageId},
    wire::InvalidCursor,
};
use rocket::{
    form::{self, FromFormField, ValueField},
    http::Status,
    request::FromParam,
};
use rocket_okapi::{
    r#gen::OpenApiGenerator,
    okapi::openapi3::Parameter,
    request::{OpenApiFromForm, OpenApiFromParam},
};
use serde_json::json;

use crate::{document::parameter, problem::Problem};

/// The name of a webhook in a path; what is not one is not found.
pub(crate) struct Webhook(pub(crate) Result<EndpointId, Problem>);

/// The name of a delivery in a path; what is not one is not found.
pub(crate) struct Message(pub(crate) Result<MessageId, Problem>);

/// Where a page of webhooks begins.
pub(crate) struct WebhookStart(pub(crate) Result<Option<EndpointId>, Problem>);

/// Where a page of deliveries begins.
pub(crate) struct DeliveryStart(pub(crate) Result<Option<MessageId>, Problem>);

macro_rules! names {
    ($($param:ident, $start:ident: $about:literal, $schema:tt;)*) => {$(
        impl<'r> FromParam<'r> for $param {
            type Error = Infallible;

            fn from_param(param: &'r str) -> Result<Self, Infallible> {
                let not_found = |error| {
                    Problem::new(Status::NotFound, "not_found", format!("{error}"))
                };
                Ok($param(param.parse().map_err(not_found)))
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

names! {
    Webhook, WebhookStart: "The name of the webhook: a UUID.",
        { "type": "string", "format": "uuid" };
    Message, DeliveryStart: "The name of the message, as `webhook-id` has it.",
        { "type": "string", "pattern": "^msg_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(_(0|[1-9][0-9]{0,8}))?$" };
}
