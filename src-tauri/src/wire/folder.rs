//! Watched folders, as they are set.

use pixmill_engine::wire::{FolderView, RecipeView};
use serde::{Deserialize, Serialize};

/// A folder that somebody has chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChosenFolder {
    /// By what the page names it: a UUID.
    pub(crate) id: String,
    /// The folder, to be shown.
    pub(crate) path: String,
}

/// Where the results of a watched folder are put.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "is", rename_all = "camelCase")]
pub(crate) enum Destination {
    /// Beside its sheets.
    Beside,
    /// Where they were put before.
    Same,
    /// In a folder that somebody has chosen.
    Chosen {
        /// By what it was told.
        id: String,
    },
}

/// A watched folder, what is set for it and how it stands with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub(crate) struct FolderSettingView {
    /// By what it is named: a UUID.
    pub(crate) id: String,
    /// How the images of its sheets are compressed.
    #[cfg_attr(test, ts(type = "RecipeView"))]
    pub(crate) recipe: RecipeView,
    /// Whether results are put beside the sheets.
    pub(crate) beside: bool,
    /// How it stands with it.
    #[cfg_attr(test, ts(type = "FolderView"))]
    pub(crate) status: FolderView,
}
