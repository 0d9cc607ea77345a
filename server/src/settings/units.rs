//! Sizes and times as people write them: `64 MiB`, `15 s`.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Deserializer, Serialize};
use thiserror::Error;

/// A number of bytes, written `64 MiB`, `1.5 GB` or as a plain number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub struct Size(pub u64);

/// A length of time, written `500 ms`, `15 s`, `2 min`, `1 h` or as a plain number of seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub struct Span(pub Duration);

/// Some text is neither a size nor a time.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum InvalidUnit {
    /// Not a size.
    #[error("`{0}` is not a size: write it like 64 MiB")]
    Size(String),
    /// Not a time.
    #[error("`{0}` is not a length of time: write it like 15 s")]
    Span(String),
}

/// The units of a size, the largest first; the first of each size is how we write it.
const SIZES: [(&str, u64); 10] = [
    ("GiB", 1 << 30),
    ("G", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("M", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("K", 1 << 10),
    ("KB", 1_000),
    ("B", 1),
];

/// The units of a time in milliseconds, the largest first.
const SPANS: [(&str, u64); 7] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("min", 60_000),
    ("m", 60_000),
    ("s", 1_000),
    ("sec", 1_000),
    ("ms", 1),
];

impl FromStr for Size {
    type Err = InvalidUnit;

    fn from_str(text: &str) -> Result<Self, InvalidUnit> {
        measure(text, &SIZES, 1).map(Size).ok_or_else(|| InvalidUnit::Size(text.to_owned()))
    }
}

impl FromStr for Span {
    type Err = InvalidUnit;

    fn from_str(text: &str) -> Result<Self, InvalidUnit> {
        let millis = measure(text, &SPANS, 1_000);
        let span = millis.map(|millis| Span(Duration::from_millis(millis)));
        span.ok_or_else(|| InvalidUnit::Span(text.to_owned()))
    }
}

/// A number with one of some units behind it; without one it is in `plain`.
fn measure(text: &str, units: &[(&str, u64)], plain: u64) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim();
    let factor = match units.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)) {
        Some((_, factor)) => *factor,
        None if unit.is_empty() => plain,
        None => return None,
    };
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(factor);
    }
    let value = number.parse::<f64>().ok()? * factor as f64;
    (value < 9e15).then_some(value.round() as u64)
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_measure(f, self.0, &SIZES)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        write_measure(f, millis, &SPANS)
    }
}

/// Writes a value in the largest unit that it is a whole number of.
fn write_measure(f: &mut fmt::Formatter<'_>, value: u64, units: &[(&str, u64)]) -> fmt::Result {
    let fitting = units.iter().find(|(_, factor)| value > 0 && value.is_multiple_of(*factor));
    match fitting.or(units.last()) {
        Some((unit, factor)) => write!(f, "{} {unit}", value / factor),
        None => write!(f, "{value}"),
    }
}

impl From<Size> for String {
    fn from(size: Size) -> String {
        size.to_string()
    }
}

impl From<Span> for String {
    fn from(span: Span) -> String {
        span.to_string()
    }
}

/// What a settings file may hold for a size or a time.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Number(u64),
    Text(String),
}

impl Written {
    fn parse<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: FromStr<Err = InvalidUnit>,
        D: Deserializer<'de>,
    {
        let text = match Written::deserialize(deserializer)? {
            Written::Number(number) => number.to_string(),
            Written::Text(text) => text,
        };
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Written::parse(deserializer)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Written::parse(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_in_every_unit_and_written_in_the_largest_that_fits() {
        let size = |text: &str| text.parse::<Size>().map(|size| (size.0, size.to_string()));
        assert_eq!(size("64 MiB"), Ok((64 << 20, "64 MiB".to_owned())));
        assert_eq!(size("1.5GiB"), Ok((3 << 29, "1536 MiB".to_owned())));
        assert_eq!(size("10 mb"), Ok((10_000_000, "10 MB".to_owned())));
        assert_eq!(size("1000"), Ok((1_000, "1 KB".to_owned())));
        for wrong in ["", "MiB", "-1", "1 XB", "1e9", "99999999999999 GiB", "1.2.3 KB"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_are_read_in_every_unit_and_a_plain_number_is_seconds() {
        let span = |text: &str| text.parse::<Span>().map(|span| span.to_string());
        assert_eq!(span("500ms"), Ok("500 ms".to_owned()));
        assert_eq!(span("20"), Ok("20 s".to_owned()));
        assert_eq!(span("0.5 s"), Ok("500 ms".to_owned()));
        assert_eq!(span("120 s"), Ok("2 min".to_owned()));
        assert_eq!(span("0"), Ok("0 ms".to_owned()));
        assert!(span("soon").is_err());
    }
}
