//! The key with which secrets are kept.

use std::{fmt, path::PathBuf};

use clap::Args;
use pixmill_engine::vault::KeySource;
use serde::{Deserialize, Serialize};

use super::SettingsError;

/// The key with which secrets are kept.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Secrets {
    /// The key with which the secrets of webhooks are sealed and links to images signed: 32 bytes in
    /// base64, the same for all processes that share a store. Whoever lists this machine's processes
    /// sees their command lines: set it as PIXMILL_SECRET_KEY, or use --secret-key-file
    #[arg(long, value_name = "KEY", hide_env_values = true)]
    pub secret_key: Option<Private>,
    /// The file that the key is read from; it is made where it is missing, and only its owner may
    /// be able to read it [default: secret.key in the folder for data]
    #[arg(long, value_name = "FILE")]
    pub secret_key_file: Option<PathBuf>,
}

impl Secrets {
    /// Where the key comes from; `None` where the settings do not say.
    ///
    /// # Errors
    /// [`SettingsError::Key`] where what is given is no key.
    pub fn source(&self) -> Result<Option<KeySource>, SettingsError> {
        match (&self.secret_key, &self.secret_key_file) {
            (Some(key), _) => Ok(Some(KeySource::Given(key.0.parse()?))),
            (None, Some(file)) => Ok(Some(KeySource::File(file.clone()))),
            (None, None) => Ok(None),
        }
    }
}

/// A word that is never shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Private(pub(crate) String);

impl From<&str> for Private {
    fn from(word: &str) -> Self {
        Private(word.to_owned())
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Private(..)")
    }
}
