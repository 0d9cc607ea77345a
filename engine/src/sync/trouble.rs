//! Why something does not go on, by what is to be done about it.

use crate::{blame::Blame, error::Error, store::StoreError};

/// Why something does not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// One request cannot be copied as it is: it is parked, and the others go on.
    Record(String),
    /// The deployment does not let this computer in: nothing is tried until somebody says so.
    Refused(String),
    /// The deployment cannot be reached, or this computer cannot write: it is tried again.
    Away(String),
}

/// The result of what may be in trouble.
pub(super) type Result<T, E = Trouble> = std::result::Result<T, E>;

/// The trouble with what the deployment was asked.
pub(super) fn there(error: impl Into<Error>) -> Trouble {
    let error = error.into();
    let told = error.to_string();
    match blame(&error) {
        Blame::Asker => Trouble::Refused(told),
        Blame::Document => Trouble::Record(told),
        Blame::Nobody if is_of_one_request(&error) => Trouble::Record(told),
        Blame::Nobody if is_of_version(&error) => Trouble::Refused(told),
        Blame::Nobody => Trouble::Away(told),
    }
}

/// The trouble with what was to be read on this computer for one request.
pub(super) fn reading_here(error: impl Into<Error>) -> Trouble {
    Trouble::Record(error.into().to_string())
}

/// The trouble with what was to be written on this computer.
pub(super) fn here(error: impl Into<Error>) -> Trouble {
    Trouble::Away(format!("this computer fails: {}", error.into()))
}

fn blame(error: &Error) -> Blame {
    if let Error::Store(error) = error {
        error.blame()
    } else if let Error::Gallery(error) = error {
        error.blame()
    } else {
        Blame::Nobody
    }
}

fn is_of_one_request(error: &Error) -> bool {
    matches!(error, Error::NoImage(_) | Error::NotFound(_))
}

/// Whether the deployment is of a version that this one does not go with.
fn is_of_version(error: &Error) -> bool {
    matches!(error, Error::Store(StoreError::TooOld { .. } | StoreError::OtherSchema { .. }))
}
