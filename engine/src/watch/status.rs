//! How it stands with one folder, told whenever that changes.

use std::{
    path::Path,
    sync::{Mutex, PoisonError},
};

use tokio::sync::broadcast;

use super::WatchEvent;
use crate::wire::{FolderState, FolderView, WatchedSheetState, WatchedSheetView};

/// How it stands with one folder.
pub(super) struct Status {
    facts: Mutex<Facts>,
    events: broadcast::Sender<WatchEvent>,
}

/// What is known of a folder.
#[derive(Debug, Default)]
pub(super) struct Facts {
    folder: String,
    destination: String,
    /// Why it cannot be seen.
    pub(super) unreachable: Option<String>,
    /// Why nothing can be written.
    pub(super) read_only: Option<String>,
    pub(super) is_paused: bool,
    pub(super) waiting: u64,
    pub(super) working: u64,
    done: u64,
    failed: u64,
}

impl Status {
    pub(super) fn new(
        folder: &Path,
        destination: &Path,
        events: broadcast::Sender<WatchEvent>,
    ) -> Self {
        let (folder, destination) =
            (folder.display().to_string(), destination.display().to_string());
        let status =
            Status { facts: Mutex::new(Facts { folder, destination, ..Facts::default() }), events };
        status.tell(WatchEvent::Folder(status.view()));
        status
    }

    pub(super) fn view(&self) -> FolderView {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner).view()
    }

    pub(super) fn is_paused(&self) -> bool {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner).is_paused
    }

    /// Notes what is known by now, and tells of it if it is anything new.
    pub(super) fn note(&self, change: impl FnOnce(&mut Facts)) {
        let view = {
            let mut facts = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
            let before = facts.view();
            change(&mut facts);
            let now = facts.view();
            (now != before).then_some(now)
        };
        if let Some(view) = view {
            self.tell(WatchEvent::Folder(view));
        }
    }

    /// Tells what has become of a sheet.
    pub(super) fn tell_sheet(&self, sheet: WatchedSheetView) {
        self.note(|facts| match sheet.state {
            WatchedSheetState::Done => facts.done += 1,
            WatchedSheetState::Failed => facts.failed += 1,
            WatchedSheetState::Taken | WatchedSheetState::Repeated => {}
        });
        self.tell(WatchEvent::Sheet(sheet));
    }

    fn tell(&self, event: WatchEvent) {
        // An error says that nobody listens.
        drop(self.events.send(event));
    }
}

impl Facts {
    fn view(&self) -> FolderView {
        let (state, why) = match (&self.unreachable, &self.read_only) {
            (Some(why), _) => (FolderState::Unreachable, Some(why.clone())),
            (None, Some(why)) => (FolderState::ReadOnly, Some(why.clone())),
            (None, None) if self.is_paused => (FolderState::Paused, None),
            (None, None) if self.working > 0 => (FolderState::Working, None),
            (None, None) => (FolderState::Waiting, None),
        };
        FolderView {
            folder: self.folder.clone(),
            destination: self.destination.clone(),
            state,
            why,
            waiting: self.waiting,
            working: self.working,
            done: self.done,
            failed: self.failed,
        }
    }
}
