//! The way of working, what is set besides, and what waits for a server.

use tauri::{AppHandle, Runtime, State};

use crate::{
    app,
    desk::Desk,
    refusal::Answer,
    wire::{
        ChangingWay, Nothing, OfQueued, OwnFolder, QueuedView, SettingsView, ShowingFolder, Switch,
        WayView,
    },
};

/// What is set.
#[tauri::command]
pub(crate) async fn settings(desk: State<'_, Desk>, asked: Nothing) -> Answer<SettingsView> {
    let Nothing {} = asked;
    Ok(desk.settings())
}

/// How it stands with the way of working.
#[tauri::command]
pub(crate) async fn way(desk: State<'_, Desk>, asked: Nothing) -> Answer<WayView> {
    let Nothing {} = asked;
    Ok(desk.ways().view().await)
}

/// Changes the way of working; a server is asked first.
#[tauri::command]
pub(crate) async fn change_way(desk: State<'_, Desk>, asked: ChangingWay) -> Answer<WayView> {
    desk.ways().change(asked.way, asked.key).await
}

/// Has the app start with the session, or not.
#[tauri::command]
pub(crate) async fn set_autostart(desk: State<'_, Desk>, asked: Switch) -> Answer<SettingsView> {
    desk.around().start_with_session(asked.on)?;
    Ok(desk.settings())
}

/// Shows a folder of the app.
#[tauri::command]
pub(crate) async fn show_folder(desk: State<'_, Desk>, asked: ShowingFolder) -> Answer<()> {
    let places = desk.places();
    let folder = match asked.what {
        OwnFolder::Data => &places.data,
        OwnFolder::Out => desk.results().out()?,
    };
    desk.around().show_folder(folder)
}

/// What waits for a server.
#[tauri::command]
pub(crate) async fn queue(desk: State<'_, Desk>, asked: Nothing) -> Answer<Vec<QueuedView>> {
    let Nothing {} = asked;
    Ok(desk.queue().list())
}

/// Takes back what waits for a server.
#[tauri::command]
pub(crate) async fn unqueue(desk: State<'_, Desk>, asked: OfQueued) -> Answer<()> {
    desk.queue().remove(&asked.id).await?;
    desk.ways().tell().await;
    Ok(())
}

/// Ends the app. What is not done goes on when it is started again.
#[tauri::command]
pub(crate) async fn quit<R: Runtime>(app: AppHandle<R>, asked: Nothing) -> Answer<()> {
    let Nothing {} = asked;
    app::quit(&app);
    Ok(())
}
