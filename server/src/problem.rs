//! Errors as the server shows them: problem details (RFC 9457).

use std::io::Cursor;

use pixmill_engine::{
    Error,
    sheet::{FaultCode, Faults},
    webhook::{InvalidDraft, WebhookError},
    wire::{BadLink, FaultView, ProblemView},
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
        Problem::new(Status::UnprocessableEntity, "invalid_value", format!("{field}: {reason}"))
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

impl From<Error> for Problem {
    /// What the caller can do something about is told; the rest is logged, and only named.
    fn from(error: Error) -> Self {
        let told = error.to_string();
        match error {
            Error::NotFound(_) | Error::NoKey(_) | Error::NoImage(_) => {
                Problem::new(Status::NotFound, "not_found", told)
            }
            Error::Refused(_) => Problem::new(Status::Conflict, "key_is_over", told),
            Error::Link(BadLink::Forged) => Problem::new(Status::Forbidden, "bad_link", told),
            Error::Link(BadLink::Expired(_)) => {
                Problem::new(Status::Forbidden, "link_expired", told)
            }
            Error::Faults(faults) => Problem {
                faults: Some(faults.clone()),
                ..Problem::new(refusal(&faults), "sheet_refused", told)
            },
            Error::Source(_) => Problem::new(Status::BadGateway, "source_failed", told),
            Error::KeyReused(_) => {
                Problem::new(Status::UnprocessableEntity, "idempotency_key_reused", told)
            }
            Error::Elsewhere(_) => Problem::new(Status::Conflict, "made_elsewhere", told),
            Error::Illegal(_) => Problem::new(Status::Conflict, "illegal_status_change", told),
            Error::Store(_) | Error::Gallery(_) | Error::Stopped => {
                error!(error = %told, "a request failed");
                let detail = "the storage cannot be used at the moment: try again later";
                Problem::new(Status::ServiceUnavailable, "unavailable", detail)
            }
            Error::Webhook(error) => webhook(&error, told),
            Error::Vault(_) | Error::Io { .. } | Error::NoDatabase => internal(&told),
        }
    }
}

fn webhook(error: &WebhookError, told: String) -> Problem {
    let (status, code) = match error {
        WebhookError::NotFound(_) | WebhookError::NoDelivery(_) => (Status::NotFound, "not_found"),
        WebhookError::Refused(_) => (Status::UnprocessableEntity, "address_refused"),
        WebhookError::TooMany { .. } => (Status::Conflict, "too_many_webhooks"),
        WebhookError::Fixed => (Status::Conflict, "webhook_of_the_settings"),
        WebhookError::KeyOver(_) => (Status::Conflict, "webhook_without_key"),
        WebhookError::Disabled(_) => (Status::Conflict, "webhook_disabled"),
        WebhookError::Store(_) | WebhookError::Vault(_) | WebhookError::Setup(_) => {
            return internal(&told);
        }
    };
    Problem::new(status, code, told)
}

impl From<WebhookError> for Problem {
    fn from(error: WebhookError) -> Self {
        Error::from(error).into()
    }
}

impl From<InvalidDraft> for Problem {
    fn from(invalid: InvalidDraft) -> Self {
        Problem::invalid(invalid.field, invalid.reason)
    }
}

/// A failure of the server's own: it is logged, and the caller learns no more than that.
pub(crate) fn internal(error: &dyn std::fmt::Display) -> Problem {
    error!(%error, "a request failed");
    let detail = "the server failed: its log says why";
    Problem::new(Status::InternalServerError, "internal", detail)
}

/// The status for a sheet with faults.
fn refusal(faults: &Faults) -> Status {
    let has = |code: FaultCode| faults.listed.iter().any(|fault| fault.code == code);
    if has(FaultCode::NotCsv) {
        Status::UnsupportedMediaType
    } else if has(FaultCode::TooLarge) {
        Status::PayloadTooLarge
    } else {
        Status::UnprocessableEntity
    }
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
