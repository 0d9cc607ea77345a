//! How it stands with a server: what came of the last call says so.

use std::sync::Arc;

use tokio::sync::watch;

use crate::wire::WayState;

/// How it stands with a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stand {
    /// Whether it can be worked with.
    pub(crate) state: WayState,
    /// Why it cannot, in words for people.
    pub(crate) why: Option<String>,
}

/// How it stands with a server, noted by whoever asks it. A clone is another handle on the same.
#[derive(Clone)]
pub(crate) struct Reach(Arc<watch::Sender<Stand>>);

impl Reach {
    /// A server that was not asked yet.
    pub(super) fn new() -> Self {
        Reach(Arc::new(watch::Sender::new(Stand { state: WayState::Ok, why: None })))
    }

    /// How it stands by now.
    pub(crate) fn stand(&self) -> Stand {
        self.0.borrow().clone()
    }

    /// Hears of changes.
    pub(crate) fn changes(&self) -> watch::Receiver<Stand> {
        self.0.subscribe()
    }

    /// Notes what came of a call.
    pub(super) fn note(&self, state: WayState, why: Option<&str>) {
        let stand = Stand { state, why: why.map(str::to_owned) };
        self.0.send_if_modified(|was| {
            let is_new = *was != stand;
            *was = stand;
            is_new
        });
    }
}
