//! The one place where a panic of a codec ends.
//!
//! The decoders are memory-safe, so the worst that a hostile file makes of their bugs is a panic;
//! the C encoders report their errors by unwinding.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

use super::CompressError;

/// Does some decoding; a panic means that the image is damaged in a way that nobody thought of.
pub(crate) fn decoding<T>(
    work: impl FnOnce() -> Result<T, CompressError>,
) -> Result<T, CompressError> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|panic| Err(CompressError::Corrupt(words(&*panic))))
}

/// Does some encoding; a panic is a fault of ours, for the pixels are.
pub(crate) fn encoding<T>(
    work: impl FnOnce() -> Result<T, CompressError>,
) -> Result<T, CompressError> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|panic| Err(CompressError::Internal(words(&*panic))))
}

/// Does something that the picture can do without; a panic means that it is not to be had.
pub(crate) fn quietly<T>(work: impl FnOnce() -> Option<T>) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(None)
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    format!("its decoding or encoding broke off ({})", text.unwrap_or("no reason given"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error() {
        let corrupt = decoding::<()>(|| panic!("index out of bounds")).unwrap_err();
        assert!(matches!(corrupt, CompressError::Corrupt(words) if words.contains("index")));
        let internal = encoding::<()>(|| std::panic::panic_any("x")).unwrap_err();
        assert!(matches!(internal, CompressError::Internal(_)));
        assert_eq!(quietly::<()>(|| panic!("quietly")), None);
    }
}
