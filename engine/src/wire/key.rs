//! API keys, and what is said to make one.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{
    InvalidId, Key, KeyState, KeyToken, NewKey, Refused, Role, Rotation, Timestamp,
};

/// An API key. What proves it is not in here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[schemars(example = "KeyView::example")]
pub struct KeyView {
    /// The name of the key: a UUIDv7. It stays when the token changes.
    pub key_id: String,
    /// What people call it.
    pub name: String,
    /// `uploader`, `viewer` or `admin`.
    pub role: String,
    /// The key whose requests a viewer sees; `null` where it sees those of all, and for other roles.
    pub of: Option<String>,
    /// `good`, `expired` or `revoked`.
    pub state: String,
    /// When it was made (RFC 3339).
    pub created_at: String,
    /// When it expires or has expired (RFC 3339); `null` is never.
    pub expires_at: Option<String>,
    /// When it was taken back (RFC 3339); `null` where it was not.
    pub revoked_at: Option<String>,
    /// When its token was last changed (RFC 3339); `null` where it never was.
    pub rotated_at: Option<String>,
    /// Until when the token before is good as well (RFC 3339); `null` where there was none.
    pub former_token_until: Option<String>,
}

impl KeyView {
    /// The view of a key at a moment.
    #[must_use]
    pub fn new(key: &Key, now: Timestamp) -> Self {
        let of = match key.role {
            Role::Viewer { of } => of,
            Role::Uploader | Role::Admin => None,
        };
        let revoked_at = match key.state {
            KeyState::Given => None,
            KeyState::Revoked { at } => Some(at),
        };
        let (rotated_at, former_until) = match &key.rotation {
            Rotation::Never => (None, None),
            Rotation::Rotated { at, former: _, former_until } => (Some(*at), Some(*former_until)),
        };
        let told = |moment: Option<Timestamp>| moment.map(|moment| moment.to_string());
        KeyView {
            key_id: key.id.to_string(),
            name: key.name.as_str().to_owned(),
            role: key.role.name().to_owned(),
            of: of.map(|id| id.to_string()),
            state: state(key, now).to_owned(),
            created_at: key.created_at.to_string(),
            expires_at: told(key.expires_at),
            revoked_at: told(revoked_at),
            rotated_at: told(rotated_at),
            former_token_until: told(former_until),
        }
    }

    fn example() -> Self {
        KeyView {
            key_id: "01890a5d-ac96-774b-bcce-b302099a8057".to_owned(),
            name: "shop".to_owned(),
            role: "uploader".to_owned(),
            of: None,
            state: "good".to_owned(),
            created_at: "2026-01-31T09:30:00.000Z".to_owned(),
            expires_at: Some("2026-05-01T09:30:00.000Z".to_owned()),
            revoked_at: None,
            rotated_at: None,
            former_token_until: None,
        }
    }
}

fn state(key: &Key, now: Timestamp) -> &'static str {
    match key.check_good(now) {
        Ok(()) | Err(Refused::Unknown) => "good",
        Err(Refused::Revoked(_)) => "revoked",
        Err(Refused::Expired(_)) => "expired",
    }
}

/// A key with its token, which is shown once: nobody can tell it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[schemars(example = "NewKeyView::example")]
pub struct NewKeyView {
    /// What to send as `Authorization: Bearer` or `X-API-Key`.
    pub token: String,
    /// The key.
    pub key: KeyView,
}

impl NewKeyView {
    /// The view of a key that has just been given this token.
    #[must_use]
    pub fn new(key: &Key, token: &KeyToken, now: Timestamp) -> Self {
        NewKeyView { token: token.reveal(), key: KeyView::new(key, now) }
    }

    fn example() -> Self {
        NewKeyView { token: "pxm_...".to_owned(), key: KeyView::example() }
    }
}

/// A page of keys, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct KeyList {
    /// The keys.
    pub keys: Vec<KeyView>,
    /// Where the next page begins; `null` on the last.
    pub next_cursor: Option<String>,
}

/// What is said to make a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(example = "KeyOrder::example")]
pub struct KeyOrder {
    /// What people are to call it: 1 to 100 characters.
    #[schemars(length(min = 1, max = 100))]
    pub name: String,
    /// `uploader`, `viewer` or `admin`.
    #[schemars(regex(pattern = r"^(uploader|viewer|admin)$"))]
    pub role: String,
    /// For a viewer: the key whose requests it is to see. A viewer needs this or `ofAll`.
    #[serde(default)]
    pub of: Option<String>,
    /// For a viewer: whether it is to see the requests of all keys. Default: no.
    #[serde(default)]
    pub of_all: bool,
    /// For how many seconds it is to be good. Default: until it is revoked.
    #[serde(default)]
    #[schemars(range(min = 1, max = 3_153_600_000_u64))]
    pub expires_in_seconds: Option<u64>,
}

/// A value in a [`KeyOrder`] that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidOrder {
    /// The field that has it.
    pub field: &'static str,
    /// What is wrong, and what would be right.
    pub reason: String,
}

/// The longest life of a key in seconds: a hundred years.
const MAX_LIFE_SECONDS: u64 = 3_153_600_000;

impl KeyOrder {
    /// Reads what the key is to be.
    ///
    /// # Errors
    /// [`InvalidOrder`] names the first field that is wrong.
    pub fn read(&self) -> Result<NewKey, InvalidOrder> {
        let KeyOrder { name, role, of, of_all, expires_in_seconds } = self;
        let invalid =
            |field, reason: &dyn ToString| InvalidOrder { field, reason: reason.to_string() };
        let name = name.parse().map_err(|error| invalid("name", &error))?;
        let of = of.as_ref().map(|of| of.parse()).transpose();
        let of = of.map_err(|error: InvalidId| invalid("of", &error))?;
        let role = match (role.as_str(), of, *of_all) {
            ("uploader", None, false) => Role::Uploader,
            ("admin", None, false) => Role::Admin,
            ("viewer", Some(of), false) => Role::Viewer { of: Some(of) },
            ("viewer", None, true) => Role::Viewer { of: None },
            ("viewer", _, _) => {
                let which = "a viewer needs either the id of the key whose requests it is to see, \
                             or ofAll to see those of all";
                return Err(invalid("of", &which));
            }
            ("uploader" | "admin", _, _) => {
                return Err(invalid("of", &"only a viewer sees the requests of another key"));
            }
            (_, _, _) => return Err(invalid("role", &"send uploader, viewer or admin")),
        };
        let life = match expires_in_seconds {
            None => None,
            Some(seconds @ 1..=MAX_LIFE_SECONDS) => Some(Duration::from_secs(*seconds)),
            Some(_) => {
                let reason = format!("send a whole number from 1 to {MAX_LIFE_SECONDS}");
                return Err(invalid("expiresInSeconds", &reason));
            }
        };
        Ok(NewKey { name, role, life })
    }

    fn example() -> Self {
        KeyOrder {
            name: "shop".to_owned(),
            role: "uploader".to_owned(),
            of: None,
            of_all: false,
            expires_in_seconds: Some(7_776_000),
        }
    }
}
