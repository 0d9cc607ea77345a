//! Requests, and who asks for them.

use pixmill_engine::wire::{ReportView, RequestList, RequestView, SessionView, StatusView};
use tauri::State;

use crate::{
    desk::Desk,
    refusal::Answer,
    wire::{Listing, Nothing, OfRequest, Products, Retrying},
};

/// Who asks.
#[tauri::command]
pub(crate) async fn session(desk: State<'_, Desk>, asked: Nothing) -> Answer<SessionView> {
    let Nothing {} = asked;
    desk.host().await?.session().await
}

/// A page of requests, newest first.
#[tauri::command]
pub(crate) async fn list(desk: State<'_, Desk>, asked: Listing) -> Answer<RequestList> {
    desk.host().await?.list(asked).await
}

/// A request with a page of its products.
#[tauri::command]
pub(crate) async fn products(desk: State<'_, Desk>, asked: Products) -> Answer<StatusView> {
    desk.host().await?.products(asked).await
}

/// What has become of the images of a request, looked at as a whole.
#[tauri::command]
pub(crate) async fn report(desk: State<'_, Desk>, asked: OfRequest) -> Answer<ReportView> {
    desk.host().await?.report(asked.request_id).await
}

/// Gives a request up.
#[tauri::command]
pub(crate) async fn cancel(desk: State<'_, Desk>, asked: OfRequest) -> Answer<RequestView> {
    desk.host().await?.cancel(asked.request_id).await
}

/// Sends failed images of a request round again.
#[tauri::command]
pub(crate) async fn retry(desk: State<'_, Desk>, asked: Retrying) -> Answer<RequestView> {
    desk.retry(asked.request_id, asked.reason).await
}

/// Deletes a request.
#[tauri::command]
pub(crate) async fn remove(desk: State<'_, Desk>, asked: OfRequest) -> Answer<()> {
    desk.host().await?.remove(asked.request_id).await
}
