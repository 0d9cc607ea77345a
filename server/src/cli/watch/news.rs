//! What happens in watched folders, a line each.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use pixmill_engine::{
    watch::WatchEvent,
    wire::{FolderState, FolderView, WatchedSheetState, WatchedSheetView},
};
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::super::plain::plain;
use crate::out::say;

/// Tells what happens in watched folders.
#[derive(Clone)]
pub(super) struct News {
    is_quiet: bool,
    /// The folders that something was said to be wrong with, and what.
    troubled: Arc<Mutex<HashMap<String, String>>>,
}

impl News {
    /// Tells what happens from now on: what goes wrong on stderr, the rest on stdout unless that is
    /// not wanted.
    pub(super) fn tell(mut events: Receiver<WatchEvent>, is_quiet: bool) -> News {
        let news = News { is_quiet, troubled: Arc::default() };
        let telling = news.clone();
        tokio::spawn(async move {
            loop {
                match events.recv().await {
                    Ok(WatchEvent::Folder(view)) => telling.folder(&view),
                    Ok(WatchEvent::Sheet(sheet)) => telling.sheet(&sheet),
                    Err(RecvError::Lagged(missed)) => {
                        telling.say(&format!("... and {missed} things more happened"));
                    }
                    Err(RecvError::Closed) => return,
                }
            }
        });
        news
    }

    /// Tells that a folder is watched from now on.
    pub(super) fn begin(&self, view: &FolderView) {
        let FolderView { folder, destination, .. } = view;
        let into = if folder == destination {
            String::new()
        } else {
            format!(", results in {destination}")
        };
        self.say(&format!("watching {folder}{into}"));
    }

    fn folder(&self, view: &FolderView) {
        let why = view.why.clone().unwrap_or_default();
        let trouble = match view.state {
            FolderState::Unreachable => format!("cannot be reached: {why}"),
            FolderState::ReadOnly => format!("has to wait: {why}"),
            // Some sheet is left alone, and the others go on.
            FolderState::Waiting | FolderState::Working | FolderState::Paused
                if view.why.is_some() =>
            {
                format!("has a sheet that has to wait: {why}")
            }
            FolderState::Waiting | FolderState::Working | FolderState::Paused => String::new(),
        };
        let mut troubled = self.troubled.lock().unwrap_or_else(PoisonError::into_inner);
        let before = troubled.get(&view.folder).cloned().unwrap_or_default();
        if trouble.is_empty() && !before.is_empty() {
            eprintln!("{}", plain(&format!("{} can be used again", view.folder)));
        } else if trouble != before {
            eprintln!("{}", plain(&format!("{} {trouble}", view.folder)));
        }
        troubled.insert(view.folder.clone(), trouble);
    }

    fn sheet(&self, sheet: &WatchedSheetView) {
        let WatchedSheetView { folder, file_name, name, state, why, .. } = sheet;
        let path = Path::new(folder).join(file_name);
        let path = path.display();
        match state {
            WatchedSheetState::Taken => self.say(&format!("{path}: taken")),
            WatchedSheetState::Done => self.say(&format!("{path}: done, as {name}.results.csv")),
            WatchedSheetState::Repeated => {
                self.say(&format!("{path}: moved, as the same has been done before"));
            }
            WatchedSheetState::Failed => {
                let why = why.as_deref().unwrap_or("see there");
                let report = format!("failed/{name}.faults.txt");
                eprintln!("{}", plain(&format!("{path}: failed, see {report}: {why}")));
            }
        }
    }

    fn say(&self, line: &str) {
        if !self.is_quiet {
            say(plain(line));
        }
    }
}
