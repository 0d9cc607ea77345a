//! Pixmill in a window: an engine of its own, or a server's, behind the same page as the server has.
//!
//! The page asks by commands and hears by events; it names no path and no address that it was not
//! given. `desk` is the app without its window, and all of it can be tested without one.

mod refusal;
mod wire;
mod files;
mod around;
mod offers;
mod settings;
mod keyring;
mod host;
mod queue;
mod results;
mod expected;
mod work;
mod folders;
mod following;
mod news;
mod ways;
mod syncing;
mod desk;
#[macro_use]
mod commands;
mod scheme;
mod log;
mod notice;
mod window;
mod tray;
mod updates;
mod arrivals;
mod app;
#[cfg(test)]
mod typescript;

pub use app::run;
