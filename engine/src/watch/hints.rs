//! Has the system tell when something changes in a folder. It is a hint to look there at once: it may
//! come for nothing, and where it does not come, the next look finds the same.

use std::{
    collections::HashMap,
    ffi::{OsStr, OsString},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use notify::{
    Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher,
    event::{AccessKind, AccessMode, CreateKind, ModifyKind},
};
use tokio::sync::Notify;
use tracing::debug;

use super::{names::may_be_sheet, settling::Stamp, sight::Identity};

/// Whether the system tells of the end of writing as it does of its beginning.
const TELLS_OF_CLOSING: bool = cfg!(target_os = "linux");

/// The hints for one folder.
#[derive(Default)]
pub(super) struct Hints {
    /// The folder that was asked for, and what tells of it, if anything does.
    asked: Option<(Identity, Option<RecommendedWatcher>)>,
    open: Arc<Open>,
}

impl Hints {
    /// Whether hints were asked for of this very folder.
    pub(super) fn are_of(&self, identity: Identity) -> bool {
        self.asked.as_ref().is_some_and(|(asked, _)| *asked == identity)
    }

    /// Asks for hints, blocking.
    pub(super) fn ask(folder: &Path, identity: Identity, bell: Arc<Notify>) -> Self {
        let open = Arc::new(Open::default());
        let heard = Arc::clone(&open);
        let watched = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if TELLS_OF_CLOSING && let Ok(event) = &event {
                heard.hear(event);
            }
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
        Hints { asked: Some((identity, watcher)), open }
    }

    /// Whether somebody of this computer has a file open to write in it, as far as was heard.
    pub(super) fn is_open(&self, name: &OsStr, stamp: Stamp) -> bool {
        self.open.has(name, stamp)
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

/// The files that somebody has begun to write and has not closed.
#[derive(Default)]
struct Open(Mutex<HashMap<OsString, Begun>>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Begun {
    /// It was made: by whoever writes in it next, or as a second name of a file that is whole.
    Made,
    /// Something was written.
    Written,
}

impl Open {
    fn has(&self, name: &OsStr, stamp: Stamp) -> bool {
        let open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match open.get(name) {
            Some(Begun::Made) => stamp.bytes == 0,
            Some(Begun::Written) => true,
            None => false,
        }
    }

    fn hear(&self, event: &Event) {
        let begun = match event.kind {
            EventKind::Create(CreateKind::File) => Some(Begun::Made),
            EventKind::Modify(ModifyKind::Data(_)) => Some(Begun::Written),
            EventKind::Access(AccessKind::Close(AccessMode::Write))
            | EventKind::Modify(ModifyKind::Name(_))
            | EventKind::Remove(_) => None,
            EventKind::Other if event.need_rescan() => {
                // What was missed may be that they were closed.
                self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
                return;
            }
            EventKind::Any
            | EventKind::Access(_)
            | EventKind::Create(_)
            | EventKind::Modify(_)
            | EventKind::Other => return,
        };
        let names = event.paths.iter().filter_map(|path| path.file_name());
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for name in names.filter(|name| may_be_sheet(name)) {
            match begun {
                Some(begun) => open.insert(name.to_owned(), begun),
                None => open.remove(name),
            };
        }
    }
}
