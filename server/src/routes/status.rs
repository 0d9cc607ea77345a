//! `GET /status/{id}`: how far a request is, with a page of its products.

use pixmill_engine::{Engine, wire::StatusView};
use rocket::{State, get, serde::json::Json};
use rocket_okapi::{openapi, openapi_get_routes_spec, settings::OpenApiSettings};

use crate::{
    document,
    params::{Id, PageLength, ProductStart},
    problem::Problem,
};

pub(super) fn routes_and_docs() -> document::Part {
    let settings = OpenApiSettings::default();
    let (routes, mut docs) = openapi_get_routes_spec![settings: status];
    document::problems(&mut docs, "status", &[404, 422]);
    (routes, docs)
}

/// # How far a request is
///
/// With a page of the sheet's products; `nextCursor` leads to the next page.
#[openapi(tag = "sheets")]
#[get("/status/<id>?<cursor>&<limit>")]
async fn status(
    id: Id,
    cursor: ProductStart,
    limit: PageLength,
    engine: &State<Engine>,
) -> Result<Json<StatusView>, Problem> {
    Ok(Json(engine.status(id.0?, cursor.0?, limit.0?).await?))
}
