//! `GET /requests/{id}/report`: what became of a request's images, looked at as a whole.

use pixmill_engine::{Engine, wire::ReportView};
use rocket::{State, get, serde::json::Json};
use rocket_okapi::openapi;

use crate::{auth::CanView, document, params::Id, problem::Problem};

pub(super) fn routes_and_docs() -> document::Part {
    document::part![report: [404]]
}

/// # What became of the images, looked at as a whole
///
/// How much was saved, what failed for which reason, and which hosts were slow.
#[openapi(tag = "requests")]
#[get("/requests/<id>/report")]
async fn report(
    viewer: CanView,
    id: Id,
    engine: &State<Engine>,
) -> Result<Json<ReportView>, Problem> {
    Ok(Json(engine.report(id.seen_by(&viewer, engine).await?).await?))
}
