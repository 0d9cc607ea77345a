//! A system that notes what it is told, for tests.

use std::{
    path::{Path, PathBuf},
    sync::Mutex,
    time::Duration,
};

use async_trait::async_trait;
use pixmill_engine::wire::ProgressView;
use tokio::time::{sleep, timeout};

use super::{Around, Notice};
use crate::{
    refusal::Answer,
    wire::{Choice, Said},
};

/// The longest that a test waits for something that is to happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// What has happened, and what the person does in dialogs.
#[derive(Default)]
pub(crate) struct Recorded {
    pub(crate) said: Mutex<Vec<Said>>,
    pub(crate) notices: Mutex<Vec<Notice>>,
    pub(crate) shown: Mutex<Vec<PathBuf>>,
    pub(crate) chosen: Mutex<Vec<PathBuf>>,
}

impl Recorded {
    /// Waits until something is found.
    pub(crate) async fn until<T>(&self, find: impl Fn(&Self) -> Option<T>) -> T {
        let found = timeout(PATIENCE, async {
            loop {
                match find(self) {
                    Some(found) => return found,
                    None => sleep(Duration::from_millis(20)).await,
                }
            }
        });
        found.await.expect("it was to happen by now")
    }

    /// Waits until the page is told something.
    pub(crate) async fn until_said(&self, is_it: impl Fn(&Said) -> bool) -> Said {
        self.until(|all| all.said.lock().unwrap().iter().rev().find(|said| is_it(said)).cloned())
            .await
    }

    /// Waits until the person is told of so many things.
    pub(crate) async fn until_notices(&self, count: usize) -> Vec<Notice> {
        self.until(|all| Some(all.notices.lock().unwrap().clone()).filter(|all| all.len() >= count))
            .await
    }
}

#[async_trait]
impl Around for Recorded {
    fn tell(&self, said: Said) {
        self.said.lock().unwrap().push(said);
    }

    fn show_progress(&self, _: Option<&ProgressView>) {}

    fn notify(&self, notice: Notice) {
        self.notices.lock().unwrap().push(notice);
    }

    async fn choose(&self, _: Choice) -> Vec<PathBuf> {
        self.chosen.lock().unwrap().clone()
    }

    async fn choose_folder(&self) -> Option<PathBuf> {
        self.chosen.lock().unwrap().first().cloned()
    }

    async fn save_as(&self, name: &str) -> Option<PathBuf> {
        self.chosen.lock().unwrap().first().map(|folder| folder.join(name))
    }

    fn show_folder(&self, folder: &Path) -> Answer<()> {
        self.shown.lock().unwrap().push(folder.to_owned());
        Ok(())
    }

    fn starts_with_session(&self) -> bool {
        false
    }

    fn start_with_session(&self, _: bool) -> Answer<()> {
        Ok(())
    }
}
