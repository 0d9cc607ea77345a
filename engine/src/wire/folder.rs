//! Folders that are watched, and the sheets that come in them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A watched folder and how it stands with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct FolderView {
    /// The folder.
    pub folder: String,
    /// The folder that results are put in.
    pub destination: String,
    /// How it stands with it.
    pub state: FolderState,
    /// What keeps it, or one of its sheets, from being worked on, in words for people; `null` where
    /// nothing does.
    pub why: Option<String>,
    /// How many sheets lie there that have not been taken.
    pub waiting: u64,
    /// How many sheets are being worked on.
    pub working: u64,
    /// How many have been done since it is watched by this process.
    pub done: u64,
    /// How many have failed since then.
    pub failed: u64,
}

/// How it stands with a watched folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum FolderState {
    /// It is watched, and there is nothing to do.
    Waiting,
    /// Sheets from it are being worked on.
    Working,
    /// Nothing is taken until somebody resumes it.
    Paused,
    /// It is not there, or cannot be read; it is tried again and again.
    Unreachable,
    /// Results cannot be written or sheets not be moved; it is tried again and again.
    ReadOnly,
}

/// What has become of a sheet in a watched folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct WatchedSheetView {
    /// The folder that it lay in.
    pub folder: String,
    /// What its file was called.
    pub file_name: String,
    /// What its results are called, without an ending.
    pub name: String,
    /// What has become of it.
    pub state: WatchedSheetState,
    /// The request that it was made into; `null` where it was refused.
    pub request_id: Option<String>,
    /// What went wrong, in one sentence; `null` where nothing did.
    pub why: Option<String>,
}

/// What has become of a sheet in a watched folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum WatchedSheetState {
    /// It is being worked on.
    Taken,
    /// Its results are there.
    Done,
    /// It has faults, or some of its images have failed.
    Failed,
    /// It is the same as one that has been done: it was only moved out of the way.
    Repeated,
}
