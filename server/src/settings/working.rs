//! How sheets are worked on, by a server and on the command line alike.

use clap::Args;
use pixmill_engine::{Config, worker::Work};
use serde::{Deserialize, Serialize};

use super::{Compression, Downloads, Reusing, Sharing, Sheets};

/// How sheets are worked on.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
pub struct Working {
    /// What may be downloaded.
    #[command(flatten)]
    #[serde(flatten)]
    pub downloads: Downloads,
    /// How large a sheet may be.
    #[command(flatten)]
    #[serde(flatten)]
    pub sheets: Sheets,
    /// What compressing may cost.
    #[command(flatten)]
    #[serde(flatten)]
    pub compression: Compression,
    /// Whether what was made for one sheet serves later ones.
    #[command(flatten)]
    #[serde(flatten)]
    pub reusing: Reusing,
    /// How several processes share the work.
    #[command(flatten)]
    #[serde(flatten)]
    pub sharing: Sharing,
}

impl Working {
    /// Puts these settings into what an engine is told.
    #[must_use]
    pub fn apply(&self, config: Config) -> Config {
        let Working { downloads, sheets, compression, reusing, sharing } = self;
        let mut sheet = config.sheet;
        sheet.limits = sheets.limits();
        Config {
            access: downloads.access(),
            fetch: downloads.limits(),
            sheet,
            compress: compression.limits(),
            work: Work { reuse: reusing.reuse(), lease: sharing.lease.0, ..compression.work() },
            ..config
        }
    }
}
