//! `/requests/{id}/images.zip`, and links to what is saved as a file.

use pixmill_engine::{
    Archive, Engine,
    wire::{Download, DownloadOrder, DownloadView},
};
use rocket::{
    State, get, post,
    response::{self, Responder, Response},
    serde::json::Json,
};
use rocket_okapi::{
    r#gen::OpenApiGenerator,
    okapi::openapi3::{Parameter, Responses},
    openapi,
    response::OpenApiResponderInner,
};
use serde_json::json;
use tokio_util::io::StreamReader;

use super::saved::attachment;
use crate::{
    auth::{CanView, DownloadPass},
    body::Body,
    document,
    params::Id,
    problem::Problem,
};

pub(super) fn routes_and_docs() -> document::Part {
    let (routes, mut docs) = document::part![archive: [404], download: [400, 404, 413, 415, 422]];
    document::add_parameters(&mut docs, "archive", signed());
    (routes, docs)
}

/// What a signed link bears.
pub(super) fn signed() -> [Parameter; 2] {
    let query =
        |name, about| document::parameter("query", name, about, json!({ "type": "string" }));
    [
        query("expires", "The end of a signed link's life, in seconds since 1970."),
        query("signature", "What signs the link."),
    ]
}

/// # All compressed images as a ZIP file
///
/// Those that there are by now. The file is made while it is sent: its size is not known before.
#[openapi(tag = "images")]
#[get("/requests/<id>/images.zip")]
async fn archive(pass: DownloadPass, id: Id, engine: &State<Engine>) -> Result<Zip, Problem> {
    Ok(Zip(engine.archive(pass.admit(id, Download::Images, engine).await?).await?))
}

/// # A link to what is saved as a file
///
/// For browsers, which cannot send a key along when they save a file: the link is good for five
/// minutes without one.
#[openapi(tag = "requests")]
#[post("/requests/<id>/downloads", data = "<order>")]
async fn download(
    viewer: CanView,
    id: Id,
    order: Body<DownloadOrder>,
    engine: &State<Engine>,
) -> Result<Json<DownloadView>, Problem> {
    let id = id.seen_by(&viewer, engine).await?;
    let what = order.0?.what.parse().map_err(|error| Problem::invalid("what", error))?;
    engine.show(id).await?;
    Ok(Json(engine.download_link(id, what).await?))
}

/// A ZIP file on its way.
struct Zip(Archive);

impl<'r> Responder<'r, 'static> for Zip {
    fn respond_to(self, _: &'r rocket::Request<'_>) -> response::Result<'static> {
        let Archive { file_name, body } = self.0;
        Response::build()
            .raw_header("Content-Type", "application/zip")
            .raw_header("Content-Disposition", attachment(&file_name))
            .streamed_body(StreamReader::new(body))
            .ok()
    }
}

impl OpenApiResponderInner for Zip {
    fn responses(_: &mut OpenApiGenerator) -> rocket_okapi::Result<Responses> {
        let schema = json!({ "type": "string", "format": "binary" });
        let mut answer = document::answer("The file.", "application/zip", schema);
        let name = document::header("What to call the file (RFC 6266).");
        answer.headers.insert("Content-Disposition".to_owned(), name);
        Ok(document::only(200, answer))
    }
}
