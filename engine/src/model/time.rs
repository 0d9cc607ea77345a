//! A moment, as it is stored and shown.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

/// A moment in UTC, to the millisecond.
///
/// Stored as a BSON date, shown as RFC 3339 (`2026-01-31T09:30:00.000Z`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(bson::DateTime);

impl Timestamp {
    /// The start of 1970 in UTC: earlier than anything that Pixmill writes down.
    pub const EPOCH: Timestamp = Timestamp(bson::DateTime::from_millis(0));

    /// The moment that lies `millis` milliseconds after the start of 1970 in UTC.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        Timestamp(bson::DateTime::from_millis(millis))
    }

    /// Milliseconds since the start of 1970 in UTC.
    #[must_use]
    pub fn as_millis(self) -> i64 {
        self.0.timestamp_millis()
    }

    /// This moment, `later` later; saturates at the end of time.
    #[must_use]
    pub fn after(self, later: Duration) -> Self {
        let millis = i64::try_from(later.as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_millis(self.as_millis().saturating_add(millis))
    }

    /// This moment, `earlier` earlier; saturates at the beginning of time.
    #[must_use]
    pub fn before(self, earlier: Duration) -> Self {
        let millis = i64::try_from(earlier.as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_millis(self.as_millis().saturating_sub(millis))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.try_to_rfc3339_string() {
            Ok(text) => f.write_str(&text),
            Err(_) => write!(f, "{} ms after 1970", self.as_millis()),
        }
    }
}
