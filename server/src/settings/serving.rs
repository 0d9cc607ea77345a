//! How the server is reached.

use std::net::IpAddr;

use clap::{ArgAction, Args};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{SettingsError, Span};

/// How the server is reached.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
#[command(next_help_heading = "Server")]
#[serde(rename_all = "kebab-case")]
pub struct Serving {
    /// The address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    pub address: IpAddr,
    /// The port to listen on; 0 takes any that is free
    #[arg(long, default_value_t = 8000)]
    pub port: u16,
    /// The address that the server is known by, if it lies behind a proxy: links to images begin
    /// with it, and its host is let in
    #[arg(long, value_name = "URL")]
    pub public_url: Option<Url>,
    /// Listen on an address that other machines can reach, although anybody can use the server
    #[arg(long, value_name = "BOOL", action = ArgAction::Set, num_args = 0..=1,
          require_equals = true, default_value_t = false, default_missing_value = "true",
          hide_default_value = true)]
    pub insecure_no_auth: bool,
    /// How long work in hand may take when the server is told to stop
    #[arg(long, value_name = "TIME", default_value = "20 s")]
    pub stop_grace: Span,
}

impl Serving {
    /// Refuses to listen where strangers could use the server.
    ///
    /// # Errors
    /// [`SettingsError::Exposed`]
    pub fn check_exposure(&self) -> Result<(), SettingsError> {
        if self.address.is_loopback() || self.insecure_no_auth {
            Ok(())
        } else {
            Err(SettingsError::Exposed(self.address))
        }
    }
}
