//! Who may save results sheets and images as files: who has a key that sees the request, or a link
//! that was signed for whoever had one.

use pixmill_engine::{
    Engine,
    model::{Caller, RequestId},
    wire::Download,
};
use rocket::request::{self, FromRequest};
use rocket_okapi::{
    r#gen::OpenApiGenerator,
    request::{OpenApiFromRequest, RequestHeaderInput},
};

use super::{CanView, Presented, caller, outcome, presented};
use crate::{
    document::{Demand, demand},
    params::Id,
    problem::Problem,
};

/// What the caller shows to save a file.
pub(crate) enum DownloadPass {
    /// A key, or nothing where none is needed.
    Key(Caller),
    /// A link that is said to be signed: `expires` and `signature`.
    Link(String, String),
}

impl DownloadPass {
    /// Lets the caller to what can be saved of a request, if it may see it.
    pub(crate) async fn admit(
        &self,
        id: Id,
        what: Download,
        engine: &Engine,
    ) -> Result<RequestId, Problem> {
        match self {
            DownloadPass::Key(caller) => id.seen_by(&CanView(*caller), engine).await,
            DownloadPass::Link(expires, signature) => {
                let id = id.unguarded()?;
                engine.check_download_link(id, what, (expires, signature)).await?;
                Ok(id)
            }
        }
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for DownloadPass {
    type Error = ();

    async fn from_request(request: &'r rocket::Request<'_>) -> request::Outcome<Self, ()> {
        let part = |name| request.query_value::<String>(name).and_then(Result::ok);
        let has_no_key = matches!(presented(request.headers()), Presented::Nothing);
        let pass = match (part("expires"), part("signature")) {
            (Some(expires), Some(signature)) if has_no_key => {
                Ok(DownloadPass::Link(expires, signature))
            }
            (_, _) => caller(request).await.map(DownloadPass::Key),
        };
        outcome(request, pass)
    }
}

impl<'r> OpenApiFromRequest<'r> for DownloadPass {
    fn from_request_input(
        _: &mut OpenApiGenerator,
        _: String,
        _: bool,
    ) -> rocket_okapi::Result<RequestHeaderInput> {
        let who = "every key that sees the request, and for whoever has a link from \
                   `POST /requests/{id}/downloads`";
        Ok(demand(Demand::KeyOrLink, who))
    }
}
