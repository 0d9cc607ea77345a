//! `GET /images/{id}/{name}`: the renditions.

use std::time::SystemTime;

use pixmill_engine::Engine;
use rocket::{
    State, get,
    request::{self, FromRequest},
};
use rocket_okapi::{
    r#gen::OpenApiGenerator,
    openapi,
    request::{OpenApiFromRequest, RequestHeaderInput},
};
use serde_json::json;

use super::{
    picture::{Form, Picture},
    range::{Part, names, part},
};
use crate::{
    document,
    params::{Id, Name},
    problem::Problem,
};

pub(super) fn routes_and_docs() -> document::Part {
    document::part![image: [404, 416]]
}

/// # A compressed image
///
/// It may be kept for ever: what is under this address does not change.
#[openapi(tag = "images")]
#[get("/images/<id>/<name>")]
async fn image(id: Id, name: Name, wish: Wish, engine: &State<Engine>) -> Result<Picture, Problem> {
    let (id, name) = (id.0?, name.0?);
    let whole = engine.image(id, &name, None).await?;
    let mut picture = Picture::new(name.media_type(), whole);
    if wish.has_already(&picture) {
        picture.form = Form::Unchanged;
    } else if let Some(range) = wish.range_of(&picture) {
        match part(Some(range), picture.size) {
            Part::Whole => {}
            Part::Beyond => picture.form = Form::Beyond,
            Part::Bytes(range) => {
                let body = engine.image(id, &name, Some(range.clone())).await?.body;
                picture.form = Form::Part(range, body);
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
