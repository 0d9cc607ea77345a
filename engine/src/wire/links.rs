//! The addresses under which renditions can be had.

use std::{borrow::Cow, fmt};

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
    /// `{folder}/{name}`: a file in a folder that lies beside the results sheet.
    InFolder(Cow<'static, str>),
}

impl OutputLinks {
    /// `images/{name}`: a file beside the results sheet of a folder that holds but one.
    pub const BESIDE_SHEET: OutputLinks = OutputLinks::InFolder(Cow::Borrowed("images"));

    /// The link to a rendition of a request.
    #[must_use]
    pub fn link(&self, id: RequestId, name: &str) -> String {
        match self {
            OutputLinks::Under(base) => under(base, format_args!("images/{id}/{name}")),
            OutputLinks::Signed { base, signer, until } => {
                let served = under(base, format_args!("images/{id}/{name}"));
                format!("{served}?{}", signer.query(id, name, *until))
            }
            OutputLinks::InFolder(folder) => format!("{folder}/{name}"),
        }
    }

    /// Where to ask how far a request is; `None` where no server is there to answer.
    #[must_use]
    pub fn status(&self, id: RequestId) -> Option<String> {
        self.under(format_args!("status/{id}"))
    }

    /// Where the results sheet of a request is; `None` where no server is there to answer.
    #[must_use]
    pub fn results(&self, id: RequestId) -> Option<String> {
        self.under(format_args!("requests/{id}/results.csv"))
    }

    fn under(&self, path: fmt::Arguments<'_>) -> Option<String> {
        match self {
            OutputLinks::Under(base) | OutputLinks::Signed { base, .. } => Some(under(base, path)),
            OutputLinks::InFolder(_) => None,
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

fn under(base: &Url, path: fmt::Arguments<'_>) -> String {
    format!("{}/{path}", base.as_str().trim_end_matches('/'))
}
