//! `GET /status/{id}`: how far a request is, with a page of its products.

use pixmill_engine::{
    Engine,
    wire::{self, ProductCursor, ProductsWanted, StatusView},
};
use rocket::{State, get, serde::json::Json};
use rocket_okapi::openapi;

use crate::{
    auth::CanView,
    document,
    params::{Id, OnlyFailed, PageLength, ProductStart, Row},
    problem::Problem,
};

pub(super) fn routes_and_docs() -> document::Part {
    document::part![status: [404, 422]]
}

/// # How far a request is
///
/// With a page of the sheet's products; `nextCursor` leads to the next page. A page of a search, or of
/// failed products only, may hold few or none and still not be the last.
#[openapi(tag = "sheets")]
#[get("/status/<id>?<cursor>&<from>&<limit>&<failed>&<search>")]
#[expect(clippy::too_many_arguments, reason = "each is a part of the address")]
async fn status(
    viewer: CanView,
    id: Id,
    cursor: ProductStart,
    from: Row,
    limit: PageLength,
    failed: OnlyFailed,
    search: Option<String>,
    engine: &State<Engine>,
) -> Result<Json<StatusView>, Problem> {
    let id = id.seen_by(&viewer, engine).await?;
    let start = match (cursor.0?, from.0?) {
        (Some(cursor), _) => wire::ProductStart::Cursor(cursor),
        (None, Some(row)) => wire::ProductStart::Row(row),
        (None, None) => wire::ProductStart::Cursor(ProductCursor::default()),
    };
    let search = search.filter(|search| !search.is_empty());
    let wanted = ProductsWanted { start, only_failed: failed.0?, search };
    Ok(Json(engine.status(id, wanted, limit.0?).await?))
}
