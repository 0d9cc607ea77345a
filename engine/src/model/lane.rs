//! By what deliveries share out the tries that are under way.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{HookUrl, InvalidId, KeyId};

/// By what the deliveries of a queue share out the tries that are under way with others.
///
/// Each is a part of a hash: what is behind it may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Lane {
    /// Stands for a host and for the owner who sends there: what one owner does to a host that
    /// many use, as those of hooks for everybody, is no concern of another.
    pub host: String,
    /// Stands for one receiver there: owner, host and path. What follows the `?` of an address is
    /// often different for each request.
    pub receiver: String,
}

impl Lane {
    /// The lane of a receiver that belongs to `owner`.
    #[must_use]
    pub fn new(owner: Option<KeyId>, url: &HookUrl) -> Self {
        let owner = owner.map(|owner| owner.to_string()).unwrap_or_default();
        let host = format!("{owner}\n{}", url.host());
        Lane { receiver: hash(&format!("{host}\n{}", url.url().path())), host: hash(&host) }
    }
}

fn hash(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().chars().take(16).collect()
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.receiver)
    }
}

impl FromStr for Lane {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let (host, receiver) = text.split_once(':').ok_or_else(|| InvalidId::new(text))?;
        Ok(Lane { host: host.to_owned(), receiver: receiver.to_owned() })
    }
}

impl TryFrom<String> for Lane {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<Lane> for String {
    fn from(lane: Lane) -> String {
        lane.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_share_no_lane_and_receivers_of_a_host_share_one() {
        let lane = |owner, url: &str| Lane::new(owner, &url.parse().unwrap());
        let (one, two) = (Some(KeyId::fresh()), Some(KeyId::fresh()));
        let (a, b) = ("https://hooks.example/a?request=1", "https://hooks.example/b");
        assert_eq!(lane(one, a).host, lane(one, b).host);
        assert_ne!(lane(one, a).receiver, lane(one, b).receiver);
        assert_eq!(lane(one, a), lane(one, "https://hooks.example/a?request=2"));
        for other in [lane(two, a), lane(None, a), lane(one, "https://hooks.example:444/a")] {
            assert_ne!(lane(one, a).host, other.host);
            assert_ne!(lane(one, a).receiver, other.receiver);
        }
        assert_eq!(lane(one, a).to_string().parse(), Ok(lane(one, a)));
        assert!("".parse::<Lane>().is_err());
    }
}
