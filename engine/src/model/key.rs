//! API keys: who may do what with a server, and until when.
//!
//! A key is what is written down of it: a name, a role and a hash. The token that proves it is only
//! in the hands of whoever uses it; see [`KeyToken`].

use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Caller, KeyId, KeyToken, SecretHash, Timestamp};

/// The longest name of a key, in characters.
pub const MAX_KEY_NAME_CHARS: usize = 100;

/// An API key, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Key {
    /// The key's own name, which stays when its token changes.
    #[serde(rename = "_id")]
    pub id: KeyId,
    /// What people call it.
    pub name: KeyName,
    /// What it lets its bearer do.
    pub role: Role,
    /// Whether it has been taken back.
    pub state: KeyState,
    /// What the secret of its token hashes to.
    pub secret: SecretHash,
    /// When it was made.
    pub created_at: Timestamp,
    /// From this moment on, by the store's clock, it is good for nothing; none is never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Whether its token has been changed.
    pub rotation: Rotation,
}

/// What people call a key: 1 to 100 characters, none of them a control character.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct KeyName(String);

/// What a key lets its bearer do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "is")]
pub enum Role {
    /// Hand in sheets, and do with them what can be done.
    Uploader,
    /// Look, and change nothing.
    Viewer {
        /// The key whose requests it sees; those of all where there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<KeyId>,
    },
    /// Everything, keys and what others handed in included.
    Admin,
}

/// Whether a key has been taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "is")]
pub enum KeyState {
    /// It is good until it expires.
    Given,
    /// It is good for nothing.
    Revoked {
        /// Since when.
        at: Timestamp,
    },
}

/// Whether the token of a key has been changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "is")]
pub enum Rotation {
    /// It has the token that it was made with.
    Never,
    /// It has been given another one.
    #[serde(rename_all = "camelCase")]
    Rotated {
        /// When.
        at: Timestamp,
        /// What the secret of the token before hashes to.
        former: SecretHash,
        /// Until when the token before is good as well; not at all where this is `at`.
        former_until: Timestamp,
    },
}

/// Why a token does not let anybody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refused {
    /// No key has this token.
    #[error("this is not a key of this server")]
    Unknown,
    /// The key has been taken back.
    #[error("this key was revoked at {0}")]
    Revoked(Timestamp),
    /// The key's time is over.
    #[error("this key expired at {0}")]
    Expired(Timestamp),
}

/// Some text is not the name of a key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("a key's name has 1 to 100 characters, none of them a line break or the like")]
pub struct InvalidKeyName;

/// What a new key is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    /// What people call it.
    pub name: KeyName,
    /// What it lets its bearer do.
    pub role: Role,
    /// How long it is good; for ever where there is no end.
    pub life: Option<Duration>,
}

impl Key {
    /// A new key with a token's secret.
    #[must_use]
    pub fn new(new: NewKey, token: &KeyToken, now: Timestamp) -> Self {
        let NewKey { name, role, life } = new;
        Key {
            id: token.key(),
            name,
            role,
            state: KeyState::Given,
            secret: token.hash(),
            created_at: now,
            expires_at: life.map(|life| now.after(life)),
            rotation: Rotation::Never,
        }
    }

    /// Finds out whom a token lets in.
    ///
    /// What became of a key is told only to who has its token.
    ///
    /// # Errors
    /// [`Refused`] where that is nobody.
    pub fn check(&self, token: &KeyToken, now: Timestamp) -> Result<Caller, Refused> {
        let is_former = match &self.rotation {
            Rotation::Never => false,
            Rotation::Rotated { former, former_until, .. } => {
                former.is_of(token) && now < *former_until
            }
        };
        if token.key() != self.id || !(self.secret.is_of(token) || is_former) {
            return Err(Refused::Unknown);
        }
        self.check_good(now)?;
        Ok(Caller::Key { id: self.id, role: self.role })
    }

    /// Finds out whether the key is neither revoked nor expired.
    ///
    /// # Errors
    /// [`Refused::Revoked`], [`Refused::Expired`]
    pub fn check_good(&self, now: Timestamp) -> Result<(), Refused> {
        match (self.state, self.expires_at) {
            (KeyState::Revoked { at }, _) => Err(Refused::Revoked(at)),
            (KeyState::Given, Some(end)) if end <= now => Err(Refused::Expired(end)),
            (KeyState::Given, _) => Ok(()),
        }
    }

    /// Takes the key back; one that has been taken back stays as it is.
    pub fn revoke(&mut self, now: Timestamp) {
        match self.state {
            KeyState::Given => self.state = KeyState::Revoked { at: now },
            KeyState::Revoked { .. } => {}
        }
    }

    /// Gives the key another token. The one before is good for another `grace`.
    ///
    /// # Errors
    /// [`Refused::Revoked`], [`Refused::Expired`]: what is over does not begin again.
    pub fn rotate(
        &mut self,
        token: &KeyToken,
        grace: Duration,
        now: Timestamp,
    ) -> Result<(), Refused> {
        self.check_good(now)?;
        let former = std::mem::replace(&mut self.secret, token.hash());
        self.rotation = Rotation::Rotated { at: now, former, former_until: now.after(grace) };
        Ok(())
    }
}

impl Role {
    /// The word for the role on the wire and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Role::Uploader => "uploader",
            Role::Viewer { .. } => "viewer",
            Role::Admin => "admin",
        }
    }
}

impl KeyName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for KeyName {
    type Error = InvalidKeyName;

    fn try_from(text: String) -> Result<Self, InvalidKeyName> {
        text.parse()
    }
}

impl std::str::FromStr for KeyName {
    type Err = InvalidKeyName;

    fn from_str(text: &str) -> Result<Self, InvalidKeyName> {
        let text = text.trim();
        let is_fit = (1..=MAX_KEY_NAME_CHARS).contains(&text.chars().count())
            && !text.contains(char::is_control);
        if is_fit { Ok(KeyName(text.to_owned())) } else { Err(InvalidKeyName) }
    }
}

impl From<KeyName> for String {
    fn from(name: KeyName) -> String {
        name.0
    }
}

#[cfg(test)]
mod tests;
