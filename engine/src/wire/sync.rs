//! How it stands with the deployment that a computer shares its requests with.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How it stands with the deployment that a computer shares its requests with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct SyncView {
    /// How it stands.
    pub state: SyncState,
    /// Why nothing goes on, in words for people; `null` where it does.
    pub why: Option<String>,
    /// How many requests of this computer have yet to be sent.
    pub waiting: u64,
    /// How many bytes of sheets and images are in them.
    pub waiting_bytes: u64,
    /// The requests that cannot be sent or fetched as they are; all others go on.
    pub parked: Vec<ParkedView>,
    /// When all was the same on both sides for the last time; `null` where it never was.
    pub last_synced_at: Option<String>,
}

/// A request that cannot be sent or fetched as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ParkedView {
    /// The request.
    pub request_id: String,
    /// What its sheet is called; `null` where whoever handed it in did not say.
    pub file_name: Option<String>,
    /// Why it cannot be sent or fetched, in words for people.
    pub why: String,
}

/// How it stands with a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum SyncState {
    /// There is none: requests stay on this computer.
    Off,
    /// All that can be is the same on both sides.
    Idle,
    /// Something is being sent or fetched.
    Working,
    /// It cannot be reached; it is tried again and again.
    Offline,
    /// It does not let this computer in; nothing is tried until somebody says so.
    Refused,
    /// Nothing is sent or fetched until somebody resumes it.
    Paused,
}

impl SyncView {
    /// How it stands where there is no deployment.
    #[must_use]
    pub fn off() -> Self {
        SyncView {
            state: SyncState::Off,
            why: None,
            waiting: 0,
            waiting_bytes: 0,
            parked: Vec::new(),
            last_synced_at: None,
        }
    }
}
