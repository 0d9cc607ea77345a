//! Addresses that webhooks can be sent to.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::Url;

/// The longest address of a receiver, in bytes.
const URL_BYTES: usize = 2_048;

/// An address that webhooks can be sent to: http or https, with a host, without a name or password.
///
/// What is behind the host may be a secret; what is shown in logs is the host alone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct HookUrl(Url);

/// Some text is not an address that webhooks can be sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("this is not an address for webhooks: {0}")]
pub struct InvalidHookUrl(&'static str);

impl HookUrl {
    /// The address.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// The host and port: what shares a fate, and may be logged.
    #[must_use]
    pub fn host(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        let port = self.0.port_or_known_default().unwrap_or_default();
        format!("{host}:{port}")
    }
}

impl FromStr for HookUrl {
    type Err = InvalidHookUrl;

    fn from_str(text: &str) -> Result<Self, InvalidHookUrl> {
        let text = text.trim();
        if text.len() > URL_BYTES {
            return Err(InvalidHookUrl("it is longer than 2048 bytes"));
        }
        let url = Url::parse(text).map_err(|_| InvalidHookUrl("it cannot be read"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(InvalidHookUrl("it does not begin with http:// or https://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidHookUrl("it holds a name or password"));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(InvalidHookUrl("it names no host"));
        }
        Ok(HookUrl(url))
    }
}

impl TryFrom<String> for HookUrl {
    type Error = InvalidHookUrl;

    fn try_from(text: String) -> Result<Self, InvalidHookUrl> {
        text.parse()
    }
}

impl From<HookUrl> for String {
    fn from(url: HookUrl) -> String {
        url.0.into()
    }
}

impl fmt::Display for HookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for HookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HookUrl({}, ..)", self.host())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_without_passwords_are_taken_and_shown_without_their_path() {
        let long = format!("https://shop.example/{}", "x".repeat(2_048));
        for text in [
            "",
            "shop.example/hook",
            "ftp://shop.example/",
            "file:///etc/passwd",
            "https://user:word@shop.example/",
            "https:///",
            &long,
        ] {
            assert!(text.parse::<HookUrl>().is_err(), "{text}");
        }
        let url: HookUrl = " https://shop.example/hook?token=hunter2 ".parse().unwrap();
        assert_eq!(url.to_string(), "https://shop.example/hook?token=hunter2");
        assert_eq!(url.host(), "shop.example:443");
        assert_eq!(format!("{url:?}"), "HookUrl(shop.example:443, ..)");
    }
}
