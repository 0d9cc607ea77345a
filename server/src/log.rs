//! Logs: for people on a terminal, one JSON object a line otherwise.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::{EnvFilter, fmt, util::SubscriberInitExt};

use crate::settings::{LogFormat, Logging};

/// What Rocket says of each request is left out: it has no fields, and we say it ourselves.
const QUIET: &str = "rocket=error,rocket::server::_=off,rocket::launch=off,hyper=warn";

/// Begins to log to stderr, what the `log` crate gets included, so that Rocket's own logger steps
/// aside.
///
/// # Errors
/// A sentence where the level is not one.
pub(crate) fn begin(logging: &Logging) -> Result<(), String> {
    let Logging { log_level, log_format } = logging;
    let filter = EnvFilter::try_new(format!("{QUIET},{log_level}"))
        .map_err(|error| format!("`{log_level}` is not a log level: {error}"))?;
    let is_human = match log_format {
        LogFormat::Auto => stderr().is_terminal(),
        LogFormat::Human => true,
        LogFormat::Json => false,
    };
    let log = fmt().with_env_filter(filter).with_writer(stderr);
    let begun = if is_human {
        log.with_target(false).with_ansi(stderr().is_terminal()).finish().try_init()
    } else {
        log.json().flatten_event(true).finish().try_init()
    };
    begun.map_err(|error| format!("cannot log: {error}"))
}
