//! An error as hosts tell it to whoever asked: one status, one code and one sentence for each,
//! whatever carries the engine.

use reqwest::StatusCode;

use crate::{
    error::Error,
    model::InvalidRecipe,
    sheet::{FaultCode, Faults},
    webhook::{InvalidDraft, WebhookError},
    wire::{BadLink, FaultView, ProblemView},
};

/// An error as hosts tell it (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The HTTP status that stands for it.
    pub status: u16,
    /// A stable word for programs.
    pub code: &'static str,
    /// What went wrong, in a sentence that anybody may read.
    pub words: String,
    /// What is wrong in the sheet, where that is it.
    pub faults: Option<Faults>,
    /// What went wrong in fact, where that concerns only whose machine it is: a server logs it, an
    /// app shows it to the person before it.
    pub unsaid: Option<String>,
}

impl Told {
    /// An error with nothing but a status, a code and a sentence.
    #[must_use]
    pub fn new(status: u16, code: &'static str, words: impl Into<String>) -> Self {
        Told { status, code, words: words.into(), faults: None, unsaid: None }
    }

    /// A value that cannot be used: 422, with the name of the field.
    #[must_use]
    pub fn invalid(field: &str, reason: impl std::fmt::Display) -> Self {
        Told::new(422, "invalid_value", format!("{field}: {reason}"))
    }

    /// A failure of the host's own, of which strangers learn no more than that.
    #[must_use]
    pub fn internal(reason: impl Into<String>) -> Self {
        let words = "the server failed: its log says why";
        Told { unsaid: Some(reason.into()), ..Told::new(500, "internal", words) }
    }

    /// The view of it, as the answer to what was asked for at `instance`.
    #[must_use]
    pub fn view(&self, instance: &str) -> ProblemView {
        let Told { status, code, words, faults, unsaid: _ } = self;
        let title = StatusCode::from_u16(*status).ok().and_then(|status| status.canonical_reason());
        ProblemView {
            kind: "about:blank".to_owned(),
            title: title.unwrap_or_default().to_owned(),
            status: *status,
            detail: words.clone(),
            instance: instance.to_owned(),
            code: (*code).to_owned(),
            faults: faults.as_ref().map(FaultView::all),
            more_faults: faults.as_ref().map(|faults| faults.more),
        }
    }
}

impl From<Error> for Told {
    /// What the caller can do something about is told; the rest is only named.
    fn from(error: Error) -> Self {
        let words = error.to_string();
        match error {
            Error::NotFound(_) | Error::NoKey(_) | Error::NoImage(_) => {
                Told::new(404, "not_found", words)
            }
            Error::Refused(_) => Told::new(409, "key_is_over", words),
            Error::Link(BadLink::Forged) => Told::new(403, "bad_link", words),
            Error::Link(BadLink::Expired(_)) => Told::new(403, "link_expired", words),
            Error::Faults(faults) => {
                let status = refusal(&faults);
                Told { faults: Some(faults), ..Told::new(status, "sheet_refused", words) }
            }
            Error::Source(_) => Told::new(502, "source_failed", words),
            Error::KeyReused(_) => Told::new(422, "idempotency_key_reused", words),
            Error::Elsewhere(_) => Told::new(409, "made_elsewhere", words),
            Error::Illegal(_) => Told::new(409, "illegal_status_change", words),
            Error::Store(_) | Error::Gallery(_) | Error::Stopped => {
                let told = "the storage cannot be used at the moment: try again later";
                Told { unsaid: Some(words), ..Told::new(503, "unavailable", told) }
            }
            Error::Webhook(error) => webhook(&error, words),
            Error::Vault(_) | Error::Io { .. } | Error::NoDatabase => Told::internal(words),
        }
    }
}

fn webhook(error: &WebhookError, words: String) -> Told {
    let (status, code) = match error {
        WebhookError::NotFound(_) | WebhookError::NoDelivery(_) => (404, "not_found"),
        WebhookError::Refused(_) => (422, "address_refused"),
        WebhookError::TooMany { .. } => (409, "too_many_webhooks"),
        WebhookError::Fixed => (409, "webhook_of_the_settings"),
        WebhookError::KeyOver(_) => (409, "webhook_without_key"),
        WebhookError::Disabled(_) => (409, "webhook_disabled"),
        WebhookError::Store(_) | WebhookError::Vault(_) | WebhookError::Setup(_) => {
            return Told::internal(words);
        }
    };
    Told::new(status, code, words)
}

impl From<WebhookError> for Told {
    fn from(error: WebhookError) -> Self {
        Error::from(error).into()
    }
}

impl From<InvalidDraft> for Told {
    fn from(invalid: InvalidDraft) -> Self {
        Told::invalid(invalid.field, invalid.reason)
    }
}

impl From<InvalidRecipe> for Told {
    fn from(invalid: InvalidRecipe) -> Self {
        let field = match invalid {
            InvalidRecipe::Format(_) => "format",
            InvalidRecipe::Quality(_) => "quality",
            InvalidRecipe::MaxSide(_) => "size",
            InvalidRecipe::Metadata(_) => "metadata",
        };
        Told::invalid(field, invalid)
    }
}

/// The status for a sheet with faults.
fn refusal(faults: &Faults) -> u16 {
    let has = |code: FaultCode| faults.listed.iter().any(|fault| fault.code == code);
    if has(FaultCode::NotCsv) {
        415
    } else if has(FaultCode::TooLarge) {
        413
    } else {
        422
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RequestId;

    #[test]
    fn what_a_caller_can_mend_is_told_and_the_rest_only_named() {
        let id = RequestId::fresh();
        let missing = Told::from(Error::NotFound(id));
        assert_eq!((missing.status, missing.code, missing.unsaid), (404, "not_found", None));
        assert_eq!(missing.words, format!("there is no request {id}"));

        let stopped = Told::from(Error::Stopped);
        assert_eq!((stopped.status, stopped.code), (503, "unavailable"));
        assert_eq!(stopped.unsaid.as_deref(), Some("the engine is being stopped"));
        assert!(!stopped.words.contains("engine"), "{}", stopped.words);
    }

    #[test]
    fn a_view_bears_the_words_that_http_has_for_the_status() {
        for (status, title) in
            [(404, "Not Found"), (413, "Payload Too Large"), (422, "Unprocessable Entity")]
        {
            assert_eq!(Told::new(status, "x", "y").view("/z").title, title);
        }
    }
}
