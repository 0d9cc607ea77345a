//! Reads and writes sheets.
