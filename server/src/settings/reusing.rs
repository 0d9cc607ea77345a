//! Whether what was made for one sheet serves later ones.

use clap::{ArgAction, Args};
use pixmill_engine::worker::Reuse;
use serde::{Deserialize, Serialize};

use super::Span;

/// Whether what was made for one sheet serves later ones.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
#[command(next_help_heading = "Reuse")]
#[serde(rename_all = "kebab-case")]
pub struct Reusing {
    /// Compress every image anew, also one that has not changed since an earlier sheet
    #[arg(long, value_name = "BOOL", action = ArgAction::Set,
          num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", hide_default_value = true)]
    pub no_reuse: bool,
    /// For how long images of earlier sheets are remembered
    #[arg(long, value_name = "TIME", default_value_t = Span(Reuse::default().life))]
    pub reuse_for: Span,
    /// How many images are remembered, twice for each
    #[arg(long, value_name = "N", default_value_t = Reuse::default().most)]
    pub reuse_entries: u64,
}

impl Reusing {
    /// What workers are told.
    #[must_use]
    pub fn reuse(&self) -> Option<Reuse> {
        let Reusing { no_reuse, reuse_for, reuse_entries } = *self;
        (!no_reuse).then_some(Reuse { life: reuse_for.0, most: reuse_entries })
    }
}
