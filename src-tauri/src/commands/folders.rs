//! The watched folders.

use std::path::PathBuf;

use pixmill_engine::{model::Recipe, wire::WatchedSheetView};
use tauri::State;

use crate::{
    desk::Desk,
    refusal::Answer,
    wire::{
        AddingFolder, ChangingFolder, ChosenFolder, Destination, FolderSettingView, Nothing,
        OfFolder,
    },
};

/// Has the person choose a folder; none where they do not.
#[tauri::command]
pub(crate) async fn choose_folder(
    desk: State<'_, Desk>,
    asked: Nothing,
) -> Answer<Option<ChosenFolder>> {
    let Nothing {} = asked;
    let chosen = desk.around().choose_folder().await;
    Ok(chosen.map(|path| desk.offers().hold_folder(path)))
}

/// The watched folders.
#[tauri::command]
pub(crate) async fn folders(
    desk: State<'_, Desk>,
    asked: Nothing,
) -> Answer<Vec<FolderSettingView>> {
    let Nothing {} = asked;
    Ok(desk.folders().list())
}

/// Watches a folder that was chosen.
#[tauri::command]
pub(crate) async fn add_folder(
    desk: State<'_, Desk>,
    asked: AddingFolder,
) -> Answer<FolderSettingView> {
    let AddingFolder { folder, destination, recipe } = asked;
    let path = desk.offers().chosen(&folder)?;
    let destination = chosen(&desk, destination, None)?;
    desk.folders().add(path, destination, recipe.try_into()?)
}

/// Sets a watched folder otherwise.
#[tauri::command]
pub(crate) async fn change_folder(
    desk: State<'_, Desk>,
    asked: ChangingFolder,
) -> Answer<FolderSettingView> {
    let ChangingFolder { id, destination, recipe } = asked;
    let recipe: Recipe = recipe.try_into()?;
    let was = desk.folders().destination(&id)?;
    let destination = chosen(&desk, destination, was)?;
    desk.folders().change(&id, |setting| {
        setting.destination = destination;
        setting.recipe = recipe;
    })
}

/// Watches a folder no more.
#[tauri::command]
pub(crate) async fn remove_folder(desk: State<'_, Desk>, asked: OfFolder) -> Answer<()> {
    desk.folders().remove(&asked.id)
}

/// Takes nothing more from a folder.
#[tauri::command]
pub(crate) async fn pause_folder(
    desk: State<'_, Desk>,
    asked: OfFolder,
) -> Answer<FolderSettingView> {
    desk.folders().pause(&asked.id, true)
}

/// Goes on with a folder.
#[tauri::command]
pub(crate) async fn resume_folder(
    desk: State<'_, Desk>,
    asked: OfFolder,
) -> Answer<FolderSettingView> {
    desk.folders().pause(&asked.id, false)
}

/// What was taken from watched folders since the app was started, newest first.
#[tauri::command]
pub(crate) async fn watched_sheets(
    desk: State<'_, Desk>,
    asked: Nothing,
) -> Answer<Vec<WatchedSheetView>> {
    let Nothing {} = asked;
    Ok(desk.folders().sheets())
}

/// The folder that is meant; none is that of the sheets.
fn chosen(desk: &Desk, destination: Destination, was: Option<PathBuf>) -> Answer<Option<PathBuf>> {
    match destination {
        Destination::Beside => Ok(None),
        Destination::Same => Ok(was),
        Destination::Chosen { id } => Ok(Some(desk.offers().chosen(&id)?)),
    }
}
