//! Who may use the server, and see its images.

use std::time::Duration;

use clap::{ArgAction, Args, ValueEnum};
use ipnet::IpNet;
use pixmill_engine::wire::Signing;
use serde::{Deserialize, Serialize};

use super::Span;

/// Who may use the server, and see its images.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
#[command(next_help_heading = "Access")]
#[serde(rename_all = "kebab-case")]
pub struct Access {
    /// Let other machines in although no key has been made, so that anybody can use the server
    #[arg(long, value_name = "BOOL", action = ArgAction::Set, num_args = 0..=1,
          require_equals = true, default_value_t = false, default_missing_value = "true",
          hide_default_value = true)]
    pub insecure_no_auth: bool,
    /// Believe proxies in these networks when they say in X-Forwarded-For from where a request
    /// comes, such as 127.0.0.1/32,10.1.0.0/16: wrong keys are counted for that address then
    #[arg(long, value_name = "NETS", value_delimiter = ',')]
    pub trusted_proxy: Vec<IpNet>,
    /// How many wrong keys may come from an address in a minute
    #[arg(long, value_name = "N", default_value_t = 60)]
    pub wrong_keys: u32,
    /// Show images to everybody who knows their address, without a key
    #[arg(long, value_name = "BOOL", action = ArgAction::Set, num_args = 0..=1,
          require_equals = true, default_value_t = false, default_missing_value = "true",
          hide_default_value = true)]
    pub public_images: bool,
    /// The links to images in results sheets and in /status: plain ones, or signed ones that show
    /// the image to whoever has them [default: signed once there is a key, if images are not public]
    #[arg(long, value_name = "KIND", value_enum)]
    pub image_links: Option<ImageLinks>,
    /// How long signed links are good; those of an hour or more end with a full hour
    #[arg(long, value_name = "TIME", default_value_t = Span(Duration::from_secs(30 * 86_400)))]
    pub image_links_for: Span,
}

/// What links to images are like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImageLinks {
    /// Nothing but the address.
    Plain,
    /// With a signature that lets whoever has it in, for a time.
    Signed,
}

impl Access {
    /// When links to images are signed.
    #[must_use]
    pub fn signing(&self) -> Signing {
        let life = self.image_links_for.0;
        match (self.image_links, self.public_images) {
            (Some(ImageLinks::Plain), _) | (None, true) => Signing::Never,
            (Some(ImageLinks::Signed), _) => Signing::Always(life),
            (None, false) => Signing::WithKeys(life),
        }
    }
}
