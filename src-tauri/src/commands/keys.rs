//! The API keys of a server.

use pixmill_engine::wire::{KeyList, KeyOrder, KeyView, NewKeyView};
use tauri::State;

use crate::{
    desk::Desk,
    refusal::Answer,
    wire::{FromCursor, OfKey},
};

/// A page of keys.
#[tauri::command]
pub(crate) async fn keys(desk: State<'_, Desk>, asked: FromCursor) -> Answer<KeyList> {
    desk.host().await?.keys(asked.cursor).await
}

/// Makes a key.
#[tauri::command]
pub(crate) async fn add_key(desk: State<'_, Desk>, asked: KeyOrder) -> Answer<NewKeyView> {
    desk.host().await?.add_key(asked).await
}

/// Gives a key another token.
#[tauri::command]
pub(crate) async fn rotate_key(desk: State<'_, Desk>, asked: OfKey) -> Answer<NewKeyView> {
    desk.host().await?.rotate_key(asked.key_id).await
}

/// Takes a key back.
#[tauri::command]
pub(crate) async fn revoke_key(desk: State<'_, Desk>, asked: OfKey) -> Answer<Option<KeyView>> {
    desk.host().await?.revoke_key(asked.key_id).await
}
