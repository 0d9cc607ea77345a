//! A guard that refuses only after the body has been taken.

use rocket::{
    outcome::Outcome,
    request::{self, FromRequest},
};
use rocket_okapi::{
    r#gen::OpenApiGenerator,
    request::{OpenApiFromRequest, RequestHeaderInput},
};

use super::{refusal, refusal::no_key};
use crate::problem::Problem;

/// What another guard proves, or why it refuses.
///
/// Many senders listen only after they have sent all, and would hear of a broken connection where
/// they are to hear of their key. Whoever reads the body asks [`refusal`] what it is worth.
pub(crate) struct Late<G>(pub(crate) Result<G, Problem>);

#[rocket::async_trait]
impl<'r, G: FromRequest<'r>> FromRequest<'r> for Late<G> {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r rocket::Request<'_>) -> request::Outcome<Self, Self::Error> {
        Outcome::Success(Late(match G::from_request(request).await {
            Outcome::Success(proof) => Ok(proof),
            Outcome::Error(_) | Outcome::Forward(_) => {
                Err(refusal(request).cloned().unwrap_or_else(no_key))
            }
        }))
    }
}

impl<'r, G: OpenApiFromRequest<'r>> OpenApiFromRequest<'r> for Late<G> {
    fn from_request_input(
        generator: &mut OpenApiGenerator,
        name: String,
        required: bool,
    ) -> rocket_okapi::Result<RequestHeaderInput> {
        G::from_request_input(generator, name, required)
    }
}
