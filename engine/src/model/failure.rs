//! Why one image has no rendition.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why one image has no rendition: a stable code, words for people, whether trying again may help.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// What kind of failure it is, for programs.
    pub code: FailureCode,
    /// The same in words that a shop owner understands, with the particulars of this image, such
    /// as `cut off after 412 KB of 1.9 MB`.
    pub message: String,
    /// The short form that failures are counted under, such as `HTTP 404` or `cut off`.
    pub reason: String,
    /// Whether the same image may succeed when it is tried again later.
    pub is_retryable: bool,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

macro_rules! failure_codes {
    ($($(#[doc = $doc:literal])* $variant:ident = $name:literal,)*) => {
        /// The stable names of all failures: this is the one table of them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum FailureCode {
            $($(#[doc = $doc])* #[serde(rename = $name)] $variant,)*
        }

        impl FailureCode {
            /// Every code there is.
            pub const ALL: &'static [FailureCode] = &[$(FailureCode::$variant,)*];

            /// The code as it is stored and sent.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(FailureCode::$variant => $name,)* }
            }
        }
    };
}

failure_codes! {
    /// The address is one that may not be reached (private, loopback, link-local, ...).
    AddressRefused = "address_refused",
    /// The host's name has no address.
    HostNotFound = "host_not_found",
    /// No connection could be made, or it broke before an answer came.
    ConnectionFailed = "connection_failed",
    /// The server's certificate is not valid for it, or no secure connection could be agreed on.
    TlsFailed = "tls_failed",
    /// The whole download took too long.
    Timeout = "timeout",
    /// The download stood still for too long.
    Stalled = "stalled",
    /// The connection ended before all the bytes had come.
    CutOff = "cut_off",
    /// The source has more bytes than is allowed.
    SourceTooLarge = "source_too_large",
    /// The server answered with a status other than success.
    HttpStatus = "http_status",
    /// One redirect led to the next, too often.
    TooManyRedirects = "too_many_redirects",
    /// A redirect led nowhere: no address, or not an http(s) one.
    BadRedirect = "bad_redirect",
    /// The answer breaks the rules of HTTP or cannot be unpacked.
    BadAnswer = "bad_answer",
    /// A file that a sheet names on this computer is not there or cannot be read.
    FileNotReadable = "file_not_readable",
    /// The bytes are something else than an image, such as a web page.
    NotAnImage = "not_an_image",
    /// There are no bytes.
    EmptySource = "empty_source",
    /// The bytes are an image of a kind that Pixmill does not read.
    UnsupportedFormat = "unsupported_format",
    /// The image is damaged or incomplete.
    CorruptImage = "corrupt_image",
    /// The image has more pixels than is allowed.
    TooManyPixels = "too_many_pixels",
    /// Decoding the image needs more memory than is allowed.
    TooMuchMemory = "too_much_memory",
    /// Compressing the image took longer than is allowed.
    CompressTimeout = "compress_timeout",
    /// The rendition cannot be written in the format asked for, such as a side over its limit.
    CannotEncode = "cannot_encode",
    /// A fault of Pixmill's own.
    Internal = "internal",
}

impl fmt::Display for FailureCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
