//! Who asks, and guards that each prove one thing about them.
//!
//! 1. Where no key has been made, everybody at this machine may do everything, and nobody else:
//!    who comes by way of a proxy that says so may be anywhere.
//! 2. Otherwise the key is taken from the headers and looked up; a wrong one is refused with 401.
//! 3. A guard asks [`Caller`], which alone knows what a role may do, and refuses with 403.
//! 4. What a caller does not see is not there: 404, by [`Id::seen_by`](crate::params::Id::seen_by).
//!
//! Each route names one guard, and its part of the OpenAPI document says which: there is no
//! document, and so no server, where one names none.

mod attempts;
mod downloads;
mod images;
mod late;
mod presented;
mod refusal;
mod sender;

use pixmill_engine::{
    Engine, Error,
    model::{Caller, Sight},
    store::StoreError,
};
use rocket::{
    outcome::Outcome,
    request::{self, FromRequest},
};
use rocket_okapi::{
    r#gen::OpenApiGenerator,
    request::{OpenApiFromRequest, RequestHeaderInput},
};

use crate::{
    document::{Demand, demand},
    problem::Problem,
};
pub(crate) use attempts::Attempts;
pub(crate) use downloads::DownloadPass;
pub(crate) use images::{Copies, ImagePass, Images};
pub(crate) use late::Late;
use presented::{Presented, presented};
pub(crate) use refusal::refusal;
pub(crate) use sender::Proxies;
use sender::is_forwarded;

/// Who may use a server for which no key has been made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keyless {
    /// Whoever is at this machine.
    Near,
    /// Whoever can reach it.
    Anybody,
}

/// Whoever has been proved to be somebody who sees requests.
pub(crate) trait Sees {
    /// Whose requests are seen.
    fn sight(&self) -> Sight;
}

macro_rules! guards {
    ($($(#[doc = $doc:literal])* $guard:ident: $who:literal, $may:expr, $else:literal;)*) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct $guard(pub(crate) Caller);

        #[rocket::async_trait]
        impl<'r> FromRequest<'r> for $guard {
            type Error = ();

            async fn from_request(
                request: &'r rocket::Request<'_>,
            ) -> request::Outcome<Self, ()> {
                let may: fn(Caller) -> bool = $may;
                let caller = match caller(request).await {
                    Ok(caller) if may(caller) => Ok($guard(caller)),
                    Ok(_) => Err(refusal::not_allowed($else)),
                    Err(problem) => Err(problem),
                };
                outcome(request, caller)
            }
        }

        impl<'r> OpenApiFromRequest<'r> for $guard {
            fn from_request_input(
                _: &mut OpenApiGenerator,
                _: String,
                _: bool,
            ) -> rocket_okapi::Result<RequestHeaderInput> {
                Ok(demand(Demand::Key, $who))
            }
        }

        impl Sees for $guard {
            fn sight(&self) -> Sight {
                self.0.sight()
            }
        }
    )*};
}

guards! {
    /// The caller may look at what it sees.
    CanView: "every key, for what it sees", |_| true, "";
    /// The caller may hand in sheets, and change what it sees.
    CanUpload: "keys of uploaders and admins, for what they see",
        Caller::may_upload, "this is a viewer's key: it may look, and change nothing";
    /// The caller may make keys and revoke them.
    IsAdmin: "keys of admins", Caller::is_admin, "only an admin's key may do this";
}

/// Nothing is asked of the caller.
pub(crate) struct Anyone;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Anyone {
    type Error = std::convert::Infallible;

    async fn from_request(_: &'r rocket::Request<'_>) -> request::Outcome<Self, Self::Error> {
        Outcome::Success(Anyone)
    }
}

impl<'r> OpenApiFromRequest<'r> for Anyone {
    fn from_request_input(
        _: &mut OpenApiGenerator,
        _: String,
        _: bool,
    ) -> rocket_okapi::Result<RequestHeaderInput> {
        Ok(demand(Demand::Nothing, "everybody"))
    }
}

/// What a guard answers: the problem is left for the catcher, which alone can tell it.
fn outcome<T>(
    request: &rocket::Request<'_>,
    proved: Result<T, Problem>,
) -> request::Outcome<T, ()> {
    match proved {
        Ok(proof) => Outcome::Success(proof),
        Err(problem) => {
            let status = problem.status;
            request.local_cache(|| Some(problem));
            Outcome::Error((status, ()))
        }
    }
}

/// Finds out who asks.
async fn caller(request: &rocket::Request<'_>) -> Result<Caller, Problem> {
    let engine: &Engine = request.rocket().state().expect("build puts it there");
    let attempts: &Attempts = request.rocket().state().expect("build puts it there");
    let proxies: &Proxies = request.rocket().state().expect("build puts it there");
    let keys = engine.keys();
    if !keys.exist().await.map_err(Error::from)? {
        return nobody(request);
    }
    let address = proxies.sender(request);
    let is_barred = attempts.are_too_many(address);
    let wrong = |problem: Problem| {
        attempts.note(address);
        Err(if is_barred { refusal::too_many() } else { problem })
    };
    match presented(request.headers()) {
        Presented::Nothing => Err(refusal::no_key()),
        Presented::Several => wrong(refusal::several_keys()),
        Presented::Unreadable(invalid) => wrong(refusal::wrong_key(&invalid)),
        // Invented tokens are not to keep the store busy, be their keys known or not.
        Presented::Token(token)
            if is_barred && !keys.is_known(&token) && !attempts.may_look_up(address) =>
        {
            wrong(refusal::too_many())
        }
        Presented::Token(token) => match keys.check(&token).await {
            Ok(caller) => Ok(caller),
            Err(StoreError::Refused(refused)) => wrong(refusal::wrong_key(&refused)),
            Err(error) => Err(Error::from(error).into()),
        },
    }
}

/// Who asks where no key has been made. The server listens on this machine only then, but a proxy
/// at it makes the whole world come from here. One that adds no header cannot be told from a person
/// at this machine: with such a one only a key keeps the world out.
fn nobody(request: &rocket::Request<'_>) -> Result<Caller, Problem> {
    let keyless: &Keyless = request.rocket().state().expect("build puts it there");
    match keyless {
        Keyless::Near if is_forwarded(request) => Err(refusal::only_near()),
        Keyless::Near | Keyless::Anybody => Ok(Caller::Anybody),
    }
}
