//! Links to what is saved as a file, for whoever cannot send a key along.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What of a request can be saved as a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Download {
    /// The results sheet.
    Results,
    /// All renditions.
    Images,
}

/// Some text does not name what can be saved.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("send results.csv or images.zip")]
pub struct InvalidDownload;

impl Download {
    /// The last part of its address.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Download::Results => "results.csv",
            Download::Images => "images.zip",
        }
    }
}

impl FromStr for Download {
    type Err = InvalidDownload;

    fn from_str(text: &str) -> Result<Self, InvalidDownload> {
        let all = [Download::Results, Download::Images];
        all.into_iter().find(|download| download.name() == text).ok_or(InvalidDownload)
    }
}

/// What is to be saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(example = "DownloadOrder::example")]
pub struct DownloadOrder {
    /// `results.csv` or `images.zip`.
    #[schemars(regex(pattern = r"^(results\.csv|images\.zip)$"))]
    pub what: String,
}

impl DownloadOrder {
    fn example() -> Self {
        DownloadOrder { what: "images.zip".to_owned() }
    }
}

/// Where it can be saved from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct DownloadView {
    /// A path on this server; good for five minutes without a key.
    pub link: String,
}
