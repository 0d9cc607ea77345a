//! The serial numbers that have been seen: the one thing that grows with a sheet.

use std::{
    collections::{HashMap, hash_map::Entry},
    hash::{BuildHasher, RandomState},
};

/// On which line each serial number was first seen.
///
/// An entry is a keyed hash of 64 bits and a line of 32, 16 bytes and one of the table's own, however
/// long the serial numbers are: a million take 36 MB, and 54 MB while the table last grows. That two
/// different ones of a million share a hash happens in one sheet of 37 million.
#[derive(Default)]
pub(super) struct Serials {
    hasher: RandomState,
    lines: HashMap<u64, u32>,
}

impl Serials {
    /// Notes the serial number; gives the line on which it was seen before, if so.
    pub(super) fn note(&mut self, serial: &str, line: u64) -> Option<u64> {
        match self.lines.entry(self.hasher.hash_one(serial)) {
            Entry::Occupied(seen) => Some(u64::from(*seen.get())),
            Entry::Vacant(free) => {
                free.insert(u32::try_from(line).unwrap_or(u32::MAX));
                None
            }
        }
    }
}
