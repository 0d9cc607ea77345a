//! Where things are kept.

use std::path::PathBuf;

use clap::Args;
use directories::ProjectDirs;
use pixmill_engine::Config;
use serde::{Deserialize, Serialize};

use super::SettingsError;

/// Where things are kept.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
#[command(next_help_heading = "Server")]
#[serde(rename_all = "kebab-case")]
pub struct Keeping {
    /// The folder for requests, sheets and images [default: the system's folder for data]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

impl Keeping {
    /// The folder in which everything is kept.
    ///
    /// # Errors
    /// [`SettingsError::NoDataFolder`] where neither the settings nor the system name one.
    pub fn folder(&self) -> Result<PathBuf, SettingsError> {
        match &self.data {
            Some(folder) => Ok(folder.clone()),
            None => ProjectDirs::from("", "", "pixmill")
                .map(|folders| folders.data_dir().to_owned())
                .ok_or(SettingsError::NoDataFolder),
        }
    }

    /// What an engine is told that keeps its things there.
    ///
    /// # Errors
    /// [`SettingsError::NoDataFolder`]
    pub fn config(&self) -> Result<Config, SettingsError> {
        Ok(Config::new(self.folder()?))
    }
}
