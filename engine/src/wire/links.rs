//! The addresses under which renditions can be had.

use url::Url;

use crate::model::{ImageState, RequestId};

/// How the link to a rendition begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutputLinks {
    /// `{base}images/{requestId}/{name}`: a server is there to answer.
    Under(Url),
    /// `images/{name}`: a file beside the results sheet.
    BesideSheet,
}

impl OutputLinks {
    /// The link to a rendition of a request.
    #[must_use]
    pub fn link(&self, id: RequestId, name: &str) -> String {
        match self {
            OutputLinks::Under(base) => {
                let base = base.as_str().trim_end_matches('/');
                format!("{base}/images/{id}/{name}")
            }
            OutputLinks::BesideSheet => format!("images/{name}"),
        }
    }

    /// The link to what has come of an image; `None` where nothing has.
    #[must_use]
    pub fn output(&self, id: RequestId, state: &ImageState) -> Option<String> {
        match state {
            ImageState::Done(rendition) => Some(self.link(id, &rendition.name)),
            ImageState::Kept { output } => Some(output.clone()),
            ImageState::Waiting | ImageState::Failed(_) => None,
        }
    }
}
