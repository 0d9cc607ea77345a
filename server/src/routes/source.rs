//! `GET /requests/{id}/sources/{row}/{image}`: the source of an image, to be looked at.

use std::io::Cursor;

use pixmill_engine::{Engine, SourceImage};
use rocket::{
    State, get,
    response::{self, Responder, Response},
};
use rocket_okapi::{
    r#gen::OpenApiGenerator, okapi::openapi3::Responses, openapi, response::OpenApiResponderInner,
};
use serde_json::json;

use crate::{
    auth::CanView,
    document,
    params::{Id, Place},
    problem::Problem,
};

pub(super) fn routes_and_docs() -> document::Part {
    document::part![source: [404, 502]]
}

/// # The source of an image
///
/// Fetched again from where it lies, by the same rules as for compressing it. `row` is the product's
/// `row` and `image` the place in its `inputImageUrls`, counted from 0.
#[openapi(tag = "images")]
#[get("/requests/<id>/sources/<row>/<image>")]
async fn source(
    viewer: CanView,
    id: Id,
    row: Place,
    image: Place,
    engine: &State<Engine>,
) -> Result<Shown, Problem> {
    let id = id.seen_by(&viewer, engine).await?;
    Ok(Shown(engine.source(id, row.0?.into(), image.0?).await?))
}

/// A source as an answer.
struct Shown(SourceImage);

impl<'r> Responder<'r, 'static> for Shown {
    fn respond_to(self, _: &'r rocket::Request<'_>) -> response::Result<'static> {
        let SourceImage { format, source } = self.0;
        let size = source.bytes.len();
        Response::build()
            .raw_header("Content-Type", format.media_type())
            .sized_body(size, Cursor::new(source))
            .ok()
    }
}

impl OpenApiResponderInner for Shown {
    fn responses(_: &mut OpenApiGenerator) -> rocket_okapi::Result<Responses> {
        let bytes = json!({ "type": "string", "format": "binary" });
        Ok(document::only(200, document::answer("The image.", "image/*", bytes)))
    }
}
