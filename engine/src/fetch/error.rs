//! Why a source could not be had, in words that a shop owner understands.

use std::{fmt, time::Duration};

use thiserror::Error;

use super::{guard::Refused, size::Size, sniff::NotImage};
use crate::model::{Failure, FailureCode};

/// Why a source could not be had.
///
/// The words name the host at most, never a path or a query: these may hold secrets.
#[derive(Debug, Error)]
pub enum FetchError {
    /// The address may not be reached.
    #[error(transparent)]
    AddressRefused(#[from] Refused),
    /// The host's name stands for no address, or could not be looked up.
    #[error("the host {host} has no address")]
    HostNotFound {
        /// The host's name.
        host: String,
    },
    /// No connection could be made, or it broke before an answer came.
    #[error("no connection to {host}: {why}")]
    ConnectionFailed {
        /// The host's name.
        host: String,
        /// What happened to the connection.
        why: String,
        /// What reqwest says about it, without the URL.
        #[source]
        source: reqwest::Error,
    },
    /// No secure connection could be agreed on.
    #[error("no secure connection to {host}: {why}")]
    TlsFailed {
        /// The host's name.
        host: String,
        /// What is wrong.
        why: &'static str,
        /// What reqwest says about it, without the URL.
        #[source]
        source: reqwest::Error,
    },
    /// No answer began in time.
    #[error("no answer within {}", Seconds(*.within))]
    NoAnswer {
        /// How long was waited: as long as one answer may keep waiting, or what a try may take.
        within: Duration,
    },
    /// The answer began in time but did not end in time.
    #[error("not complete within {}: {received} came", Seconds(*.within))]
    Unfinished {
        /// How long a try may take.
        within: Duration,
        /// How far it got.
        received: Received,
    },
    /// The body stood still.
    #[error("stood still for {} after {received}", Seconds(*.duration))]
    Stalled {
        /// How long it stood still.
        duration: Duration,
        /// How far it got.
        received: Received,
    },
    /// The body got on too slowly.
    #[error(
        "slower than {} a second for {} after {received}",
        Size(*.least_bytes_per_second), Seconds(*.duration)
    )]
    TooSlow {
        /// The speed below which a body is given up on.
        least_bytes_per_second: u64,
        /// How long it was slower.
        duration: Duration,
        /// How far it got.
        received: Received,
    },
    /// The connection ended before the body did.
    #[error("cut off after {received}")]
    CutOff {
        /// How far it got.
        received: Received,
        /// What reqwest says about it, without the URL.
        #[source]
        source: reqwest::Error,
    },
    /// The source is larger than is allowed.
    #[error("larger than {}", Size(*.limit))]
    TooLarge {
        /// The most bytes that a source may have.
        limit: u64,
    },
    /// The server answered with something else than success.
    #[error("HTTP {status}{}", meaning(*.status))]
    HttpStatus {
        /// The status (RFC 9110, section 15).
        status: u16,
        /// How long the server asks to be left alone (RFC 9110, section 10.2.3).
        retry_after: Option<Duration>,
    },
    /// One redirect led to the next, too often.
    #[error("more than {limit} redirects")]
    TooManyRedirects {
        /// The most redirects that are followed.
        limit: u32,
    },
    /// A redirect led nowhere.
    #[error("a redirect leads nowhere: {why}")]
    BadRedirect {
        /// What is wrong with it.
        why: &'static str,
    },
    /// The answer breaks the rules of HTTP or cannot be unpacked.
    #[error("the answer cannot be read: {why}")]
    BadAnswer {
        /// What is wrong with it.
        why: String,
        /// What reqwest says about it, without the URL; `None` where we found the fault.
        #[source]
        source: Option<reqwest::Error>,
    },
    /// The link is not one that can be downloaded.
    #[error("not a link that can be downloaded: {why}")]
    BadLink {
        /// What is wrong with it.
        why: &'static str,
    },
    /// A file of this computer cannot be read.
    #[error("the file cannot be read: {why}")]
    FileNotReadable {
        /// What is wrong with it.
        why: String,
        /// Whether it may be read a little later, as where its drive is away for a moment.
        may_pass: bool,
    },
    /// The bytes are clearly something else than an image.
    #[error("got {0}, not an image")]
    NotAnImage(NotImage),
    /// There are no bytes.
    #[error("there are no bytes in it")]
    Empty,
    /// It went wrong again and again.
    #[error("{last}, tried {tries} times")]
    GivenUp {
        /// How often it was tried.
        tries: u32,
        /// What went wrong the last time.
        #[source]
        last: Box<FetchError>,
    },
}

impl FetchError {
    /// The stable name of the failure.
    #[must_use]
    pub fn code(&self) -> FailureCode {
        match self {
            FetchError::AddressRefused(_) => FailureCode::AddressRefused,
            FetchError::HostNotFound { .. } => FailureCode::HostNotFound,
            FetchError::ConnectionFailed { .. } => FailureCode::ConnectionFailed,
            FetchError::TlsFailed { .. } => FailureCode::TlsFailed,
            FetchError::NoAnswer { .. } | FetchError::Unfinished { .. } => FailureCode::Timeout,
            FetchError::Stalled { .. } | FetchError::TooSlow { .. } => FailureCode::Stalled,
            FetchError::CutOff { .. } => FailureCode::CutOff,
            FetchError::TooLarge { .. } => FailureCode::SourceTooLarge,
            FetchError::HttpStatus { .. } => FailureCode::HttpStatus,
            FetchError::TooManyRedirects { .. } => FailureCode::TooManyRedirects,
            FetchError::BadRedirect { .. } => FailureCode::BadRedirect,
            FetchError::BadAnswer { .. } | FetchError::BadLink { .. } => FailureCode::BadAnswer,
            FetchError::FileNotReadable { .. } => FailureCode::FileNotReadable,
            FetchError::NotAnImage(_) => FailureCode::NotAnImage,
            FetchError::Empty => FailureCode::EmptySource,
            FetchError::GivenUp { last, .. } => last.code(),
        }
    }

    /// The short form that failures are counted under, without the particulars of one image.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            FetchError::HostNotFound { .. } => "host not found".to_owned(),
            FetchError::ConnectionFailed { .. } => "no connection".to_owned(),
            FetchError::TlsFailed { .. } => "no secure connection".to_owned(),
            FetchError::Unfinished { .. } | FetchError::TooSlow { .. } => "too slow".to_owned(),
            FetchError::Stalled { .. } => "stood still".to_owned(),
            FetchError::CutOff { .. } => "cut off".to_owned(),
            FetchError::HttpStatus { status, .. } => format!("HTTP {status}"),
            FetchError::BadRedirect { .. } => "bad redirect".to_owned(),
            FetchError::BadAnswer { .. } => "unreadable answer".to_owned(),
            FetchError::BadLink { .. } => "bad link".to_owned(),
            FetchError::FileNotReadable { .. } => "file not readable".to_owned(),
            FetchError::NotAnImage(_) => "not an image".to_owned(),
            FetchError::Empty => "empty".to_owned(),
            FetchError::GivenUp { last, .. } => last.reason(),
            FetchError::AddressRefused(_)
            | FetchError::NoAnswer { .. }
            | FetchError::TooLarge { .. }
            | FetchError::TooManyRedirects { .. } => self.to_string(),
        }
    }

    /// Whether the same source may be had when it is asked for again later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            FetchError::HostNotFound { .. }
            | FetchError::ConnectionFailed { .. }
            | FetchError::NoAnswer { .. }
            | FetchError::Unfinished { .. }
            | FetchError::Stalled { .. }
            | FetchError::TooSlow { .. }
            | FetchError::CutOff { .. } => true,
            FetchError::HttpStatus { status, .. } => matches!(status, 408 | 425 | 429 | 500..=599),
            FetchError::AddressRefused(_)
            | FetchError::TlsFailed { .. }
            | FetchError::TooLarge { .. }
            | FetchError::TooManyRedirects { .. }
            | FetchError::BadRedirect { .. }
            | FetchError::BadAnswer { .. }
            | FetchError::BadLink { .. }
            | FetchError::NotAnImage(_)
            | FetchError::Empty => false,
            FetchError::FileNotReadable { may_pass, .. } => *may_pass,
            FetchError::GivenUp { last, .. } => last.is_retryable(),
        }
    }

    /// How long the server asks to be left alone, where it does.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        if let FetchError::HttpStatus { retry_after, .. } = self { *retry_after } else { None }
    }
}

impl From<FetchError> for Failure {
    fn from(error: FetchError) -> Self {
        Failure {
            code: error.code(),
            message: error.to_string(),
            reason: error.reason(),
            is_retryable: error.is_retryable(),
        }
    }
}

/// How much of a body came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// The bytes that came.
    pub bytes: u64,
    /// The bytes that were to come, where the server said so.
    pub of: Option<u64>,
}

impl fmt::Display for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.of {
            Some(of) => write!(f, "{} of {}", Size(self.bytes), Size(of)),
            None => write!(f, "{}", Size(self.bytes)),
        }
    }
}

/// A duration in seconds, with as many decimals as it needs.
pub(super) struct Seconds(pub(super) Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.0.as_secs_f64())
    }
}

/// What a status of success that brings no image means.
fn meaning(status: u16) -> &'static str {
    match status {
        204 | 205 => ", which brings no bytes",
        206 => ", only a part of the bytes",
        _ => "",
    }
}
