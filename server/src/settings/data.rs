//! The folder for all that is kept on this machine.

use std::path::PathBuf;

use clap::Args;
use directories::ProjectDirs;
use serde::{Deserialize, Serialize};

use super::SettingsError;

/// The folder for all that is kept on this machine.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
#[command(next_help_heading = "Storage")]
#[serde(rename_all = "kebab-case")]
pub struct Data {
    /// The folder for all that is kept on this machine [default: the system's folder for data]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

impl Data {
    /// The folder.
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
}
