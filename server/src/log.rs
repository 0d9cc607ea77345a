//! Logs: for people on a terminal, one JSON object a line otherwise.

use std::io::{IsTerminal, stderr};

use tracing::Metadata;
use tracing_subscriber::{
    EnvFilter, Layer, filter::filter_fn, fmt, layer::SubscriberExt, registry,
    util::SubscriberInitExt,
};

use crate::settings::{LogFormat, Logging};

/// What Rocket says of each request is left out: it has no fields, and we say it ourselves.
const QUIET: &str = "rocket=error,rocket::launch=off,hyper=warn";
/// How the targets end by which Rocket speaks in the name of its parts and of our routes: that a guard
/// lets somebody not in is an answer, and nothing to be warned of.
const OF_EACH_REQUEST: &str = "::_";

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
    let log = fmt::layer().with_writer(stderr);
    let log = if is_human {
        log.with_target(false).with_ansi(stderr().is_terminal()).boxed()
    } else {
        log.json().flatten_event(true).boxed()
    };
    let is_ours = |about: &Metadata<'_>| !about.target().ends_with(OF_EACH_REQUEST);
    let begun = registry().with(log.with_filter(filter).with_filter(filter_fn(is_ours))).try_init();
    begun.map_err(|error| format!("cannot log: {error}"))
}
