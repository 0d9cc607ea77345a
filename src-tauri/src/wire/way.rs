//! The way of working: with the engine of this computer, or with a server.

use serde::{Deserialize, Serialize};

/// Where the work is done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "is", rename_all = "camelCase")]
pub(crate) enum Way {
    /// On this computer.
    #[default]
    Here,
    /// On a server.
    Server {
        /// Where the server is.
        address: String,
    },
}

/// Whether work can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub(crate) enum WayState {
    /// It can.
    Ok,
    /// The server does not answer; it is tried again and again.
    Unreachable,
    /// The server does not take the key.
    Refused,
}

/// How it stands with the way of working.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub(crate) struct WayView {
    /// Where the work is done.
    pub(crate) way: Way,
    /// Whether it can be.
    pub(crate) state: WayState,
    /// Why it cannot, or what else there is to know of it, in words for people.
    pub(crate) why: Option<String>,
    /// How many sheets wait to be sent.
    pub(crate) queued: usize,
}

/// What is set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub(crate) struct SettingsView {
    /// Where the work is done.
    pub(crate) way: Way,
    /// The address of the server that was worked with last; `null` where there never was one.
    pub(crate) last_server: Option<String>,
    /// Whether there is a key for the server.
    pub(crate) has_key: bool,
    /// The deployment that requests are shared with; `null` where there is none.
    pub(crate) sync: Option<SyncSetting>,
    /// The folder for what the app keeps.
    pub(crate) data_folder: String,
    /// The folder that results are put in.
    pub(crate) out_folder: String,
    /// Whether the app starts with the session.
    pub(crate) autostart: bool,
    /// The version of the app.
    pub(crate) version: String,
}

/// A deployment that requests are shared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub(crate) struct SyncSetting {
    /// Where its database is, without user and password.
    pub(crate) address: String,
    /// What there is to know of how the address is kept, in words for people.
    pub(crate) note: Option<String>,
}
