//! `POST /upload`: handing in a sheet.

use pixmill_engine::{Engine, Submitted, Upload, wire::ReceivedView};
use rocket::{
    State,
    http::Status,
    post,
    response::{self, Responder, Response},
    serde::json::Json,
};
use rocket_okapi::{
    r#gen::OpenApiGenerator,
    okapi::{
        Map,
        openapi3::{Link, MediaType, RefOr, RequestBody, Responses},
    },
    openapi,
    request::OpenApiFromData,
    response::OpenApiResponderInner,
};
use serde_json::json;

use crate::{
    auth::{CanUpload, Late},
    document::{self, header, schema_of},
    form::{Filled, UploadForm},
    params::IdempotencyKey,
    problem::Problem,
};

pub(super) fn routes_and_docs() -> document::Part {
    document::part![submit: [400, 413, 415, 422]]
}

/// # Hand in a sheet
///
/// When this answers, the sheet is safely stored and will be worked on, whatever happens to the
/// server. A sheet with faults is refused whole, with all that is wrong in it.
#[openapi(tag = "sheets")]
#[post("/upload", data = "<form>")]
async fn submit(
    uploader: Late<CanUpload>,
    key: IdempotencyKey,
    form: UploadForm,
    engine: &State<Engine>,
) -> Result<Received, Problem> {
    let uploader = uploader.0?;
    let idempotency_key = key.0?;
    let Filled { sheet, file_name, recipe, hook } = form.0?;
    let (sheet_path, owner) = (sheet.to_path_buf(), uploader.0.owner());
    // What others send names no files of this machine.
    let folder = None;
    let upload =
        Upload { sheet: sheet_path, folder, file_name, recipe, owner, hook, idempotency_key };
    Ok(Received(engine.submit(upload).await?))
}

/// The answer to a sheet that was accepted.
struct Received(Submitted);

impl<'r> Responder<'r, 'static> for Received {
    fn respond_to(self, request: &'r rocket::Request<'_>) -> response::Result<'static> {
        let Submitted { id, is_new, hook_secret } = self.0;
        let secret = hook_secret.map(|secret| secret.reveal());
        let body = Json(ReceivedView::new(id, secret)).respond_to(request)?;
        let mut response = Response::build_from(body);
        response.status(Status::Accepted).raw_header("Location", format!("/status/{id}"));
        if !is_new {
            response.raw_header("Idempotency-Replayed", "true");
        }
        response.ok()
    }
}

/// What can be asked about a request, once its name is known.
const OPERATIONS: [&str; 7] = ["status", "results", "show", "events", "cancel", "retry", "remove"];

fn link(operation_id: &str) -> RefOr<Link> {
    RefOr::Object(Link {
        operation_id: Some(operation_id.to_owned()),
        parameters: Map::from_iter([("id".to_owned(), json!("$response.body#/requestId"))]),
        ..Link::default()
    })
}

impl OpenApiResponderInner for Received {
    fn responses(generator: &mut OpenApiGenerator) -> rocket_okapi::Result<Responses> {
        let schema = generator.json_schema::<ReceivedView>();
        let media = MediaType { schema: Some(schema), ..MediaType::default() };
        let response = rocket_okapi::okapi::openapi3::Response {
            description: "The sheet is accepted.".to_owned(),
            headers: Map::from_iter([
                ("Location".to_owned(), header("Where to ask how far it is.")),
                (
                    "Idempotency-Replayed".to_owned(),
                    header(
                        "`true` where the same upload had made the request before. The answer is \
                         the same then, but for the secret of its webhooks.",
                    ),
                ),
            ]),
            content: Map::from_iter([("application/json".to_owned(), media)]),
            links: OPERATIONS.map(|name| (name.to_owned(), link(name))).into_iter().collect(),
            ..Default::default()
        };
        Ok(document::only(202, response))
    }
}

/// A sheet to send as it is.
const EXAMPLE: &str = "S. No.,Product Name,Input Image Urls\n\
                       1,Caps,http://127.0.0.1:8000/samples/caps.jpg\n";

impl<'r> OpenApiFromData<'r> for UploadForm {
    fn request_body(_: &mut OpenApiGenerator) -> rocket_okapi::Result<RequestBody> {
        // A form that somebody has left open in places sends empty values.
        let number = |maximum: u16, about: &str| {
            let number = json!({ "type": "integer", "minimum": 1, "maximum": maximum });
            let nothing = json!({ "type": "string", "enum": [""] });
            json!({ "anyOf": [number, nothing], "description": about })
        };
        let side = |about| number(u16::MAX, about);
        let schema = schema_of(json!({
            "type": "object",
            "example": { "file": EXAMPLE, "format": "webp", "quality": 75, "maxWidth": 1200 },
            "required": ["file"],
            "additionalProperties": false,
            "properties": {
                "file": {
                    "type": "string", "format": "binary",
                    "description": "The sheet: a CSV with the columns `Serial Number`, \
                                    `Product Name` and `Input Image Urls`.",
                },
                "format": {
                    "type": "string", "enum": ["webp", "jpeg", "png", "avif", "keep", ""],
                    "default": "webp", "description": "The format of the compressed images.",
                },
                "quality": number(100, "1 is the smallest file, 100 the best picture."),
                "maxWidth": side("Images are made at most so many pixels wide."),
                "maxHeight": side("Images are made at most so many pixels high."),
                "metadata": {
                    "type": "string", "enum": ["drop", "keep", ""], "default": "drop",
                    "description": "What becomes of EXIF and the like.",
                },
                "webhookUrl": {
                    "type": "string", "maxLength": 2048,
                    "description": "Where to send an event at each change of the status; the \
                                    answer has the secret that they are signed with, which is \
                                    shown this once.",
                },
            },
        }));
        let media = MediaType { schema: Some(schema), ..MediaType::default() };
        Ok(RequestBody {
            content: Map::from_iter([("multipart/form-data".to_owned(), media)]),
            required: true,
            ..RequestBody::default()
        })
    }
}
