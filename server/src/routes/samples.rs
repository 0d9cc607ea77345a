//! `GET /samples/{name}`: a sheet to try the server with, and the images that it names.

use rocket::{State, get, http::Status};
use rocket_okapi::{
    r#gen::OpenApiGenerator, okapi::openapi3::Responses, openapi, response::OpenApiResponderInner,
};
use serde_json::json;

use crate::{auth::Anyone, document, listening::Listening, problem::Problem};

/// The sheet, with links to the port that a server usually has.
const SHEET: &str = include_str!("../../../examples/products.csv");
/// How those links begin.
const USUAL: &str = "http://127.0.0.1:8000/";

macro_rules! photos {
    ($($name:literal)*) => {
        [$(($name, include_bytes!(concat!("../../../examples/", $name)).as_slice()),)*]
    };
}

/// The images.
const PHOTOS: [(&str, &[u8]); 10] = photos! {
    "brick-house.jpg" "caps.jpg" "lighthouse-fence.jpg" "lighthouse.jpg" "marble-head.jpg"
    "motocross.jpg" "mountain-stream.jpg" "parrots.png" "sailing-boats.jpg" "window-flowers.jpg"
};

pub(super) fn routes_and_docs() -> document::Part {
    document::part![sample: [404]]
}

/// # A sheet to try the server with, and its images
///
/// `products.csv` is the sheet; the links in it lead to its images here.
#[openapi(tag = "sheets")]
#[get("/samples/<name>")]
fn sample(_anyone: Anyone, name: &str, listening: &State<Listening>) -> Result<Sample, Problem> {
    if name == "products.csv" {
        let base = listening.base().map_or(USUAL.to_owned(), |base| base.to_string());
        return Ok(Sample::new(
            "text/csv; charset=utf-8",
            SHEET.replace(USUAL, &base).into_bytes().into(),
        ));
    }
    let photo = PHOTOS.iter().find(|(photo, _)| *photo == name);
    let (_, bytes) = photo.ok_or_else(|| {
        let detail = "there is no such sample: products.csv names those there are";
        Problem::new(Status::NotFound, "not_found", detail)
    })?;
    let media_type = if name.ends_with(".png") { "image/png" } else { "image/jpeg" };
    Ok(Sample::new(media_type, (*bytes).into()))
}

/// One of the samples.
#[derive(rocket::Responder)]
struct Sample(std::borrow::Cow<'static, [u8]>, rocket::http::Header<'static>);

impl Sample {
    fn new(media_type: &'static str, bytes: std::borrow::Cow<'static, [u8]>) -> Self {
        Sample(bytes, rocket::http::Header::new("Content-Type", media_type))
    }
}

impl OpenApiResponderInner for Sample {
    fn responses(_: &mut OpenApiGenerator) -> rocket_okapi::Result<Responses> {
        let bytes = json!({ "type": "string", "format": "binary" });
        let mut answer = document::answer("The image or the sheet.", "image/*", bytes);
        let sheet = document::answer("", "text/csv", json!({ "type": "string" }));
        answer.content.extend(sheet.content);
        Ok(document::only(200, answer))
    }
}
