//! How several processes share the work.

use clap::Args;
use pixmill_engine::worker::Work;
use serde::{Deserialize, Serialize};

use super::Span;

/// How several processes share the work.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
#[command(next_help_heading = "Sharing")]
#[serde(rename_all = "kebab-case")]
pub struct Sharing {
    /// How long nothing may be heard of a process before others take over what it works on
    #[arg(long, value_name = "TIME", default_value_t = Span(Work::default().lease))]
    pub lease: Span,
}
