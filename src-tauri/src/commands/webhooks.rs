//! Webhooks, and what was sent to them.

use pixmill_engine::wire::{
    DeliveryList, DeliveryView, WebhookDraft, WebhookList, WebhookSecretView, WebhookView,
};
use tauri::State;

use crate::{
    desk::Desk,
    refusal::Answer,
    wire::{ChangingWebhook, Deliveries, FromCursor, OfDelivery, OfWebhook},
};

/// A page of webhooks.
#[tauri::command]
pub(crate) async fn webhooks(desk: State<'_, Desk>, asked: FromCursor) -> Answer<WebhookList> {
    desk.host().await?.webhooks(asked.cursor).await
}

/// One webhook.
#[tauri::command]
pub(crate) async fn webhook(desk: State<'_, Desk>, asked: OfWebhook) -> Answer<WebhookView> {
    desk.host().await?.webhook(asked.webhook_id).await
}

/// Registers a webhook.
#[tauri::command]
pub(crate) async fn add_webhook(
    desk: State<'_, Desk>,
    asked: WebhookDraft,
) -> Answer<WebhookSecretView> {
    desk.host().await?.add_webhook(asked).await
}

/// Changes a webhook; what is left out stays.
#[tauri::command]
pub(crate) async fn change_webhook(
    desk: State<'_, Desk>,
    asked: ChangingWebhook,
) -> Answer<WebhookView> {
    desk.host().await?.change_webhook(asked.webhook_id, asked.change).await
}

/// Gives a webhook a new secret.
#[tauri::command]
pub(crate) async fn rotate_webhook(
    desk: State<'_, Desk>,
    asked: OfWebhook,
) -> Answer<WebhookSecretView> {
    desk.host().await?.rotate_webhook(asked.webhook_id).await
}

/// Takes a webhook away.
#[tauri::command]
pub(crate) async fn remove_webhook(desk: State<'_, Desk>, asked: OfWebhook) -> Answer<()> {
    desk.host().await?.remove_webhook(asked.webhook_id).await
}

/// Tries a webhook.
#[tauri::command]
pub(crate) async fn test_webhook(desk: State<'_, Desk>, asked: OfWebhook) -> Answer<DeliveryView> {
    desk.host().await?.test_webhook(asked.webhook_id).await
}

/// A page of what was sent to a webhook.
#[tauri::command]
pub(crate) async fn deliveries(desk: State<'_, Desk>, asked: Deliveries) -> Answer<DeliveryList> {
    desk.host().await?.deliveries(asked.webhook_id, asked.cursor).await
}

/// Sends something to a webhook again.
#[tauri::command]
pub(crate) async fn redeliver(desk: State<'_, Desk>, asked: OfDelivery) -> Answer<DeliveryView> {
    desk.host().await?.redeliver(asked.webhook_id, asked.message_id).await
}
