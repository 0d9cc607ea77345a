//! Reading long lists a page at a time.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// How many entries a page has at most: 1 to 1,000. Default: 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(usize);

/// Not a number of entries that a page can have.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("a limit is a whole number from 1 to 1000")]
pub struct InvalidLimit;

impl Limit {
    /// The number of entries.
    #[must_use]
    pub fn entries(self) -> usize {
        self.0
    }
}

impl Default for Limit {
    fn default() -> Self {
        Limit(100)
    }
}

impl FromStr for Limit {
    type Err = InvalidLimit;

    fn from_str(text: &str) -> Result<Self, InvalidLimit> {
        match text.parse() {
            Ok(entries @ 1..=1_000) => Ok(Limit(entries)),
            Ok(_) | Err(_) => Err(InvalidLimit),
        }
    }
}

/// Where in a request a page of products begins.
///
/// Opaque to clients: they send back what `nextCursor` told them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProductCursor {
    /// The batch.
    pub seq: u32,
    /// The place of the product in the batch.
    pub product: u32,
}

/// Some text is not a cursor.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("this is not a cursor: send the nextCursor of the page before, or none")]
pub struct InvalidCursor;

impl FromStr for ProductCursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let (seq, product) = text.split_once('.').ok_or(InvalidCursor)?;
        let number = |digits: &str| digits.parse().map_err(|_| InvalidCursor);
        Ok(ProductCursor { seq: number(seq)?, product: number(product)? })
    }
}

impl fmt::Display for ProductCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.seq, self.product)
    }
}
