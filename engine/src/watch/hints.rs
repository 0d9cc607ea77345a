//! Has the system tell when something changes in a folder. It is a hint to look there at once: it may
//! come for nothing, and where it does not come, the next look finds the same.

use std::{path::Path, sync::Arc};

use notify::{
    Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher,
    event::{AccessKind, AccessMode},
};
use tokio::sync::Notify;
use tracing::debug;

use super::disk::Identity;

/// The hints for one folder.
#[derive(Default)]
pub(super) struct Hints {
    asked: Option<(Identity, Option<RecommendedWatcher>)>,
}

impl Hints {
    /// Asks for hints, unless that was done for this very folder; gives whether it was not.
    pub(super) fn ask(&mut self, folder: &Path, identity: Identity, bell: &Arc<Notify>) -> bool {
        if self.asked.as_ref().is_some_and(|(asked, _)| *asked == identity) {
            return false;
        }
        // The one before is given up first: it watches what is no more.
        self.asked = None;
        let bell = Arc::clone(bell);
        let watched = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if event.map_or(true, |event| is_change(&event.kind)) {
                bell.notify_one();
            }
        })
        .and_then(|mut watcher| {
            watcher.watch(folder, RecursiveMode::NonRecursive)?;
            Ok(watcher)
        });
        let watcher = watched
            .inspect_err(|error| debug!(%error, "no hints for a folder: it is looked at instead"))
            .ok();
        self.asked = Some((identity, watcher));
        true
    }

    /// Forgets a folder that cannot be seen.
    pub(super) fn forget(&mut self) {
        self.asked = None;
    }
}

/// Whether something may be another than it was: that somebody, we included, has read it is no
/// change.
fn is_change(kind: &EventKind) -> bool {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => true,
        EventKind::Access(_) => false,
        EventKind::Any
        | EventKind::Create(_)
        | EventKind::Modify(_)
        | EventKind::Remove(_)
        | EventKind::Other => true,
    }
}
