//! Requests as they are followed.

use tauri::{State, ipc::Channel};

use crate::{
    desk::Desk,
    refusal::Answer,
    wire::{OfNumber, OfRequest, Watched},
};

/// Tells by a channel what is heard of a request; gives the number to leave by.
#[tauri::command]
pub(crate) async fn watch(
    desk: State<'_, Desk>,
    asked: OfRequest,
    channel: Channel<Watched>,
) -> Answer<u32> {
    let heard = desk.host().await?.follow(asked.request_id);
    Ok(desk.following().begin(heard, move |watched| channel.send(watched).is_ok()))
}

/// Tells nothing more of a request.
#[tauri::command]
pub(crate) async fn unwatch(desk: State<'_, Desk>, asked: OfNumber) -> Answer<()> {
    desk.following().leave(asked.number);
    Ok(())
}
