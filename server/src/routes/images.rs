//! `GET /images/{id}/{name}`: the renditions.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use futures_util::stream::BoxStream;
use pixmill_engine::{
    Engine,
    gallery::{Read, Rendered},
    model::Timestamp,
};
use rocket::{
    State, get,
    http::Status,
    request::{self, FromRequest},
    response::{self, Responder, Response},
};
use rocket_okapi::{
    r#gen::OpenApiGenerator,
    okapi::{
        Map,
        openapi3::{RefOr, Responses},
    },
    openapi, openapi_get_routes_spec,
    request::{OpenApiFromRequest, RequestHeaderInput},
    response::OpenApiResponderInner,
    settings::OpenApiSettings,
};
use serde_json::json;
use tokio::io::{AsyncRead, AsyncSeek, ReadBuf, empty};
use tokio_util::io::StreamReader;

use super::range::{Part, names, part};
use crate::{
    document::{self, header},
    params::{Id, Name},
    problem::Problem,
};

pub(super) fn routes_and_docs() -> document::Part {
    let settings = OpenApiSettings::default();
    let (routes, mut docs) = openapi_get_routes_spec![settings: image];
    document::problems(&mut docs, "image", &[404, 416]);
    (routes, docs)
}

/// # A compressed image
///
/// It may be kept for ever: what is under this address does not change.
#[openapi(tag = "images")]
#[get("/images/<id>/<name>")]
async fn image(id: Id, name: Name, wish: Wish, engine: &State<Engine>) -> Result<Picture, Problem> {
    let whole = engine.image(id.0, &name.0, Read::default()).await?;
    let mut picture = Picture::new(name.0.media_type(), whole);
    if wish.has_already(&picture) {
        picture.form = Form::Unchanged;
    } else if let Some(range) = wish.range_of(&picture) {
        match part(Some(range), picture.size) {
            Part::Whole => {}
            Part::Beyond => picture.form = Form::Beyond,
            Part::Bytes(range) => {
                let read = Read { range: Some(range.clone()), ..Read::default() };
                picture.form = Form::Part(range, engine.image(id.0, &name.0, read).await?.body);
            }
        }
    }
    Ok(picture)
}

/// What a reader has already, and which part it wants (RFC 9110, sections 13.1 and 14.2).
struct Wish {
    if_none_match: Option<String>,
    if_modified_since: Option<SystemTime>,
    if_range: Option<String>,
    range: Option<String>,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Wish {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r rocket::Request<'_>) -> request::Outcome<Self, Self::Error> {
        let header = |name| request.headers().get_one(name).map(str::to_owned);
        let since = request.headers().get_one("If-Modified-Since");
        request::Outcome::Success(Wish {
            if_none_match: header("If-None-Match"),
            if_modified_since: since.and_then(|date| httpdate::parse_http_date(date).ok()),
            if_range: header("If-Range"),
            range: header("Range"),
        })
    }
}

impl Wish {
    fn has_already(&self, picture: &Picture) -> bool {
        match (&self.if_none_match, self.if_modified_since) {
            (Some(tags), _) => names(tags, &picture.etag),
            (None, Some(since)) => picture.modified <= since,
            (None, None) => false,
        }
    }

    /// The range that is wanted, unless it is wanted of another picture than this.
    fn range_of(&self, picture: &Picture) -> Option<&str> {
        let is_same = self.if_range.as_ref().is_none_or(|validator| {
            *validator == picture.etag || *validator == httpdate::fmt_http_date(picture.modified)
        });
        self.range.as_deref().filter(|_| is_same)
    }
}

impl<'r> OpenApiFromRequest<'r> for Wish {
    fn from_request_input(
        _: &mut OpenApiGenerator,
        _: String,
        _: bool,
    ) -> rocket_okapi::Result<RequestHeaderInput> {
        let about = "Which bytes are wanted, such as bytes=0-1023 (RFC 9110, section 14).";
        let schema = json!({ "type": "string", "example": "bytes=0-1023" });
        let range = document::parameter("header", "Range", about, schema);
        Ok(RequestHeaderInput::Parameter(range))
    }
}

/// A rendition, or a part of it, or the word that it is unchanged.
struct Picture {
    media_type: &'static str,
    size: u64,
    etag: String,
    /// To the second, as HTTP tells it.
    modified: SystemTime,
    form: Form,
}

type Body = BoxStream<'static, io::Result<Bytes>>;

enum Form {
    Whole(Body),
    Part(std::ops::Range<u64>, Body),
    Unchanged,
    Beyond,
}

impl Picture {
    fn new(media_type: &'static str, whole: Rendered) -> Self {
        let Rendered { size, etag, modified, body } = whole;
        let modified = to_the_second(modified);
        Picture { media_type, size, etag, modified, form: Form::Whole(body) }
    }
}

fn to_the_second(moment: Timestamp) -> SystemTime {
    let seconds = u64::try_from(moment.as_millis()).unwrap_or_default() / 1_000;
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

impl<'r> Responder<'r, 'static> for Picture {
    fn respond_to(self, request: &'r rocket::Request<'_>) -> response::Result<'static> {
        let Picture { media_type, size, etag, modified, form } = self;
        let mut response = Response::build();
        response
            .raw_header("ETag", etag)
            .raw_header("Last-Modified", httpdate::fmt_http_date(modified))
            .raw_header("Cache-Control", "public, max-age=31536000, immutable")
            .raw_header("Accept-Ranges", "bytes");
        let (status, length, body) = match form {
            Form::Whole(body) => (Status::Ok, size, body),
            Form::Part(range, body) => {
                let last = range.end.saturating_sub(1);
                let content = format!("bytes {}-{last}/{size}", range.start);
                response.raw_header("Content-Range", content);
                (Status::PartialContent, range.end - range.start, body)
            }
            // An empty body of known size would tell a length that is not the image's.
            Form::Unchanged => {
                return response.status(Status::NotModified).streamed_body(empty()).ok();
            }
            Form::Beyond => {
                let detail = format!("the image has {size} bytes");
                let problem = Problem::new(Status::new(416), "range_not_satisfiable", detail);
                let mut response = Response::build_from(problem.respond_to(request)?);
                return response.raw_header("Content-Range", format!("bytes */{size}")).ok();
            }
        };
        let length = usize::try_from(length).map_err(|_| Status::InternalServerError)?;
        response
            .status(status)
            .raw_header("Content-Type", media_type)
            .sized_body(length, OneWay(StreamReader::new(body)))
            .ok()
    }
}

/// A body whose size is known and that is read once from its start: Rocket answers `HEAD` rightly
/// only for bodies that could be sought in, and does not seek in those of known size.
struct OneWay<R>(R);

impl<R: AsyncRead + Unpin> AsyncRead for OneWay<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl<R: Unpin> AsyncSeek for OneWay<R> {
    fn start_seek(self: Pin<&mut Self>, _: io::SeekFrom) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn poll_complete(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Poll::Ready(Err(io::ErrorKind::Unsupported.into()))
    }
}

impl OpenApiResponderInner for Picture {
    fn responses(_: &mut OpenApiGenerator) -> rocket_okapi::Result<Responses> {
        let bytes = || json!({ "type": "string", "format": "binary" });
        let mut whole = document::answer("The image.", "image/*", bytes());
        whole.headers.insert("ETag".to_owned(), header("The image's strong entity tag."));
        let mut part = document::answer("The part of the image.", "image/*", bytes());
        part.headers.insert("Content-Range".to_owned(), header("Which part it is."));
        let unchanged = rocket_okapi::okapi::openapi3::Response {
            description: "The image is what the reader has already.".to_owned(),
            ..Default::default()
        };
        let answers = [("200", whole), ("206", part), ("304", unchanged)];
        let responses = answers.map(|(status, a)| (status.to_owned(), RefOr::Object(a)));
        Ok(Responses { responses: Map::from_iter(responses), ..Responses::default() })
    }
}
