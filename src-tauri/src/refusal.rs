//! Why a command did not do what it was asked, as the page is told.

use pixmill_engine::{
    Error, Told,
    model::InvalidRecipe,
    webhook::{InvalidDraft, WebhookError},
    wire::ProblemView,
};
use serde::Serialize;
use tracing::error;

/// Why a command did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "is", rename_all = "camelCase")]
pub(crate) enum Refusal {
    /// Something is wrong.
    Problem {
        /// What.
        #[cfg_attr(test, ts(type = "ProblemView"))]
        problem: Box<ProblemView>,
    },
    /// The server cannot be reached.
    Unreachable {
        /// Why, in words for people.
        words: String,
    },
}

/// The answer of a command.
pub(crate) type Answer<T> = Result<T, Refusal>;

impl Refusal {
    /// A problem with a status as HTTP has it, a stable code and a sentence.
    pub(crate) fn new(status: u16, code: &'static str, words: impl Into<String>) -> Self {
        Told::new(status, code, words).into()
    }

    /// Something that is not there, or not any longer.
    pub(crate) fn not_found(words: impl Into<String>) -> Self {
        Refusal::new(404, "not_found", words)
    }

    /// This computer failed to do something.
    pub(crate) fn failed(action: &str) -> impl Fn(std::io::Error) -> Refusal {
        move |error| Told::internal(format!("cannot {action}: {error}")).into()
    }

    /// The same in words for people.
    pub(crate) fn words(&self) -> &str {
        match self {
            Refusal::Problem { problem } => &problem.detail,
            Refusal::Unreachable { words } => words,
        }
    }
}

impl From<Told> for Refusal {
    /// Who sits before this computer is told all that is known of it.
    fn from(mut told: Told) -> Self {
        if let Some(words) = told.unsaid.take() {
            error!(error = %words, "a command failed");
            told.words = words;
        }
        Refusal::Problem { problem: Box::new(told.view("")) }
    }
}

/// What is told as the engine tells it.
macro_rules! told {
    ($($error:ty),*) => {$(
        impl From<$error> for Refusal {
            fn from(error: $error) -> Self {
                Told::from(error).into()
            }
        }
    )*};
}

told!(Error, WebhookError, InvalidDraft, InvalidRecipe);
