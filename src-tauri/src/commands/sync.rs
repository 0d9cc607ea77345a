//! The deployment that this computer shares its requests with.

use pixmill_engine::wire::SyncView;
use tauri::State;

use crate::{
    desk::Desk,
    refusal::Answer,
    wire::{Nothing, SettingSync, SettingsView},
};

/// How it stands with it.
#[tauri::command]
pub(crate) async fn sync(desk: State<'_, Desk>, asked: Nothing) -> Answer<SyncView> {
    let Nothing {} = asked;
    Ok(desk.syncing().sync().status())
}

/// Shares with another deployment, or with none.
#[tauri::command]
pub(crate) async fn set_sync(desk: State<'_, Desk>, asked: SettingSync) -> Answer<SettingsView> {
    desk.syncing().change(asked.address).await?;
    Ok(desk.settings())
}

/// Sends and fetches nothing for now.
#[tauri::command]
pub(crate) async fn pause_sync(desk: State<'_, Desk>, asked: Nothing) -> Answer<SyncView> {
    let Nothing {} = asked;
    desk.syncing().sync().pause().await;
    Ok(desk.syncing().sync().status())
}

/// Goes on, be it that it was paused or that the deployment refused this computer.
#[tauri::command]
pub(crate) async fn resume_sync(desk: State<'_, Desk>, asked: Nothing) -> Answer<SyncView> {
    let Nothing {} = asked;
    desk.syncing().sync().resume().await;
    Ok(desk.syncing().sync().status())
}

/// Tries again what was put aside.
#[tauri::command]
pub(crate) async fn retry_parked(desk: State<'_, Desk>, asked: Nothing) -> Answer<SyncView> {
    let Nothing {} = asked;
    desk.syncing().sync().retry_parked().await;
    Ok(desk.syncing().sync().status())
}
