//! Where webhooks are delivered to, and how it has been getting on.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{HookUrl, Refused, Sealed, Timestamp, Turn};

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
        /// How it has been failing; `None` where the last delivery got through.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failing: Option<Failing>,
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

/// How a receiver has been failing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failing {
    /// Since when, without anything that got through and without silence.
    pub since: Timestamp,
    /// When it last did.
    pub last: Timestamp,
}

/// How long a receiver may fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// After so much failing it is disabled.
    pub lasts: Duration,
    /// With more between two failures nothing was to be delivered in between, so that nobody knows
    /// whether it would have failed.
    pub silence: Duration,
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
    /// The API key that it was made with was revoked.
    KeyRevoked,
    /// The API key that it was made with has expired.
    KeyExpired,
}

impl DisabledBecause {
    /// The same in a sentence.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            DisabledBecause::Asked => "it was disabled by hand",
            DisabledBecause::Gone => "it answered 410 (Gone)",
            DisabledBecause::Failing => "nothing could be delivered for too long",
            DisabledBecause::KeyRevoked => "its key was revoked",
            DisabledBecause::KeyExpired => "its key has expired",
        }
    }
}

impl Receiver {
    /// A receiver that has just been named.
    #[must_use]
    pub fn new(url: HookUrl, secret: Sealed) -> Self {
        let state = ReceiverState::Enabled { failing: None };
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
            self.state = ReceiverState::Enabled { failing: None };
        }
    }

    /// Has nothing delivered to it any more; why it is disabled already stays.
    pub fn disable(&mut self, because: DisabledBecause, now: Timestamp) {
        if self.is_enabled() {
            self.state = ReceiverState::Disabled { because, at: now };
        }
    }

    /// Has nothing delivered to it ever again, as the API key that it was made with is over.
    pub fn end(&mut self, refused: Refused, now: Timestamp) {
        let (because, at) = match refused {
            Refused::Revoked(at) => (DisabledBecause::KeyRevoked, at),
            // Keys are never deleted, but a database can be.
            Refused::Unknown => (DisabledBecause::KeyRevoked, now),
            Refused::Expired(at) => (DisabledBecause::KeyExpired, at),
        };
        self.state = ReceiverState::Disabled { because, at };
    }

    /// Whether it has ended: then nobody can enable it.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        match self.state {
            ReceiverState::Enabled { .. } => false,
            ReceiverState::Disabled { because, .. } => match because {
                DisabledBecause::Asked | DisabledBecause::Gone | DisabledBecause::Failing => false,
                DisabledBecause::KeyRevoked | DisabledBecause::KeyExpired => true,
            },
        }
    }

    /// Notes that a delivery got through.
    pub fn succeed(&mut self) {
        if self.is_enabled() {
            self.state = ReceiverState::Enabled { failing: None };
        }
    }

    /// Whether its last try failed.
    #[must_use]
    pub fn is_failing(&self) -> bool {
        matches!(self.state, ReceiverState::Enabled { failing: Some(_) })
    }

    /// Notes that a try failed. It is disabled once it has been failing for as long as `patience`
    /// lasts; only failures count, not the silence between them. The first try of a delivery never
    /// disables it: who was away may come back until the next one.
    pub fn fail(&mut self, turn: Turn, now: Timestamp, patience: Patience) {
        let ReceiverState::Enabled { failing } = &mut self.state else { return };
        let before = failing.filter(|before| now <= before.last.after(patience.silence));
        let since = before.map_or(now, |before| before.since);
        *failing = Some(Failing { since, last: now });
        if turn == Turn::Again && since.after(patience.lasts) <= now {
            self.disable(DisabledBecause::Failing, now);
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

#[cfg(test)]
mod tests;
