//! What has been made of a source, for later requests with the same source.

use serde::{Deserialize, Serialize};
use url::Url;

use super::{KeyId, Link, Recipe, Rendition, RequestId, Timestamp};

/// What a server says so that a later download can be compared (RFC 9110, section 8.8).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Validators {
    /// The hash of the URL that they are of. That is where redirects led to: it may be long.
    #[serde(default)]
    of: String,
    /// The `ETag`, as it came.
    pub etag: Option<String>,
    /// The `Last-Modified` date, as it came.
    pub last_modified: Option<String>,
}

impl Validators {
    /// What was said of the source at a URL.
    #[must_use]
    pub fn new(url: &Url, etag: Option<String>, last_modified: Option<String>) -> Self {
        Validators { of: hash(url), etag, last_modified }
    }

    /// Whether they can be told again at a URL: they mean something there only, and are no other
    /// server's business.
    #[must_use]
    pub fn are_of(&self, url: &Url) -> bool {
        self.of == hash(url) && !self.is_empty()
    }

    /// Whether the server said nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }
}

fn hash(url: &Url) -> String {
    blake3::hash(url.as_str().as_bytes()).to_hex()[..32].to_owned()
}

/// By what a rendition is remembered. What one owner has had made is no other's business.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceKey(String);

impl SourceKey {
    /// The key of what a link leads to.
    #[must_use]
    pub fn of_link(owner: Option<KeyId>, link: &Link, recipe: &Recipe) -> Self {
        SourceKey::new(owner, "link", link.as_str().as_bytes(), recipe)
    }

    /// The key of some bytes, wherever they came from.
    #[must_use]
    pub fn of_bytes(owner: Option<KeyId>, bytes: &[u8], recipe: &Recipe) -> Self {
        SourceKey::new(owner, "bytes", blake3::hash(bytes).as_bytes(), recipe)
    }

    /// The version is part of it: another one may make other renditions.
    fn new(owner: Option<KeyId>, what: &str, source: &[u8], recipe: &Recipe) -> Self {
        let version = env!("CARGO_PKG_VERSION");
        let mut hasher = blake3::Hasher::new();
        hasher.update(format!("{what}\n{version}\n{recipe:?}\n").as_bytes()).update(source);
        let owner = owner.map_or("-".to_owned(), |owner| owner.to_string());
        SourceKey(format!("{owner}:{}", &hasher.finalize().to_hex()[..40]))
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A rendition of an earlier request, which may be there no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Remembered {
    /// By what it is remembered.
    #[serde(rename = "_id")]
    pub key: SourceKey,
    /// The request that it was made for.
    pub request: RequestId,
    /// The rendition, under its name in that request.
    pub rendition: Rendition,
    /// What the server said of the source.
    pub validators: Validators,
    /// From this moment on it is remembered no more.
    pub until: Timestamp,
}
