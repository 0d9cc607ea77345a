//! A rendition as an answer: whole, in part, or not at all.

use std::{
    io,
    ops::Range,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use futures_util::{StreamExt, stream, stream::BoxStream};
use pixmill_engine::{gallery::Outline, model::Timestamp};
use rocket::{
    http::Status,
    response::{self, Responder, Response},
};
use rocket_okapi::{
    r#gen::OpenApiGenerator,
    okapi::{
        Map,
        openapi3::{RefOr, Responses},
    },
    response::OpenApiResponderInner,
};
use serde_json::json;
use tokio::io::{AsyncRead, AsyncSeek, ReadBuf, empty};
use tokio_util::io::StreamReader;

use crate::{
    auth::Copies,
    document::{self, header},
    problem::Problem,
};

/// How long an image may be kept at most, in seconds.
const YEAR_SECONDS: u64 = 31_536_000;

/// A rendition, or a part of it, or the word that it is unchanged.
pub(super) struct Picture {
    media_type: &'static str,
    pub(super) outline: Outline,
    copies: Copies,
    pub(super) form: Form,
}

pub(super) type Body = BoxStream<'static, io::Result<Bytes>>;

/// How much of a rendition is sent.
pub(super) enum Form {
    /// All of it.
    Whole(Body),
    /// Nothing but what would be told with all of it.
    Head,
    /// The bytes from start to before end.
    Part(Range<u64>, Body),
    /// Nothing: the reader has it.
    Unchanged,
    /// Nothing: the reader wants bytes that it does not have.
    Beyond,
}

impl Picture {
    pub(super) fn new(
        media_type: &'static str,
        outline: Outline,
        copies: Copies,
        form: Form,
    ) -> Self {
        Picture { media_type, outline, copies, form }
    }

    /// When it was kept; to the second, as HTTP tells it.
    pub(super) fn modified(&self) -> SystemTime {
        to_the_second(self.outline.modified)
    }
}

fn to_the_second(moment: Timestamp) -> SystemTime {
    let seconds = u64::try_from(moment.as_millis()).unwrap_or_default() / 1_000;
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

impl<'r> Responder<'r, 'static> for Picture {
    fn respond_to(self, request: &'r rocket::Request<'_>) -> response::Result<'static> {
        let modified = self.modified();
        let Picture { media_type, outline: Outline { size, etag, modified: _ }, copies, form } =
            self;
        let mut response = Response::build();
        response
            .raw_header("ETag", etag)
            .raw_header("Last-Modified", httpdate::fmt_http_date(modified))
            .raw_header("Cache-Control", caching(copies))
            .raw_header("Accept-Ranges", "bytes");
        let (status, length, body) = match form {
            Form::Whole(body) => (Status::Ok, size, body),
            // The length is told; there is nothing to read.
            Form::Head => (Status::Ok, size, stream::empty().boxed()),
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

/// How long an image may be kept, and by whom (RFC 9111, section 5.2.2).
fn caching(copies: Copies) -> String {
    let (who, seconds) = match copies {
        Copies::Everybody => ("public", YEAR_SECONDS),
        Copies::Reader => ("private", YEAR_SECONDS),
        Copies::ReaderUntil(until) => {
            let until = Duration::from_millis(until.as_millis().try_into().unwrap_or_default());
            let left = until.saturating_sub(SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default());
            ("private", left.as_secs().min(YEAR_SECONDS))
        }
    };
    format!("{who}, max-age={seconds}, immutable")
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
