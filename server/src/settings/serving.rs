//! How the server is reached.

use std::net::IpAddr;

use clap::Args;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::Span;

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
    /// How long work in hand may take when the server is told to stop
    #[arg(long, value_name = "TIME", default_value = "20 s")]
    pub stop_grace: Span,
}

impl Serving {
    /// The address at which others than the people at this machine reach the server, if they do:
    /// its own, or that of a proxy.
    #[must_use]
    pub fn exposed_at(&self) -> Option<String> {
        let is_here = |url: &Url| match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        let proxy = self.public_url.as_ref().filter(|url| !is_here(url));
        match proxy {
            Some(url) => Some(url.to_string()),
            None => (!self.address.is_loopback()).then(|| self.address.to_string()),
        }
    }
}
