//! What may be downloaded, and what it may cost.

use clap::{ArgAction, Args};
use ipnet::IpNet;
use pixmill_engine::fetch::{Access, Limits, PrivateAddresses};
use serde::{Deserialize, Serialize};

use super::{Size, Span};

/// What may be downloaded, and what it may cost.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
#[command(next_help_heading = "Downloads")]
#[serde(rename_all = "kebab-case")]
pub struct Downloads {
    /// Download from private networks too: loopback, 10.0.0.0/8, 192.168.0.0/16 and the like
    #[arg(long, value_name = "BOOL", action = ArgAction::Set,
          num_args = 0..=1, require_equals = true, default_value_t = false,
          default_missing_value = "true", hide_default_value = true)]
    pub allow_private_addresses: bool,
    /// Download from these networks whatever they are, such as 10.1.0.0/16,192.168.0.7/32
    #[arg(long, value_name = "NETS", value_delimiter = ',')]
    pub allow_addresses: Vec<IpNet>,
    /// How long a connection may take to be made
    #[arg(long, value_name = "TIME",
          default_value_t = Span(Limits::default().connect))]
    pub connect_timeout: Span,
    /// How long one try of a download may take
    #[arg(long, value_name = "TIME",
          default_value_t = Span(Limits::default().whole))]
    pub download_timeout: Span,
    /// How long a download may stand still
    #[arg(long, value_name = "TIME",
          default_value_t = Span(Limits::default().stalled))]
    pub stall_timeout: Span,
    /// The bytes a second below which a download stands still
    #[arg(long, value_name = "SIZE",
          default_value_t = Size(Limits::default().least_bytes_per_second))]
    pub least_speed: Size,
    /// The largest image that is downloaded
    #[arg(long, value_name = "SIZE",
          default_value_t = Size(Limits::default().max_source_bytes))]
    pub max_source_size: Size,
    /// How many redirects are followed
    #[arg(long, value_name = "N",
          default_value_t = Limits::default().max_redirects)]
    pub max_redirects: u32,
    /// How many downloads from one host run at a time
    #[arg(long, value_name = "N",
          default_value_t = Limits::default().per_host)]
    pub connections_per_host: usize,
    /// How many downloads run at a time
    #[arg(long, value_name = "N",
          default_value_t = Limits::default().connections)]
    pub connections: usize,
    /// How many downloaded bytes are in memory at a time
    #[arg(long, value_name = "SIZE",
          default_value_t = Size(Limits::default().memory_bytes))]
    pub download_memory: Size,
    /// How often a download is tried
    #[arg(long, value_name = "N",
          default_value_t = Limits::default().max_tries)]
    pub max_tries: u32,
    /// The longest wait before the second try; it doubles with each further one
    #[arg(long, value_name = "TIME",
          default_value_t = Span(Limits::default().backoff))]
    pub backoff: Span,
    /// The longest wait between two tries; a server that asks for more is given up on
    #[arg(long, value_name = "TIME",
          default_value_t = Span(Limits::default().longest_wait))]
    pub longest_wait: Span,
}

impl Downloads {
    /// Which addresses may be reached.
    #[must_use]
    pub fn access(&self) -> Access {
        let private_addresses = if self.allow_private_addresses {
            PrivateAddresses::Allow
        } else {
            PrivateAddresses::Refuse
        };
        Access { private_addresses, allowed: self.allow_addresses.clone() }
    }

    /// What a download may cost.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits {
            connect: self.connect_timeout.0,
            whole: self.download_timeout.0,
            stalled: self.stall_timeout.0,
            least_bytes_per_second: self.least_speed.0,
            max_source_bytes: self.max_source_size.0,
            max_redirects: self.max_redirects,
            per_host: self.connections_per_host,
            connections: self.connections,
            memory_bytes: self.download_memory.0,
            max_tries: self.max_tries,
            backoff: self.backoff.0,
            longest_wait: self.longest_wait.0,
        }
    }
}
