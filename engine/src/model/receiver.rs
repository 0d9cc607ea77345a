//! Where webhooks are delivered to, and how it has been getting on.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::Url;

use super::{Sealed, Timestamp};

/// The longest address of a receiver, in bytes.
const URL_BYTES: usize = 2_048;

/// Where webhooks are delivered to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receiver {
    /// Its address.
    pub url: HookUrl,
    /// What deliveries are signed with.
    pub secrets: Secrets,
    /// Whether it is delivered to.
    pub state: ReceiverState,
}

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

/// What deliveries are signed with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Secrets {
    /// The secret that is good until it is changed.
    pub current: Sealed,
    /// The one before, while receivers are still being told of the new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Retired>,
}

/// A secret that was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Retired {
    /// The secret.
    pub secret: Sealed,
    /// Up to when deliveries are signed with it too.
    pub until: Timestamp,
}

/// Whether a receiver is delivered to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "is")]
pub enum ReceiverState {
    /// It is.
    #[serde(rename_all = "camelCase")]
    Enabled {
        /// Since when nothing has got through; `None` where the last delivery did.
        failing_since: Option<Timestamp>,
    },
    /// It is not.
    #[serde(rename_all = "camelCase")]
    Disabled {
        /// Why not.
        because: DisabledBecause,
        /// Since when.
        at: Timestamp,
    },
}

/// Why a receiver is not delivered to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DisabledBecause {
    /// Somebody wanted it so.
    Asked,
    /// It answered 410: it is there no more.
    Gone,
    /// It failed for too long.
    Failing,
}

impl DisabledBecause {
    /// The same in a sentence.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            DisabledBecause::Asked => "it was disabled by hand",
            DisabledBecause::Gone => "it answered 410 (Gone)",
            DisabledBecause::Failing => "nothing could be delivered for too long",
        }
    }
}

impl Receiver {
    /// A receiver that has just been named.
    #[must_use]
    pub fn new(url: HookUrl, secret: Sealed) -> Self {
        let state = ReceiverState::Enabled { failing_since: None };
        Receiver { url, secrets: Secrets { current: secret, previous: None }, state }
    }

    /// Whether it is delivered to.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        match self.state {
            ReceiverState::Enabled { .. } => true,
            ReceiverState::Disabled { .. } => false,
        }
    }

    /// Has it delivered to again, with all that it did wrong forgotten.
    pub fn enable(&mut self) {
        if !self.is_enabled() {
            self.state = ReceiverState::Enabled { failing_since: None };
        }
    }

    /// Has nothing delivered to it any more; why it is disabled already stays.
    pub fn disable(&mut self, because: DisabledBecause, now: Timestamp) {
        if self.is_enabled() {
            self.state = ReceiverState::Disabled { because, at: now };
        }
    }

    /// Notes that a delivery got through.
    pub fn succeed(&mut self) {
        if self.is_enabled() {
            self.state = ReceiverState::Enabled { failing_since: None };
        }
    }

    /// Notes that a try failed; after `patience` without any that got through it is disabled.
    pub fn fail(&mut self, now: Timestamp, patience: Duration) {
        match self.state {
            ReceiverState::Enabled { failing_since: None } => {
                self.state = ReceiverState::Enabled { failing_since: Some(now) };
            }
            ReceiverState::Enabled { failing_since: Some(since) } => {
                if since.after(patience) <= now {
                    self.disable(DisabledBecause::Failing, now);
                }
            }
            ReceiverState::Disabled { .. } => {}
        }
    }

    /// Gives it a new secret; the old one is good for another `overlap`.
    pub fn rotate(&mut self, secret: Sealed, now: Timestamp, overlap: Duration) {
        let old = std::mem::replace(&mut self.secrets.current, secret);
        self.secrets.previous = Some(Retired { secret: old, until: now.after(overlap) });
    }
}

impl Secrets {
    /// Those that deliveries are signed with now, the current one first.
    pub fn good(&self, now: Timestamp) -> impl Iterator<Item = &Sealed> {
        let previous = self.previous.iter().filter(move |retired| now < retired.until);
        [&self.current].into_iter().chain(previous.map(|retired| &retired.secret))
    }
}

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

    const DAY: Duration = Duration::from_secs(86_400);
    const PATIENCE: Duration = Duration::from_secs(5 * 86_400);

    fn receiver() -> Receiver {
        let url = "https://shop.example/hook".parse().unwrap();
        Receiver::new(url, Sealed("current".to_owned()))
    }

    fn at(days: u32) -> Timestamp {
        Timestamp::EPOCH.after(days * DAY)
    }

    #[test]
    fn a_receiver_that_has_failed_for_five_days_is_disabled() {
        let mut receiver = receiver();
        for day in 1..=5 {
            receiver.fail(at(day), PATIENCE);
            assert_eq!(receiver.state, ReceiverState::Enabled { failing_since: Some(at(1)) });
        }
        let almost = Timestamp::from_millis(at(6).as_millis() - 1);
        receiver.fail(almost, PATIENCE);
        assert!(receiver.is_enabled());
        receiver.fail(at(6), PATIENCE);
        let disabled = ReceiverState::Disabled { because: DisabledBecause::Failing, at: at(6) };
        assert_eq!(receiver.state, disabled);
        receiver.succeed();
        receiver.disable(DisabledBecause::Asked, at(7));
        assert_eq!(receiver.state, disabled, "only who enables it changes that");
        receiver.enable();
        assert_eq!(receiver.state, ReceiverState::Enabled { failing_since: None });
    }

    #[test]
    fn one_success_makes_good_for_all_failures() {
        let mut receiver = receiver();
        for day in 1..100 {
            receiver.fail(at(day), PATIENCE);
            if day % 4 == 0 {
                receiver.succeed();
                assert_eq!(receiver.state, ReceiverState::Enabled { failing_since: None });
            }
        }
        assert!(receiver.is_enabled());
    }

    #[test]
    fn a_secret_that_was_changed_is_good_for_another_day() {
        let mut receiver = receiver();
        receiver.rotate(Sealed("next".to_owned()), at(1), DAY);
        let good = |receiver: &Receiver, now| {
            receiver.secrets.good(now).map(|sealed| sealed.0.clone()).collect::<Vec<_>>()
        };
        let last = Timestamp::from_millis(at(2).as_millis() - 1);
        assert_eq!(good(&receiver, last), ["next", "current"]);
        assert_eq!(good(&receiver, at(2)), ["next"]);
        receiver.rotate(Sealed("third".to_owned()), at(1), DAY);
        assert_eq!(good(&receiver, at(1)), ["third", "next"], "at most two at a time");
    }

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
