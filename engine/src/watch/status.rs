//! How it stands with one folder, told whenever that changes.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::broadcast;

use super::WatchEvent;
use crate::wire::{FolderState, FolderView, WatchedSheetState, WatchedSheetView};

/// How it stands with one folder.
pub(super) struct Status {
    facts: Mutex<Facts>,
    numbers: AtomicU64,
    events: broadcast::Sender<WatchEvent>,
}

/// What is known of a folder.
#[derive(Debug, Default)]
pub(super) struct Facts {
    folder: String,
    destination: String,
    /// Why it cannot be seen.
    pub(super) unreachable: Option<String>,
    /// Why nothing is begun.
    pub(super) put_off: Option<String>,
    /// Why what is in hand does not get on, by the number of each thing that has failed.
    pub(super) failing: BTreeMap<u64, String>,
    /// Why sheets are left alone for a while, by their names.
    pub(super) left_alone: BTreeMap<OsString, String>,
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
        let facts = Mutex::new(Facts { folder, destination, ..Facts::default() });
        let status = Status { facts, numbers: AtomicU64::default(), events };
        status.tell(WatchEvent::Folder(status.view()));
        status
    }

    pub(super) fn view(&self) -> FolderView {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner).view()
    }

    pub(super) fn is_paused(&self) -> bool {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner).is_paused
    }

    /// A number that nothing else of this folder has.
    pub(super) fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
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
        let held_up = self.put_off.as_ref().or_else(|| self.failing.values().next());
        let (state, why) = match (&self.unreachable, held_up) {
            (Some(why), _) => (FolderState::Unreachable, Some(why.clone())),
            (None, Some(why)) => (FolderState::ReadOnly, Some(why.clone())),
            (None, None) if self.is_paused => (FolderState::Paused, self.why_left_alone()),
            (None, None) if self.working > 0 => (FolderState::Working, self.why_left_alone()),
            (None, None) => (FolderState::Waiting, self.why_left_alone()),
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

    /// Why sheets are left alone, although the folder can be used.
    fn why_left_alone(&self) -> Option<String> {
        let (name, why) = self.left_alone.iter().next()?;
        let more = match self.left_alone.len() - 1 {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        Some(format!("{}: {why}{more}", name.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_a_folder_up_is_told_until_all_of_it_is_over() {
        let status = Status::new(Path::new("in"), Path::new("in"), broadcast::channel(9).0);
        let told = || (status.view().state, status.view().why);
        let held_up = |why: &str| (FolderState::ReadOnly, Some(why.to_owned()));
        let (one, two) = (status.number(), status.number());
        status.note(|facts| drop(facts.failing.insert(one, "the disk is full".to_owned())));
        status.note(|facts| drop(facts.failing.insert(two, "the store is away".to_owned())));
        status.note(|facts| facts.put_off = Some("nothing can be written".to_owned()));
        assert_eq!(told(), held_up("nothing can be written"));
        status.note(|facts| facts.put_off = None);
        assert_eq!(told(), held_up("the disk is full"));
        status.note(|facts| drop(facts.failing.remove(&one)));
        assert_eq!(told(), held_up("the store is away"));
        status.note(|facts| drop(facts.failing.remove(&two)));
        assert_eq!(told(), (FolderState::Waiting, None));
        status.note(|facts| drop(facts.left_alone.insert("a.csv".into(), "no".to_owned())));
        status.note(|facts| drop(facts.left_alone.insert("b.csv".into(), "no".to_owned())));
        assert_eq!(told(), (FolderState::Waiting, Some("a.csv: no (and 1 more)".to_owned())));
    }
}
