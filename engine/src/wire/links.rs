//! The addresses under which renditions can be had.

use url::Url;

use super::LinkSigner;
use crate::model::{ImageState, RequestId, Timestamp};

/// How the link to a rendition begins, and what it ends with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutputLinks {
    /// `{base}images/{requestId}/{name}`: a server is there to answer.
    Under(Url),
    /// The same, with a signature that lets its bearer in for a time.
    Signed {
        /// How the link begins.
        base: Url,
        /// What signs it.
        signer: LinkSigner,
        /// Until when it is good.
        until: Timestamp,
    },
    /// `images/{name}`: a file beside the results sheet.
    BesideSheet,
}

impl OutputLinks {
    /// The link to a rendition of a request.
    #[must_use]
    pub fn link(&self, id: RequestId, name: &str) -> String {
        match self {
            OutputLinks::Under(base) => under(base, id, name),
            OutputLinks::Signed { base, signer, until } => {
                format!("{}?{}", under(base, id, name), signer.query(id, name, *until))
            }
            OutputLinks::BesideSheet => format!("images/{name}"),
        }
    }

    /// The link to what has come of an image; `None` where nothing has.
    ///
    /// What was kept from an earlier sheet stays as it is, also where its time will be over.
    #[must_use]
    pub fn output(&self, id: RequestId, state: &ImageState) -> Option<String> {
        match state {
            ImageState::Done(rendition) => Some(self.link(id, &rendition.name)),
            ImageState::Kept { output } => Some(output.clone()),
            ImageState::Waiting | ImageState::Failed(_) => None,
        }
    }
}

fn under(base: &Url, id: RequestId, name: &str) -> String {
    let base = base.as_str().trim_end_matches('/');
    format!("{base}/images/{id}/{name}")
}
