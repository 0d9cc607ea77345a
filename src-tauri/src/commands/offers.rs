//! What is offered from outside.

use tauri::State;

use crate::{
    desk::Desk,
    refusal::Answer,
    wire::{Choosing, Nothing, Offer, Text},
};

/// What was offered before the page listened.
#[tauri::command]
pub(crate) async fn offers(desk: State<'_, Desk>, asked: Nothing) -> Answer<Vec<Offer>> {
    let Nothing {} = asked;
    Ok(desk.untold())
}

/// Has the person choose files; none where they do not.
#[tauri::command]
pub(crate) async fn choose(desk: State<'_, Desk>, asked: Choosing) -> Answer<Vec<Offer>> {
    let paths = desk.around().choose(asked.what).await;
    Ok(desk.take(paths).await)
}

/// Takes in a sheet that was pasted.
#[tauri::command]
pub(crate) async fn offer_text(desk: State<'_, Desk>, asked: Text) -> Answer<Offer> {
    desk.offers().take_text(&asked.name, &asked.content)
}
