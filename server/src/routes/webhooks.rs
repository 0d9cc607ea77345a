//! `/webhooks`: the endpoints that are told of changes of status.

use pixmill_engine::{
    Engine,
    wire::{
        DeliveryView, WebhookChange, WebhookDraft, WebhookList, WebhookSecretView, WebhookView,
    },
};
use rocket::{
    State, delete, get, patch, post,
    response::status::{Created, NoContent},
    serde::json::Json,
};
use rocket_okapi::openapi;

use crate::{
    auth::{CanUpload, CanView, Sees},
    body::Body,
    document,
    names::{Webhook, WebhookStart},
    params::PageLength,
    problem::Problem,
};

pub(super) fn routes_and_docs() -> document::Part {
    document::part![
        create_webhook: [400, 409, 413, 415, 422],
        list_webhooks: [422],
        show_webhook: [404],
        update_webhook: [400, 404, 409, 413, 415, 422],
        remove_webhook: [404, 409],
        rotate_webhook: [404, 409],
        test_webhook: [404],
    ]
}

/// # Register a webhook
///
/// The answer has the secret that events are signed with; it is not shown again.
#[openapi(tag = "webhooks")]
#[post("/webhooks", data = "<draft>")]
async fn create_webhook(
    uploader: CanUpload,
    draft: Body<WebhookDraft>,
    engine: &State<Engine>,
) -> Result<Created<Json<WebhookSecretView>>, Problem> {
    let draft = draft.0?.try_into()?;
    let (endpoint, secret) =
        engine.webhooks().create(uploader.0.owner(), uploader.sight(), draft).await?;
    let view = WebhookSecretView::new(&endpoint, secret.reveal());
    Ok(Created::new(format!("/webhooks/{}", endpoint.id)).body(Json(view)))
}

/// # All webhooks, newest first
#[openapi(tag = "webhooks")]
#[get("/webhooks?<cursor>&<limit>")]
async fn list_webhooks(
    viewer: CanView,
    cursor: WebhookStart,
    limit: PageLength,
    engine: &State<Engine>,
) -> Result<Json<WebhookList>, Problem> {
    let (cursor, limit) = (cursor.0?, limit.0?);
    let found = engine.webhooks().list(viewer.sight(), cursor, limit.and_one_more()).await?;
    Ok(Json(WebhookList::page(found, limit)))
}

/// # One webhook
#[openapi(tag = "webhooks")]
#[get("/webhooks/<id>")]
async fn show_webhook(
    viewer: CanView,
    id: Webhook,
    engine: &State<Engine>,
) -> Result<Json<WebhookView>, Problem> {
    let endpoint = engine.webhooks().show(viewer.sight(), id.0?).await?;
    Ok(Json(WebhookView::new(&endpoint)))
}

/// # Change a webhook
///
/// What is left out stays. `enabled: true` also brings one back that was disabled because it
/// failed, but none whose API key was revoked or has expired.
#[openapi(tag = "webhooks")]
#[patch("/webhooks/<id>", data = "<change>")]
async fn update_webhook(
    uploader: CanUpload,
    id: Webhook,
    change: Body<WebhookChange>,
    engine: &State<Engine>,
) -> Result<Json<WebhookView>, Problem> {
    let (id, change) = (id.0?, change.0?.try_into()?);
    let endpoint = engine.webhooks().update(uploader.sight(), id, change).await?;
    Ok(Json(WebhookView::new(&endpoint)))
}

/// # Delete a webhook with all its deliveries
#[openapi(tag = "webhooks")]
#[delete("/webhooks/<id>")]
async fn remove_webhook(
    uploader: CanUpload,
    id: Webhook,
    engine: &State<Engine>,
) -> Result<NoContent, Problem> {
    engine.webhooks().remove(uploader.sight(), id.0?).await?;
    Ok(NoContent)
}

/// # Give a webhook a new secret
///
/// The answer has it; it is not shown again. For 24 hours events are signed with the one before as
/// well.
#[openapi(tag = "webhooks")]
#[post("/webhooks/<id>/rotate")]
async fn rotate_webhook(
    uploader: CanUpload,
    id: Webhook,
    engine: &State<Engine>,
) -> Result<Json<WebhookSecretView>, Problem> {
    let (endpoint, secret) = engine.webhooks().rotate(uploader.sight(), id.0?).await?;
    Ok(Json(WebhookSecretView::new(&endpoint, secret.reveal())))
}

/// # Try a webhook
///
/// Sends a `webhook.test` event at once, and tells what came of it. It is not tried again.
#[openapi(tag = "webhooks")]
#[post("/webhooks/<id>/test")]
async fn test_webhook(
    uploader: CanUpload,
    id: Webhook,
    engine: &State<Engine>,
) -> Result<Json<DeliveryView>, Problem> {
    let (request, delivery) = engine.webhooks().test(uploader.sight(), id.0?).await?;
    Ok(Json(DeliveryView::new(request, &delivery)))
}
