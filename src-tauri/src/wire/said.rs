//! What the app tells its page by itself.

use pixmill_engine::{
    model::RequestId,
    wire::{RequestView, SyncView, WatchedSheetView},
};
use serde::Serialize;

use super::{FolderSettingView, Offer, QueuedView, WayView};

macro_rules! events {
    ($($(#[doc = $doc:literal])* $name:literal: $event:ident($payload:ty);)*) => {
        /// An event, with what it bears.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
        #[serde(untagged)]
        pub(crate) enum Said {
            $($(#[doc = $doc])* $event($payload),)*
        }

        impl Said {
            /// What the page listens for.
            pub(crate) fn name(&self) -> &'static str {
                match self {
                    $(Said::$event(_) => $name,)*
                }
            }
        }

        /// The name of each event and the type of what it bears.
        #[cfg(test)]
        pub(crate) fn event_types() -> Vec<(&'static str, &'static str)> {
            vec![$(($name, stringify!($payload))),*]
        }
    };
}

events! {
    /// Something was dropped on the window or opened.
    "offered": Offered(Offer);
    /// What could not be taken of what was dropped, opened or chosen, each with the reason.
    "left_out": LeftOut(Vec<String>);
    /// Whether files are held over the window.
    "held": Held(bool);
    /// A request has changed.
    "changed": Changed(Changed);
    /// How it stands with the way of working.
    "way": Way(WayView);
    /// What waits to be sent.
    "queued": Queued(Vec<QueuedView>);
    /// How it stands with a watched folder.
    "folder": Folder(FolderSettingView);
    /// What has become of a sheet in a watched folder.
    "watched_sheet": WatchedSheet(WatchedSheetView);
    /// How it stands with the deployment that requests are shared with.
    "sync": Sync(SyncView);
}

/// A request that has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Changed {
    /// The request.
    #[cfg_attr(test, ts(type = "string"))]
    pub(crate) request_id: RequestId,
}

/// What is heard of a request that is followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "is", rename_all = "camelCase")]
pub(crate) enum Watched {
    /// How it is by now.
    View {
        /// The request.
        #[cfg_attr(test, ts(type = "RequestView"))]
        view: Box<RequestView>,
    },
    /// How news of it come.
    Liveness {
        /// How they come.
        liveness: Liveness,
    },
    /// It is no more, or cannot be seen.
    Gone,
}

/// How news come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub(crate) enum Liveness {
    /// As it happens.
    Live,
    /// By asking again and again.
    Polling,
    /// Not at all for now.
    Offline,
}
