//! Finds out from reqwest's errors what went wrong.

use std::{error::Error, io, iter, time::Duration};

use rustls::CertificateError;

use super::{
    FetchError,
    error::{Received, Seconds},
    resolve::ResolveError,
};

/// Why no answer came from `host`; a connection may take as long as `connect`.
pub(crate) fn no_answer(error: reqwest::Error, host: &str, connect: Duration) -> FetchError {
    let source = error.without_url();
    let host = host.to_owned();
    if let Some(unresolved) = cause::<ResolveError>(&source) {
        return match unresolved {
            ResolveError::Refused(refused) => FetchError::AddressRefused(*refused),
            ResolveError::NoAddress | ResolveError::LookUp(_) => FetchError::HostNotFound { host },
        };
    }
    if let Some(why) = cause::<rustls::Error>(&source).map(insecure) {
        return FetchError::TlsFailed { host, why, source };
    }
    if cause::<hyper::Error>(&source).is_some_and(hyper::Error::is_parse) {
        return FetchError::BadAnswer { why: "it is not HTTP".to_owned(), source: Some(source) };
    }
    let why = if source.is_timeout() {
        format!("none was made within {}", Seconds(connect))
    } else {
        broken(&source).to_owned()
    };
    FetchError::ConnectionFailed { host, why, source }
}

/// Why a body ended too early.
pub(super) fn no_body(error: reqwest::Error, received: Received) -> FetchError {
    let source = error.without_url();
    let kind = system(&source);
    if matches!(kind, Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput)) {
        let why = "its packing is damaged".to_owned();
        return FetchError::BadAnswer { why, source: Some(source) };
    }
    FetchError::CutOff { received, source }
}

fn broken(error: &reqwest::Error) -> &'static str {
    match system(error) {
        Some(io::ErrorKind::ConnectionRefused) => "it was refused",
        Some(io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable) => {
            "there is no way to it"
        }
        Some(io::ErrorKind::TimedOut) => "none was made in time",
        _ if error.is_connect() => "none could be made",
        _ => "it broke before an answer came",
    }
}

fn insecure(error: &rustls::Error) -> &'static str {
    #[expect(clippy::wildcard_enum_match_arm, reason = "rustls' enums may grow")]
    match error {
        rustls::Error::InvalidCertificate(certificate) => match certificate {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "its certificate has expired"
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "its certificate is not valid yet"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "its certificate is another host's"
            }
            CertificateError::UnknownIssuer => {
                "its certificate is from nobody that is trusted here"
            }
            CertificateError::Revoked => "its certificate has been withdrawn",
            _ => "its certificate is not valid",
        },
        rustls::Error::InvalidMessage(_) => "it does not speak TLS there",
        _ => "none could be agreed on",
    }
}

/// The first cause of a kind.
fn cause<E: Error + 'static>(error: &reqwest::Error) -> Option<&E> {
    causes(error).find_map(|error| error.downcast_ref())
}

/// What the system said, where an error began with it.
fn system(error: &reqwest::Error) -> Option<io::ErrorKind> {
    causes(error).filter_map(|error| error.downcast_ref()).last().map(io::Error::kind)
}

/// An error, its cause, the cause of that, and so on.
fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    let first: &(dyn Error + 'static) = error;
    iter::successors(Some(first), |error| cause_of(*error))
}

/// The direct cause, one that hides in an [`io::Error`] included: that one's own `source` leaves
/// out the error that it was made from.
fn cause_of<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
        None => error.source(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_of_a_certificate_has_words_of_its_own() {
        let faults = [
            CertificateError::Expired,
            CertificateError::NotValidYet,
            CertificateError::NotValidForName,
            CertificateError::UnknownIssuer,
            CertificateError::Revoked,
            CertificateError::BadEncoding,
        ];
        let words: std::collections::HashSet<_> =
            faults.map(|fault| insecure(&rustls::Error::InvalidCertificate(fault))).into();
        assert_eq!(words.len(), 6);
    }
}
