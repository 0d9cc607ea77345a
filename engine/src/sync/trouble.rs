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

/// The trouble with what was to be read on this computer for one request. Where it is the computer
/// that fails, the request is as good as any other.
pub(super) fn reading_here(error: impl Into<Error>) -> Trouble {
    let error = error.into();
    if is_of_one_request(&error) { Trouble::Record(error.to_string()) } else { here(error) }
}

/// The trouble with what else was to be done on this computer.
pub(super) fn here(error: impl Into<Error>) -> Trouble {
    let error = error.into();
    if is_unreadable(&error) {
        return Trouble::Record(error.to_string());
    }
    Trouble::Away(format!("this computer fails: {error}"))
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
    matches!(error, Error::NoImage(_) | Error::NotFound(_)) || is_unreadable(error)
}

/// Whether what was found is not what it is to be.
fn is_unreadable(error: &Error) -> bool {
    matches!(error, Error::Store(StoreError::Unreadable { .. }))
}

/// Whether the deployment is of a version that this one does not go with.
fn is_of_version(error: &Error) -> bool {
    matches!(error, Error::Store(StoreError::TooOld { .. } | StoreError::OtherSchema { .. }))
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::{gallery::GalleryError, model::RequestId};

    #[test]
    fn what_is_wrong_with_one_request_is_told_from_what_is_wrong_with_the_computer() {
        let unreadable = || StoreError::Unreadable {
            kind: "requests",
            id: RequestId::fresh().to_string(),
            source: "it is cut off".into(),
        };
        let source = io::Error::other("too many open files");
        let failing = GalleryError::Unavailable { action: "read a.webp".to_owned(), source };
        assert!(matches!(reading_here(failing), Trouble::Away(_)));
        let missing = GalleryError::NotFound("a.webp".to_owned());
        assert!(matches!(reading_here(missing), Trouble::Record(_)));
        for trouble in [reading_here(unreadable()), here(unreadable()), there(unreadable())] {
            assert!(matches!(trouble, Trouble::Record(_)), "{trouble:?}");
        }
    }
}
