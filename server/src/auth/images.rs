//! Who may see an image: everybody, who has a key that sees its request, or who has a signed link.

use pixmill_engine::{
    Engine, Error,
    gallery::RenditionName,
    model::{Caller, RequestId, Sight, Timestamp},
};
use rocket::request::{self, FromRequest};
use rocket_okapi::{
    r#gen::OpenApiGenerator,
    request::{OpenApiFromRequest, RequestHeaderInput},
};

use super::{Presented, Sees, caller, outcome, presented};
use crate::{
    document::{Demand, demand},
    params::Id,
    problem::Problem,
};

/// Whether images can be seen by everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Images {
    /// By everybody who knows the link.
    Public,
    /// By whoever has a key or a signed link.
    Private,
}

/// What the caller shows to see an image.
pub(crate) enum ImagePass {
    /// Nothing is needed.
    Free,
    /// A key.
    Key(Caller),
    /// A link that is said to be signed: `expires` and `signature`.
    Link(String, String),
}

/// Who may keep a copy of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Copies {
    /// Everybody, caches on the way included.
    Everybody,
    /// The reader.
    Reader,
    /// The reader, while the link is good.
    ReaderUntil(Timestamp),
}

impl ImagePass {
    /// Lets the caller to an image, if it may see it.
    pub(crate) async fn admit(
        &self,
        id: Id,
        name: &RenditionName,
        engine: &Engine,
    ) -> Result<(RequestId, Copies), Problem> {
        match self {
            ImagePass::Free | ImagePass::Key(Caller::Anybody) => {
                Ok((id.unguarded()?, Copies::Everybody))
            }
            ImagePass::Key(caller) => {
                Ok((id.seen_by(&BySight(caller.sight()), engine).await?, Copies::Reader))
            }
            ImagePass::Link(expires, signature) => {
                let id = id.unguarded()?;
                let until = engine.check_link(id, name, (expires, signature)).await?;
                Ok((id, Copies::ReaderUntil(until)))
            }
        }
    }
}

struct BySight(Sight);

impl Sees for BySight {
    fn sight(&self) -> Sight {
        self.0
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for ImagePass {
    type Error = ();

    async fn from_request(request: &'r rocket::Request<'_>) -> request::Outcome<Self, ()> {
        outcome(request, pass(request).await)
    }
}

async fn pass(request: &rocket::Request<'_>) -> Result<ImagePass, Problem> {
    let engine: &Engine = request.rocket().state().expect("build puts it there");
    let images: &Images = request.rocket().state().expect("build puts it there");
    if *images == Images::Public {
        return Ok(ImagePass::Free);
    }
    let part = |name| request.query_value::<String>(name).and_then(Result::ok);
    let has_no_key = matches!(presented(request.headers()), Presented::Nothing);
    match (part("expires"), part("signature")) {
        (Some(expires), Some(signature)) if has_no_key => {
            let keys_exist = engine.keys().exist().await.map_err(Error::from)?;
            if keys_exist {
                return Ok(ImagePass::Link(expires, signature));
            }
        }
        (_, _) => {}
    }
    Ok(ImagePass::Key(caller(request).await?))
}

impl<'r> OpenApiFromRequest<'r> for ImagePass {
    fn from_request_input(
        _: &mut OpenApiGenerator,
        _: String,
        _: bool,
    ) -> rocket_okapi::Result<RequestHeaderInput> {
        let who = "every key that sees the request, for whoever has a signed link, and for \
                   everybody where the server's images are public";
        Ok(demand(Demand::KeyOrLink, who))
    }
}
