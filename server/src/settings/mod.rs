//! Everything that can be set, in one struct: the command line's options, the environment's
//! `PIXMILL_*`, the keys of `pixmill.toml` and the defaults all come from it.

mod units;
mod downloads;
mod sheets;
mod compression;
mod reusing;
mod sharing;
mod working;
mod webhooks;
mod data;
mod keeping;
mod serving;
mod access;
mod secrets;
mod layers;

use std::collections::BTreeSet;

use clap::{Args, Command, FromArgMatches, ValueEnum};
use figment::providers::Serialized;
use pixmill_engine::Config;
use serde::{Deserialize, Serialize};

pub use access::{Access, ImageLinks};
pub use compression::Compression;
pub use data::Data;
pub use downloads::Downloads;
pub use keeping::{GalleryChoice, Keeping, StoreChoice};
pub use layers::{SettingsError, read, table, warn_of_misspelt_variables, with_environment};
pub use reusing::Reusing;
pub use secrets::{Private, Secrets};
pub use serving::Serving;
pub use sharing::Sharing;
pub use sheets::Sheets;
pub use units::{InvalidUnit, Size, Span};
pub use webhooks::Hooks;
pub use working::Working;

/// Everything that can be set.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
pub struct Settings {
    /// How the server is reached.
    #[command(flatten)]
    #[serde(flatten)]
    pub serving: Serving,
    /// Who may use the server, and see its images.
    #[command(flatten)]
    #[serde(flatten)]
    pub access: Access,
    /// Where things are kept.
    #[command(flatten)]
    #[serde(flatten)]
    pub keeping: Keeping,
    /// How sheets are worked on.
    #[command(flatten)]
    #[serde(flatten)]
    pub working: Working,
    /// Who is told of changes of status.
    #[command(flatten)]
    #[serde(flatten)]
    pub hooks: Hooks,
    /// What is logged.
    #[command(flatten)]
    #[serde(flatten)]
    pub logging: Logging,
}

/// What is logged, and how.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
#[command(next_help_heading = "Logs")]
#[serde(rename_all = "kebab-case")]
pub struct Logging {
    /// What is logged: error, warn, info, debug or trace, for parts apart if need be
    /// (`info,pixmill_engine=debug`)
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    pub log_level: String,
    /// How it is logged: for people, or one JSON object a line; auto asks whether people watch
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = LogFormat::Auto)]
    pub log_format: LogFormat,
}

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// For people on a terminal, JSON otherwise.
    Auto,
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
}

impl Default for Settings {
    fn default() -> Self {
        let matches = Settings::augment_args(Command::new("pixmill")).get_matches_from(["pixmill"]);
        Settings::from_arg_matches(&matches).expect("every setting has a default")
    }
}

impl Settings {
    /// The names of all settings, as the file spells them.
    fn keys() -> BTreeSet<String> {
        let all = layers::dict(&Serialized::defaults(Settings::default()));
        all.expect("settings serialize to a table").into_keys().collect()
    }

    /// What the engine of a server is told.
    ///
    /// # Errors
    /// [`SettingsError::NoDataFolder`], [`SettingsError::Key`], [`SettingsError::Hook`]
    pub fn engine(&self) -> Result<Config, SettingsError> {
        let config = self.working.apply(self.keeping.config()?);
        Ok(Config { webhooks: self.hooks.terms()?, ..config })
    }
}
