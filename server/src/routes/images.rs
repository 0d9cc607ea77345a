//! `GET /images/{id}/{name}`: the renditions.

use std::time::SystemTime;

use pixmill_engine::{Engine, gallery::Rendered};
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
    auth::ImagePass,
    document,
    params::{Id, Name},
    problem::Problem,
};

pub(super) fn routes_and_docs() -> document::Part {
    let (mut routes, mut docs) = document::part![image: [404, 416]];
    routes.extend(rocket::routes![head]);
    let query =
        |name, about| document::parameter("query", name, about, json!({ "type": "string" }));
    let parameters = [
        query("expires", "The end of a signed link's life, in seconds since 1970."),
        query("signature", "What signs the link."),
    ];
    document::add_parameters(&mut docs, "image", parameters);
    (routes, docs)
}

/// # A compressed image
///
/// It may be kept for ever: what is under this address does not change. A signed link bears
/// `expires` and `signature`: take it as it stands in the results sheet.
#[openapi(tag = "images")]
#[get("/images/<id>/<name>")]
async fn image(
    pass: ImagePass,
    id: Id,
    name: Name,
    wish: Wish,
    engine: &State<Engine>,
) -> Result<Picture, Problem> {
    let name = name.0?;
    let (id, copies) = pass.admit(id, &name, engine).await?;
    if wish.needs_a_look() {
        let outline = engine.look_at_image(id, &name).await?;
        let mut picture = Picture::new(name.media_type(), outline, copies, Form::Unchanged);
        if wish.has_already(&picture) {
            return Ok(picture);
        }
        match part(wish.range_of(&picture), picture.outline.size) {
            Part::Whole => {}
            Part::Beyond => {
                picture.form = Form::Beyond;
                return Ok(picture);
            }
            Part::Bytes(range) => {
                let opened = engine.image(id, &name, Some(range.clone())).await?;
                // It may have been replaced in between: then the whole is never wrong.
                if opened.outline == picture.outline {
                    picture.form = Form::Part(range, opened.body);
                    return Ok(picture);
                }
            }
        }
    }
    let Rendered { outline, body } = engine.image(id, &name, None).await?;
    Ok(Picture::new(name.media_type(), outline, copies, Form::Whole(body)))
}

/// What is told of an image without its bytes, which need not be fetched for it.
#[rocket::head("/images/<id>/<name>")]
async fn head(
    pass: ImagePass,
    id: Id,
    name: Name,
    wish: Wish,
    engine: &State<Engine>,
) -> Result<Picture, Problem> {
    let name = name.0?;
    let (id, copies) = pass.admit(id, &name, engine).await?;
    let outline = engine.look_at_image(id, &name).await?;
    let mut picture = Picture::new(name.media_type(), outline, copies, Form::Head);
    if wish.has_already(&picture) {
        picture.form = Form::Unchanged;
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
    /// Whether the answer hangs on what the image is like.
    fn needs_a_look(&self) -> bool {
        let Wish { if_none_match, if_modified_since, if_range: _, range } = self;
        if_none_match.is_some() || if_modified_since.is_some() || range.is_some()
    }

    fn has_already(&self, picture: &Picture) -> bool {
        match (&self.if_none_match, self.if_modified_since) {
            (Some(tags), _) => names(tags, &picture.outline.etag),
            (None, Some(since)) => picture.modified() <= since,
            (None, None) => false,
        }
    }

    /// The range that is wanted, unless it is wanted of another picture than this.
    fn range_of(&self, picture: &Picture) -> Option<&str> {
        let is_same = self.if_range.as_ref().is_none_or(|validator| {
            *validator == picture.outline.etag
                || *validator == httpdate::fmt_http_date(picture.modified())
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
