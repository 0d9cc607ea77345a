//! Sheets, before they are requests.

use pixmill_engine::wire::CheckView;
use tauri::State;

use crate::{
    desk::Desk,
    files::{plain_name, stem},
    host::Handing,
    refusal::Answer,
    wire::{Handed, Nothing, OfOffer, Offer, Saved, Submitting},
};

/// What a sheet holds and what is wrong in it.
#[tauri::command]
pub(crate) async fn check(desk: State<'_, Desk>, asked: OfOffer) -> Answer<CheckView> {
    desk.host().await?.check(&desk.offers().sheet(&asked.offer)?).await
}

/// Has the person save a sheet with what is wrong in it.
#[tauri::command]
pub(crate) async fn marked(desk: State<'_, Desk>, asked: OfOffer) -> Answer<Option<Saved>> {
    let sheet = desk.offers().sheet(&asked.offer)?;
    let name = format!("{}.marked.csv", stem(&plain_name(&sheet.name)));
    let Some(path) = desk.around().save_as(&name).await else { return Ok(None) };
    desk.host().await?.mark(&sheet, &path).await?;
    Ok(Some(Saved { path: path.display().to_string() }))
}

/// Offers a sheet to try the app with.
#[tauri::command]
pub(crate) async fn sample(desk: State<'_, Desk>, asked: Nothing) -> Answer<Offer> {
    let Nothing {} = asked;
    desk.offer_sample().await
}

/// Hands a sheet in.
#[tauri::command]
pub(crate) async fn submit(desk: State<'_, Desk>, asked: Submitting) -> Answer<Handed> {
    let Submitting { offer, recipe, idempotency_key } = asked;
    let sheet = desk.offers().sheet(&offer)?;
    desk.submit(Handing { sheet, recipe: recipe.try_into()?, idempotency_key }).await
}
