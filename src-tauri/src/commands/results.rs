//! What has come of a request: saved, shown, looked at.

use pixmill_engine::{model::RequestId, wire::Download};
use tauri::{State, ipc::Response};

use crate::{
    desk::Desk,
    files::{plain_name, results_of, stem},
    refusal::{Answer, Refusal},
    wire::{OfImage, OfRequest, Saved, Saving},
};

/// Has the person save the results sheet, or all renditions.
#[tauri::command]
pub(crate) async fn save(desk: State<'_, Desk>, asked: Saving) -> Answer<Option<Saved>> {
    let Saving { request_id, what } = asked;
    let what: Download = what
        .parse()
        .map_err(|error| Refusal::new(422, "invalid_value", format!("what: {error}")))?;
    let host = desk.host().await?;
    let name = host.show(request_id).await?.file_name;
    let name = match what {
        Download::Results => results_of(name.as_deref()),
        Download::Images => {
            let name = plain_name(name.as_deref().unwrap_or("sheet.csv"));
            format!("{}.images.zip", stem(&name))
        }
    };
    let Some(path) = desk.around().save_as(&name).await else { return Ok(None) };
    host.save(request_id, what, &path).await?;
    Ok(Some(Saved { path: path.display().to_string() }))
}

/// Shows the folder with the results of a request.
#[tauri::command]
pub(crate) async fn show_results(desk: State<'_, Desk>, asked: OfRequest) -> Answer<()> {
    desk.show_results(asked.request_id).await
}

/// The bytes of the source of an image, fetched again.
#[tauri::command]
pub(crate) async fn source(desk: State<'_, Desk>, asked: OfImage) -> Answer<Response> {
    let OfImage { request_id, row, image } = asked;
    let bytes = desk.host().await?.source(request_id, row, image).await?;
    Ok(Response::new(Vec::from(bytes)))
}

impl Desk {
    /// Shows the folder with the results of a request, which are put there if they are not yet.
    pub(crate) async fn show_results(&self, id: RequestId) -> Answer<()> {
        let folder = match self.folders().results_of(&id.to_string()) {
            Some(folder) => folder,
            None => self.bring_results(id).await?,
        };
        self.around().show_folder(&folder)
    }
}
