//! `/webhooks/{id}/deliveries`: what was sent to an endpoint, and what came of it.

use pixmill_engine::{
    Engine,
    wire::{DeliveryList, DeliveryView, EventBody},
};
use rocket::{State, get, post, response::status::Accepted, serde::json::Json};
use rocket_okapi::{r#gen::OpenApiGenerator, openapi, settings::OpenApiSettings};

use crate::{
    auth::{CanUpload, CanView, Sees},
    document,
    names::{DeliveryStart, Message, Webhook},
    params::PageLength,
    problem::Problem,
};

pub(super) fn routes_and_docs() -> document::Part {
    let (routes, mut docs) = document::part![
        list_deliveries: [404, 422],
        redeliver: [404, 409],
    ];
    // No operation of ours has it, but it is what receivers are sent.
    let mut generator = OpenApiGenerator::new(&OpenApiSettings::default());
    generator.json_schema::<EventBody>();
    let schemas = generator.into_openapi().components.unwrap_or_default().schemas;
    docs.components.get_or_insert_default().schemas.extend(schemas);
    (routes, docs)
}

/// # What was sent to a webhook
///
/// With each try and how the answer began; those of the newest request first, and of each the
/// newest event first. The receiver that an upload named by `webhookUrl` has the name of the
/// request.
#[openapi(tag = "webhooks")]
#[get("/webhooks/<id>/deliveries?<cursor>&<limit>")]
async fn list_deliveries(
    viewer: CanView,
    id: Webhook,
    cursor: DeliveryStart,
    limit: PageLength,
    engine: &State<Engine>,
) -> Result<Json<DeliveryList>, Problem> {
    let (id, cursor, limit) = (id.0?, cursor.0?, limit.0?);
    let webhooks = engine.webhooks();
    let found = webhooks.deliveries(viewer.sight(), id, cursor, limit.and_one_more()).await?;
    Ok(Json(DeliveryList::page(found, limit)))
}

/// # Send a webhook again
///
/// Whatever has become of it: it is due at once, and has all its tries before it.
#[openapi(tag = "webhooks")]
#[post("/webhooks/<id>/deliveries/<message>/redeliver")]
async fn redeliver(
    uploader: CanUpload,
    id: Webhook,
    message: Message,
    engine: &State<Engine>,
) -> Result<Accepted<Json<DeliveryView>>, Problem> {
    let (id, message) = (id.0?, message.0?);
    let (request, delivery) = engine.webhooks().redeliver(uploader.sight(), id, message).await?;
    Ok(Accepted(Json(DeliveryView::new(request, &delivery))))
}
