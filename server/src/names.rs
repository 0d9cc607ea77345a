//! The names of webhooks and of their deliveries, in paths and queries.

use std::convert::Infallible;

use pixmill_engine::{
    model::{EndpointId, MessageId},
    wire::InvalidCursor,
};
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

use crate::{document::parameter, params::path_names, problem::Problem};

/// The name of a webhook in a path; what is not one is not found.
pub(crate) struct Webhook(pub(crate) Result<EndpointId, Problem>);

/// The name of a delivery in a path; what is not one is not found.
pub(crate) struct Message(pub(crate) Result<MessageId, Problem>);

/// Where a page of webhooks begins.
pub(crate) struct WebhookStart(pub(crate) Result<Option<EndpointId>, Problem>);

/// Where a page of deliveries begins.
pub(crate) struct DeliveryStart(pub(crate) Result<Option<MessageId>, Problem>);

path_names! {
    Webhook, WebhookStart: "The name of the webhook: a UUID.",
        { "type": "string", "format": "uuid" };
    Message, DeliveryStart: "The name of the message, as `webhook-id` has it.",
        { "type": "string", "pattern": "^msg_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(_(0|[1-9][0-9]{0,8}))?$" };
}
