//! `GET /status/{id}`: how far a request is, with a page of its products.

use pixmill_engine::{Engine, wire::StatusView};
use rocket::{State, get, serde::json::Json};
use rocket_okapi::openapi;

use crate::{
    auth::CanView,
    document,
    params::{Id, PageLength, ProductStart},
    problem::Problem,
};

pub(super) fn routes_and_docs() -> document::Part {
    document::part![status: [404, 422]]
}

/// # How far a request is
///
/// With a page of the sheet's products; `nextCursor` leads to the next page.
#[openapi(tag = "sheets")]
#[get("/status/<id>?<cursor>&<limit>")]
async fn status(
    viewer: CanView,
    id: Id,
    cursor: ProductStart,
    limit: PageLength,
    engine: &State<Engine>,
) -> Result<Json<StatusView>, Problem> {
    let id = id.seen_by(&viewer, engine).await?;
    Ok(Json(engine.status(id, cursor.0?, limit.0?).await?))
}
