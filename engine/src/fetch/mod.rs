//! Downloads sources.
