//! Errors as the server shows them: problem details (RFC 9457).

use std::io::Cursor;

use pixmill_engine::{
    Error, Told,
    sheet::Faults,
    webhook::{InvalidDraft, WebhookError},
    wire::{FaultView, ProblemView},
};
use rocket::{
    http::{ContentType, Status},
    response::{self, Responder, Response},
};
use rocket_okapi::{
    r#gen::OpenApiGenerator, okapi::openapi3::Responses, response::OpenApiResponderInner,
};
use tracing::error;

use crate::{headers::harden, origin::Refusal};

/// Why a request was not answered as it was meant.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    /// The HTTP status.
    pub(crate) status: Status,
    /// A stable word for programs.
    pub(crate) code: &'static str,
    /// What went wrong, in a sentence for people.
    pub(crate) detail: String,
    /// What is wrong in the sheet, where that is it.
    pub(crate) faults: Option<Faults>,
    /// The methods that the path has (RFC 9110, section 15.5.6), where the one asked for is none.
    pub(crate) allow: Option<String>,
    /// What `WWW-Authenticate` asks for (RFC 9110, section 11.6.1), where it is about a key.
    pub(crate) challenge: Option<&'static str>,
}

impl Problem {
    /// A problem with nothing but a status, a code and a sentence.
    pub(crate) fn new(status: Status, code: &'static str, detail: impl Into<String>) -> Self {
        Problem { status, code, detail: detail.into(), faults: None, allow: None, challenge: None }
    }

    /// A value that cannot be used: 422, with the name of the field.
    pub(crate) fn invalid(field: &str, reason: impl std::fmt::Display) -> Self {
        Told::invalid(field, reason).into()
    }
}

fn view(problem: &Problem, instance: String) -> ProblemView {
    let Problem { status, code, detail, faults, allow: _, challenge: _ } = problem;
    ProblemView {
        kind: "about:blank".to_owned(),
        title: status.reason_lossy().to_owned(),
        status: status.code,
        detail: detail.clone(),
        instance,
        code: (*code).to_owned(),
        faults: faults.as_ref().map(FaultView::all),
        more_faults: faults.as_ref().map(|faults| faults.more),
    }
}

impl From<Told> for Problem {
    /// What only concerns whose server it is goes to the log.
    fn from(told: Told) -> Self {
        let Told { status, code, words, faults, unsaid } = told;
        if let Some(error) = unsaid {
            error!(%error, "a request failed");
        }
        Problem { faults, ..Problem::new(Status::new(status), code, words) }
    }
}

/// What is told as the engine tells it.
macro_rules! told {
    ($($error:ty),*) => {$(
        impl From<$error> for Problem {
            fn from(error: $error) -> Self {
                Told::from(error).into()
            }
        }
    )*};
}

told!(Error, WebhookError, InvalidDraft);

/// A failure of the server's own: it is logged, and the caller learns no more than that.
pub(crate) fn internal(error: &dyn std::fmt::Display) -> Problem {
    Told::internal(error.to_string()).into()
}

impl<'r> Responder<'r, 'static> for Problem {
    fn respond_to(self, request: &'r rocket::Request<'_>) -> response::Result<'static> {
        let refusal = Refusal::of(request);
        let asked = refusal.map_or_else(|| request.uri().path().to_string(), |r| r.path.clone());
        let view = view(&self, asked);
        let body = serde_json::to_vec(&view).map_err(|_| Status::InternalServerError)?;
        let mut response = Response::build()
            .status(self.status)
            .header(ContentType::new("application", "problem+json"))
            .raw_header("Cache-Control", "no-store")
            .sized_body(body.len(), Cursor::new(body))
            .finalize();
        harden(&mut response);
        if let Some(methods) = self.allow {
            response.set_raw_header("Allow", methods);
        }
        if let Some(challenge) = self.challenge {
            response.set_raw_header("WWW-Authenticate", challenge);
        }
        match self.status.code {
            429 => response.set_raw_header("Retry-After", "60"),
            503 => response.set_raw_header("Retry-After", "5"),
            _ => false,
        };
        Ok(response)
    }
}

impl OpenApiResponderInner for Problem {
    /// None: each route says in [`document`](crate::document) which problems it has. Only their
    /// schema is noted.
    fn responses(generator: &mut OpenApiGenerator) -> rocket_okapi::Result<Responses> {
        generator.json_schema::<ProblemView>();
        Ok(Responses::default())
    }
}
