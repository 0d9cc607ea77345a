//! The page at `/`: the front end, out of the binary.
//!
//! The page has hash routes, so that no path of the API is ever answered with HTML.

use rocket::{
    Route, get,
    http::Status,
    response::{self, Responder, Response},
    routes,
};

/// The files that `make ui` has built, by their paths; none where it was not run.
const BUILT: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// What stands at `/` where the page was not built.
const NO_PAGE: &str = "<!doctype html><title>Pixmill</title><p>This Pixmill was built without its \
                       page: run <code>make ui</code> and build it again. \
                       The API is described at <a href=\"/swagger/\">/swagger/</a>.";

/// The page, which everybody may load: it asks for a key itself where one is needed.
pub(super) fn routes() -> Vec<Route> {
    routes![start, mark, asset]
}

#[get("/")]
fn start() -> Asset {
    Asset::find("index.html").unwrap_or(Asset {
        media_type: "text/html; charset=utf-8",
        bytes: NO_PAGE.as_bytes(),
        packed: None,
        keep: Keep::Ask,
    })
}

#[get("/mark.svg")]
fn mark() -> Option<Asset> {
    Asset::find("mark.svg")
}

#[get("/assets/<name>")]
fn asset(name: &str) -> Option<Asset> {
    Asset::find(&format!("assets/{name}"))
}

/// How long a browser may keep a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keep {
    /// It asks each time.
    Ask,
    /// For ever: its name changes with its content.
    ForEver,
}

/// A file of the page.
struct Asset {
    media_type: &'static str,
    bytes: &'static [u8],
    /// The same, gzipped.
    packed: Option<&'static [u8]>,
    keep: Keep,
}

impl Asset {
    fn find(path: &str) -> Option<Asset> {
        let media_type = match path.rsplit_once('.')?.1 {
            "html" => "text/html; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "svg" => "image/svg+xml",
            _ => return None,
        };
        let keep = if path.starts_with("assets/") { Keep::ForEver } else { Keep::Ask };
        let built =
            |path: &str| BUILT.iter().find(|(name, _)| *name == path).map(|(_, bytes)| *bytes);
        Some(Asset { media_type, bytes: built(path)?, packed: built(&format!("{path}.gz")), keep })
    }
}

impl<'r> Responder<'r, 'static> for Asset {
    fn respond_to(self, request: &'r rocket::Request<'_>) -> response::Result<'static> {
        let Asset { media_type, bytes, packed, keep } = self;
        let mut response = Response::build();
        response.status(Status::Ok).raw_header("Content-Type", media_type).raw_header(
            "Cache-Control",
            match keep {
                Keep::Ask => "no-cache",
                Keep::ForEver => "public, max-age=31536000, immutable",
            },
        );
        let bytes = match packed {
            None => bytes,
            Some(packed) => {
                response.raw_header("Vary", "Accept-Encoding");
                if takes_gzip(request) {
                    response.raw_header("Content-Encoding", "gzip");
                    packed
                } else {
                    bytes
                }
            }
        };
        response.sized_body(bytes.len(), std::io::Cursor::new(bytes)).ok()
    }
}

/// Whether `Accept-Encoding` names gzip and does not forbid it (RFC 9110, section 12.5.3).
fn takes_gzip(request: &rocket::Request<'_>) -> bool {
    let codings = request.headers().get("Accept-Encoding").flat_map(|header| header.split(','));
    codings.map(|coding| coding.split(';').map(str::trim)).any(|mut parts| {
        let is_gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let is_forbidden =
            |part: &str| part.strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()) == Some(0.0);
        is_gzip && !parts.any(is_forbidden)
    })
}
