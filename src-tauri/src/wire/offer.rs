//! What is offered to be worked on, and what becomes of it.

use pixmill_engine::wire::ReceivedView;
use serde::Serialize;

/// Files from outside, held for the page: it knows them by this and never by a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Offer {
    /// By what the page names it: a UUID.
    pub(crate) id: String,
    /// What it is called, for people.
    pub(crate) name: String,
    /// What it is.
    pub(crate) kind: OfferKind,
    /// How many files it is: one sheet, or so many images.
    pub(crate) files: usize,
}

/// What is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub(crate) enum OfferKind {
    /// A sheet.
    Sheet,
    /// Images, that a sheet is made of.
    Images,
}

/// Where something was saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Saved {
    /// The file, to be shown.
    pub(crate) path: String,
}

/// What has become of a sheet that was handed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "is", rename_all = "camelCase")]
pub(crate) enum Handed {
    /// It is a request now.
    Received {
        /// The request.
        #[cfg_attr(test, ts(type = "ReceivedView"))]
        received: ReceivedView,
    },
    /// The server cannot be reached: it is sent once it can.
    Queued {
        /// What waits.
        queued: QueuedView,
    },
}

/// A sheet that waits to be sent to a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub(crate) struct QueuedView {
    /// By what it is named: a UUID.
    pub(crate) id: String,
    /// The server that it is for.
    pub(crate) address: String,
    /// What the sheet is called.
    pub(crate) file_name: String,
    /// When it was handed in (RFC 3339).
    pub(crate) created_at: String,
    /// Why it was not taken yet; `null` where nobody has said.
    pub(crate) why: Option<String>,
}
