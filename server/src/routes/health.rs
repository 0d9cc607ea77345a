//! `/health`: for whoever watches over the server.

use pixmill_engine::Engine;
use rocket::{State, get, serde::json::Json};
use rocket_okapi::openapi;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{auth::Anyone, document, problem::Problem};

pub(super) fn routes_and_docs() -> document::Part {
    document::part![live: [], ready: []]
}

/// How the server is.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Health")]
struct HealthView {
    /// `live` or `ready`.
    status: &'static str,
}

/// # Whether the server runs
#[openapi(tag = "health")]
#[get("/health/live")]
fn live(_anyone: Anyone) -> Json<HealthView> {
    Json(HealthView { status: "live" })
}

/// # Whether the server can work
///
/// It can where what it keeps things in can be read and written; 503 otherwise.
#[openapi(tag = "health")]
#[get("/health/ready")]
async fn ready(_anyone: Anyone, engine: &State<Engine>) -> Result<Json<HealthView>, Problem> {
    engine.probe().await?;
    Ok(Json(HealthView { status: "ready" }))
}
