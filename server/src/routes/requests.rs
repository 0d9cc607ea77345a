//! `/requests`: the requests as a whole.

use pixmill_engine::{
    Engine,
    model::Again,
    wire::{RequestList, RequestView},
};
use rocket::{State, delete, get, post, response::status::NoContent, serde::json::Json};
use rocket_okapi::openapi;

use crate::{
    auth::{CanUpload, CanView, Sees},
    document,
    params::{Id, PageLength, RequestStart},
    problem::Problem,
};

pub(super) fn routes_and_docs() -> document::Part {
    document::part![
        list: [422],
        show: [404],
        cancel: [404, 409],
        retry: [404, 409],
        remove: [404],
    ]
}

/// # The requests, newest first
///
/// Those that the key sees.
#[openapi(tag = "requests")]
#[get("/requests?<cursor>&<limit>")]
async fn list(
    viewer: CanView,
    cursor: RequestStart,
    limit: PageLength,
    engine: &State<Engine>,
) -> Result<Json<RequestList>, Problem> {
    Ok(Json(engine.list(viewer.sight(), cursor.0?, limit.0?).await?))
}

/// # One request without its products
#[openapi(tag = "requests")]
#[get("/requests/<id>")]
async fn show(
    viewer: CanView,
    id: Id,
    engine: &State<Engine>,
) -> Result<Json<RequestView>, Problem> {
    Ok(Json(engine.show(id.seen_by(&viewer, engine).await?).await?))
}

/// # Give a request up
///
/// What is done stays; what waits can be taken up again with retry.
#[openapi(tag = "requests")]
#[post("/requests/<id>/cancel")]
async fn cancel(
    uploader: CanUpload,
    id: Id,
    engine: &State<Engine>,
) -> Result<Json<RequestView>, Problem> {
    Ok(Json(engine.cancel(id.seen_by(&uploader, engine).await?).await?))
}

/// # Send failed images of a request round again
///
/// All of them, or those that failed for one `reason` of the report.
#[openapi(tag = "requests")]
#[post("/requests/<id>/retry?<reason>")]
async fn retry(
    uploader: CanUpload,
    id: Id,
    reason: Option<String>,
    engine: &State<Engine>,
) -> Result<Json<RequestView>, Problem> {
    let again = reason.map_or(Again::All, Again::Reason);
    Ok(Json(engine.retry(id.seen_by(&uploader, engine).await?, again).await?))
}

/// # Delete a request with all its images
///
/// One that is received or processing is cancelled first, and whoever is told of changes of status
/// is told so.
#[openapi(tag = "requests")]
#[delete("/requests/<id>")]
async fn remove(uploader: CanUpload, id: Id, engine: &State<Engine>) -> Result<NoContent, Problem> {
    engine.remove(id.seen_by(&uploader, engine).await?).await?;
    Ok(NoContent)
}
