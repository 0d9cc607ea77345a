//! Reading long lists a page at a time.

use std::{fmt, str::FromStr};

use thiserror::Error;

use crate::model::{ImageState, Product};

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

    /// How many entries are to be looked for: one more than fit tells that there is another page.
    #[must_use]
    pub fn and_one_more(self) -> usize {
        self.0 + 1
    }
}

/// Some entries of a longer list, and where the next page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The entries.
    pub entries: Vec<T>,
    /// Where the next page begins; none on the last.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// Cuts a page from what was found, one more than fit if there is one. `name` is by what the
    /// next page finds the last entry of this one.
    #[must_use]
    pub fn cut<N: ToString>(mut found: Vec<T>, limit: Limit, name: impl Fn(&T) -> N) -> Self {
        let is_last = found.len() <= limit.entries();
        found.truncate(limit.entries());
        let last = found.last().filter(|_| !is_last);
        let next_cursor = last.map(|last| name(last).to_string());
        Page { entries: found, next_cursor }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_its_last_entry_only_where_another_page_follows() {
        let limit = Limit(2);
        assert_eq!(limit.and_one_more(), 3);
        for (found, entries, next) in [
            (vec![], vec![], None),
            (vec![9, 8], vec![9, 8], None),
            (vec![9, 8, 7], vec![9, 8], Some("8".to_owned())),
        ] {
            let page = Page::cut(found, limit, |entry| *entry);
            assert_eq!(page, Page { entries, next_cursor: next });
        }
    }
}

/// Which products of a request are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductsWanted {
    /// Where they begin.
    pub start: ProductStart,
    /// Only those of which an image failed.
    pub only_failed: bool,
    /// Only those whose name or serial number has this in it, whatever the case.
    pub search: Option<String>,
}

/// Where products begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProductStart {
    /// Where the page before ended.
    Cursor(ProductCursor),
    /// At a row of the sheet, counted from 0.
    Row(u64),
}

impl Default for ProductStart {
    fn default() -> Self {
        ProductStart::Cursor(ProductCursor::default())
    }
}

impl From<ProductCursor> for ProductsWanted {
    fn from(cursor: ProductCursor) -> Self {
        ProductsWanted { start: ProductStart::Cursor(cursor), ..ProductsWanted::default() }
    }
}

impl ProductsWanted {
    /// Whether every product from the start on is wanted.
    #[must_use]
    pub fn is_any(&self) -> bool {
        !self.only_failed && self.search.is_none()
    }

    /// Whether this product is wanted.
    #[must_use]
    pub fn takes(&self, product: &Product) -> bool {
        let has_failed =
            || product.images.iter().any(|image| matches!(image.state, ImageState::Failed(_)));
        let is_found = |search: &String| {
            let search = search.to_lowercase();
            [&product.serial_number, &product.product_name]
                .iter()
                .any(|text| text.to_lowercase().contains(&search))
        };
        (!self.only_failed || has_failed()) && self.search.as_ref().is_none_or(is_found)
    }
}
