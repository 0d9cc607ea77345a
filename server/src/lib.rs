//! The headless Pixmill: a REST API with Swagger, and the command line.
//!
//! A host and no more: what a route or a command does is one call to the engine. The modules stand
//! in the order in which they build on each other.

pub mod settings;
mod out;
mod log;
mod listening;
mod origin;
mod headers;
mod problem;
mod document;
mod auth;
mod params;
mod names;
mod body;
mod form;
mod routes;
mod catchers;
mod patience;
mod server;
pub mod cli;

pub use server::{ServeError, build};
