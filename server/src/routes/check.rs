//! `POST /check`: what is wrong in a sheet, before it is handed in.

use pixmill_engine::{Engine, wire::CheckView};
use rocket::{State, post, serde::json::Json};
use rocket_okapi::openapi;
use tokio::fs::File;

use super::saved::Saved;
use crate::{
    auth::{CanUpload, Late},
    document,
    form::{Filled, Spool, UploadForm},
    problem::{Problem, internal},
};

pub(super) fn routes_and_docs() -> document::Part {
    document::part![
        check: [400, 413, 415, 422],
        mark: [400, 413, 415, 422],
    ]
}

/// # Look at a sheet before it is handed in
///
/// Takes the form of an upload and keeps nothing of it. The answer shows the first rows, or those
/// with faults, and all that is wrong: that a sheet has faults is no problem here.
#[openapi(tag = "sheets")]
#[post("/check", data = "<form>")]
async fn check(
    uploader: Late<CanUpload>,
    form: UploadForm,
    engine: &State<Engine>,
) -> Result<Json<CheckView>, Problem> {
    uploader.0?;
    let Filled { sheet, .. } = form.0?;
    Ok(Json(engine.check(sheet.to_path_buf(), None).await?))
}

/// # A sheet with its faults in it
///
/// Takes the form of an upload and gives the sheet back with a first column `Faults`, which says
/// what is wrong in each row.
#[openapi(tag = "sheets")]
#[post("/check/marked.csv", data = "<form>")]
async fn mark(
    uploader: Late<CanUpload>,
    form: UploadForm,
    engine: &State<Engine>,
    spool: &State<Spool>,
) -> Result<Saved, Problem> {
    uploader.0?;
    let Filled { sheet, file_name, .. } = form.0?;
    let spooled = tempfile::tempfile_in(&spool.folder).map_err(|error| internal(&error))?;
    let out = spooled.try_clone().map_err(|error| internal(&error))?;
    engine.mark(sheet.to_path_buf(), None, out).await?;
    let name = file_name.as_deref().unwrap_or("sheet.csv");
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    Saved::sheet(format!("{stem}.marked.csv"), File::from_std(spooled)).await
}
