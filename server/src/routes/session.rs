//! `GET /session`: who asks.

use pixmill_engine::{Engine, wire::SessionView};
use rocket::{State, get, serde::json::Json};
use rocket_okapi::openapi;

use crate::{auth::CanView, document, problem::Problem};

pub(super) fn routes_and_docs() -> document::Part {
    document::part![session: []]
}

/// # Who asks
///
/// What the key may do that was sent, so that a page shows nothing that would be refused.
#[openapi(tag = "keys")]
#[get("/session")]
async fn session(viewer: CanView, engine: &State<Engine>) -> Result<Json<SessionView>, Problem> {
    Ok(Json(engine.session(viewer.0, env!("CARGO_PKG_VERSION")).await?))
}
