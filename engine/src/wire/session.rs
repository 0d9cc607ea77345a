//! Who asks, as a page needs to know.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who is asking: whether a key is needed here, and what the one that was sent may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct SessionView {
    /// Whether anybody without a key is refused.
    pub needs_key: bool,
    /// `uploader`, `viewer` or `admin`; `null` where no key is needed.
    pub role: Option<String>,
    /// What the key is called; `null` where none is needed.
    pub name: Option<String>,
    /// The version of the server.
    pub version: String,
}
