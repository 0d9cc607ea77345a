//! What the app asks of the system around it: its window, dialogs, notifications, folders that are
//! shown. One trait, so that all else is tested without a window.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use pixmill_engine::{model::RequestId, wire::ProgressView};

use crate::{
    refusal::Answer,
    wire::{Choice, Said},
};

/// What is shown when somebody follows a notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// The results of a request.
    Results(RequestId),
    /// A folder.
    Folder(PathBuf),
}

/// A notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    /// What it is about, in a few words.
    pub(crate) title: String,
    /// What happened, in a sentence.
    pub(crate) body: String,
    /// What is shown to whoever follows it.
    pub(crate) shown: Shown,
}

/// The system around the app.
#[async_trait]
pub(crate) trait Around: Send + Sync {
    /// Tells the page something.
    fn tell(&self, said: Said);
    /// Shows how far the work is; none where there is none.
    fn show_progress(&self, progress: Option<&ProgressView>);
    /// Tells the person something, wherever they are.
    fn notify(&self, notice: Notice);
    /// Has the person choose files or a folder; none where they do not.
    async fn choose(&self, what: Choice) -> Vec<PathBuf>;
    /// Has the person choose a folder, to be watched or to put results in.
    async fn choose_folder(&self) -> Option<PathBuf>;
    /// Has the person choose where a file is saved, that has a name already.
    async fn save_as(&self, name: &str) -> Option<PathBuf>;
    /// Shows a folder in the system's own window for files.
    fn show_folder(&self, folder: &Path) -> Answer<()>;
    /// Whether the app starts with the session.
    fn starts_with_session(&self) -> bool;
    /// Has the app start with the session, or not.
    fn start_with_session(&self, on: bool) -> Answer<()>;
}

#[cfg(test)]
mod recorded;
#[cfg(test)]
pub(crate) use recorded::Recorded;
