//! `GET /requests/{id}/results.csv`: the sheet with its column of new links.

use pixmill_engine::{Engine, Results, wire::Download};
use rocket::{State, get};
use rocket_okapi::openapi;
use tokio::fs::File;
use tokio_util::io::StreamReader;

use super::{downloads::signed, saved::Saved};
use crate::{
    auth::DownloadPass,
    document,
    form::Spool,
    params::Id,
    problem::{Problem, internal},
};

pub(super) fn routes_and_docs() -> document::Part {
    let (routes, mut docs) = document::part![results: [404]];
    document::add_parameters(&mut docs, "results", signed());
    (routes, docs)
}

/// # The results sheet
///
/// The sheet as it was handed in, with the links to the compressed images that there are by now.
#[openapi(tag = "sheets")]
#[get("/requests/<id>/results.csv")]
async fn results(
    pass: DownloadPass,
    id: Id,
    engine: &State<Engine>,
    spool: &State<Spool>,
) -> Result<Saved, Problem> {
    let Results { file_name, body } =
        engine.results(pass.admit(id, Download::Results, engine).await?).await?;
    let spooled = tempfile::tempfile_in(&spool.folder).map_err(|error| internal(&error))?;
    // It is sent once it is whole: HTTP would show a sheet that breaks off as one that ends.
    let mut file = File::from_std(spooled);
    let copied = tokio::io::copy(&mut StreamReader::new(body), &mut file).await;
    copied.map_err(|error| internal(&error))?;
    Saved::sheet(file_name, file).await
}
