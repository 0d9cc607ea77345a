//! Pixmill's engine: a sheet of image links goes in, a sheet of compressed images comes out.
//!
//! This crate is everything that is not a host: it knows no HTTP server, no window, no command line
//! and no environment variables. The modules stand in the order in which the data flows, and each
//! imports only from those above it.

mod backoff;
mod blame;
pub mod model;
pub mod sheet;
pub mod wire;
pub mod fetch;
pub mod compress;
pub mod gather;
pub mod gallery;
pub mod vault;
pub mod store;
pub mod webhook;
pub mod worker;

// What the tests of several modules need.
#[cfg(test)]
#[path = "../tests/support/deployment.rs"]
#[expect(dead_code, reason = "other tests start servers of their own")]
mod deployment;

mod error;
mod config;
mod told;
mod engine;
pub mod watch;
pub mod sync;

pub use backoff::Backoff;
pub use config::{Config, GalleryAt, StoreAt};
pub use engine::{Archive, Engine, Outlet, Results, SourceImage, Submitted, Upload};
pub use error::Error;
pub use told::Told;
