//! `GET /requests/{id}/results.csv`: the sheet with its column of new links.

use pixmill_engine::{Engine, Results};
use rocket::{State, get};
use rocket_okapi::openapi;
use tokio::fs::File;
use tokio_util::io::StreamReader;

use super::saved::Saved;
use crate::{
    auth::CanView,
    document,
    form::Spool,
    params::Id,
    problem::{Problem, internal},
};

pub(super) fn routes_and_docs() -> document::Part {
    document::part![results: [404]]
}

/// # The results sheet
///
/// The sheet as it was handed in, with the links to the compressed images that there are by now.
#[openapi(tag = "sheets")]
#[get("/requests/<id>/results.csv")]
async fn results(
    viewer: CanView,
    id: Id,
    engine: &State<Engine>,
    spool: &State<Spool>,
) -> Result<Saved, Problem> {
    let Results { file_name, body } = engine.results(id.seen_by(&viewer, engine).await?).await?;
    let spooled = tempfile::tempfile_in(&spool.folder).map_err(|error| internal(&error))?;
    // It is sent once it is whole: HTTP would show a sheet that breaks off as one that ends.
    let mut file = File::from_std(spooled);
    let copied = tokio::io::copy(&mut StreamReader::new(body), &mut file).await;
    copied.map_err(|error| internal(&error))?;
    Saved::sheet(file_name, file).await
}
