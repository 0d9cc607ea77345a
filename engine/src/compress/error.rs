//! Why a source could not be made into a rendition.

use image::ImageError;
use thiserror::Error;

use crate::model::{Failure, FailureCode, Format};

/// Why a source could not be made into a rendition, in words that a shop owner understands.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CompressError {
    /// There are no bytes.
    #[error("the file is empty")]
    Empty,
    /// The bytes are something else than an image; says what.
    #[error("got {0}, not an image")]
    NotAnImage(&'static str),
    /// The bytes are an image of a kind that Pixmill does not read; says which.
    #[error("{0} is not a kind of image that can be read here")]
    Unsupported(&'static str),
    /// The image is of a known format but uses a part of it that Pixmill does not read.
    #[error("this kind of {format} image cannot be read here: {detail}")]
    UnsupportedVariant {
        /// The image's format.
        format: Format,
        /// What about it is unusual, as the decoder says it.
        detail: String,
    },
    /// The end of the image is missing.
    #[error("the image is incomplete: its end is missing")]
    Incomplete,
    /// The image breaks the rules of its format; says which.
    #[error("the image is damaged: {0}")]
    Corrupt(String),
    /// The image has more pixels than [`Limits::max_pixels`](super::Limits::max_pixels).
    #[error("the image has {width} x {height} pixels, more than the {max} megapixels allowed")]
    TooManyPixels {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// The limit, in millions of pixels.
        max: u64,
    },
    /// The animation has more frames, or more pixels in all of them, than is allowed.
    #[error("the animation has {frames} frames of {width} x {height} pixels, more than is allowed")]
    TooManyFrames {
        /// How many frames it has.
        frames: u32,
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// A progressive JPEG goes over its pixels more often than is allowed.
    #[error("the JPEG goes over its {width} x {height} pixels {scans} times, more than is allowed")]
    TooManyScans {
        /// How many scans it has.
        scans: u32,
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// Decoding needs more memory than
    /// [`Limits::max_decoded_bytes`](super::Limits::max_decoded_bytes), or decoding and resizing
    /// more than the budget.
    #[error(
        "decoding the image needs more memory than is allowed; as a smaller image, or as a plain \
         JPEG, it may need less"
    )]
    TooMuchMemory,
    /// Writing the rendition needs more memory than the whole budget.
    #[error(
        "writing the image as {format} needs {needed} MiB of memory, more than the {allowed} MiB \
         allowed; a smaller maxWidth or maxHeight needs less, and so may another format"
    )]
    TooMuchMemoryToWrite {
        /// The format of the rendition.
        format: Format,
        /// What it needs, in MiB.
        needed: u64,
        /// What is allowed, in MiB.
        allowed: u64,
    },
    /// A side is longer than the format of the rendition can hold.
    #[error("{width} x {height} pixels do not fit into {format}, which ends at {max} a side")]
    SideTooLong {
        /// The format of the rendition.
        format: Format,
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// The format's longest side, in pixels.
        max: u32,
    },
    /// The encoder refused.
    #[error("the image could not be written as {format}: {detail}")]
    Encoder {
        /// The format of the rendition.
        format: Format,
        /// What the encoder says.
        detail: String,
    },
    /// [`Stop`](super::Stop) was requested, because it took too long.
    #[error("compressing the image took longer than is allowed")]
    Stopped,
    /// A fault of Pixmill's own.
    #[error("a fault in Pixmill: {0}")]
    Internal(String),
}

impl CompressError {
    /// The stable code of the failure.
    #[must_use]
    pub fn code(&self) -> FailureCode {
        match self {
            CompressError::Empty => FailureCode::EmptySource,
            CompressError::NotAnImage(_) => FailureCode::NotAnImage,
            CompressError::Unsupported(_) | CompressError::UnsupportedVariant { .. } => {
                FailureCode::UnsupportedFormat
            }
            CompressError::Incomplete | CompressError::Corrupt(_) => FailureCode::CorruptImage,
            CompressError::TooManyPixels { .. }
            | CompressError::TooManyFrames { .. }
            | CompressError::TooManyScans { .. } => FailureCode::TooManyPixels,
            CompressError::TooMuchMemory | CompressError::TooMuchMemoryToWrite { .. } => {
                FailureCode::TooMuchMemory
            }
            CompressError::SideTooLong { .. } | CompressError::Encoder { .. } => {
                FailureCode::CannotEncode
            }
            CompressError::Stopped => FailureCode::CompressTimeout,
            CompressError::Internal(_) => FailureCode::Internal,
        }
    }

    /// The short form that failures are counted under, such as `damaged image`.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            CompressError::Empty => "empty file".to_owned(),
            CompressError::NotAnImage(what) => format!("{what}, not an image"),
            CompressError::Unsupported(what) => format!("{what} not supported"),
            CompressError::UnsupportedVariant { format, .. } => {
                format!("this kind of {format} not supported")
            }
            CompressError::Incomplete => "incomplete image".to_owned(),
            CompressError::Corrupt(_) => "damaged image".to_owned(),
            CompressError::TooManyPixels { .. } => "too many pixels".to_owned(),
            CompressError::TooManyFrames { .. } => "too many frames".to_owned(),
            CompressError::TooManyScans { .. } => "too many scans".to_owned(),
            CompressError::TooMuchMemory => "too much memory".to_owned(),
            CompressError::TooMuchMemoryToWrite { format, .. } => {
                format!("too much memory for {format}")
            }
            CompressError::SideTooLong { format, .. } => format!("too large for {format}"),
            CompressError::Encoder { format, .. } => format!("cannot be written as {format}"),
            CompressError::Stopped => "compressing took too long".to_owned(),
            CompressError::Internal(_) => "a fault in Pixmill".to_owned(),
        }
    }

    /// Whether the same bytes may succeed when they are tried again: never, for nothing here
    /// depends on the moment.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        false
    }

    /// What an error of a decoder of the `image` crate means for a source of this format.
    pub(crate) fn decoding(format: Format, error: ImageError) -> Self {
        match error {
            ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                CompressError::Incomplete
            }
            ImageError::IoError(error) => CompressError::Corrupt(error.to_string()),
            ImageError::Unsupported(error) => {
                CompressError::UnsupportedVariant { format, detail: error.to_string() }
            }
            ImageError::Limits(_) => CompressError::TooMuchMemory,
            ImageError::Decoding(_) | ImageError::Encoding(_) | ImageError::Parameter(_) => {
                if ends_early(&error) {
                    CompressError::Incomplete
                } else {
                    // The cause alone: what stands around it repeats the name of the format.
                    let cause = std::error::Error::source(&error).map(ToString::to_string);
                    CompressError::Corrupt(cause.unwrap_or_else(|| error.to_string()))
                }
            }
        }
    }

    /// What an error of an encoder means.
    pub(crate) fn encoding(format: Format, error: impl std::fmt::Display) -> Self {
        CompressError::Encoder { format, detail: error.to_string() }
    }
}

impl From<CompressError> for Failure {
    fn from(error: CompressError) -> Failure {
        Failure {
            code: error.code(),
            message: error.to_string(),
            reason: error.reason(),
            is_retryable: error.is_retryable(),
        }
    }
}

/// Whether some cause of the error is that the bytes came to an end.
fn ends_early(error: &ImageError) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let io = error.downcast_ref::<std::io::Error>();
        if io.is_some_and(|io| io.kind() == std::io::ErrorKind::UnexpectedEof) {
            return true;
        }
        cause = error.source();
    }
    false
}
