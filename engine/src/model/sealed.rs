//! A secret in the form in which it may be kept.

use serde::{Deserialize, Serialize};

/// A secret that only the vault that sealed it can read, in base64.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(pub(crate) String);
