//! Files that come from outside, at whatever moment they come: while the app begins they wait for it, and
//! while it ends they are kept for the next one.

use std::{
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Files that come from outside.
pub(crate) struct Arrivals(Mutex<Stage>);

enum Stage {
    /// The app cannot take anything yet.
    Beginning(Vec<PathBuf>),
    /// It takes what comes.
    Open,
    /// It takes nothing more; where somebody has asked for it meanwhile, it is to begin again, with these.
    Ending(Option<Vec<PathBuf>>),
}

impl Default for Arrivals {
    fn default() -> Self {
        Arrivals(Mutex::new(Stage::Beginning(Vec::new())))
    }
}

impl Arrivals {
    /// Somebody asks for the app with files, or with none; gives those that can be taken now.
    pub(crate) fn arrive(&self, files: Vec<PathBuf>) -> Vec<PathBuf> {
        match &mut *self.stage() {
            Stage::Open => return files,
            Stage::Beginning(early) => early.extend(files),
            Stage::Ending(late) => late.get_or_insert_default().extend(files),
        }
        Vec::new()
    }

    /// The app takes files from now on; gives those that have come before.
    pub(crate) fn open(&self) -> Vec<PathBuf> {
        match std::mem::replace(&mut *self.stage(), Stage::Open) {
            Stage::Beginning(early) => early,
            Stage::Open | Stage::Ending(_) => Vec::new(),
        }
    }

    /// The app takes nothing more.
    pub(crate) fn end(&self) {
        *self.stage() = Stage::Ending(None);
    }

    /// Whether somebody has asked for the app since it began to end, and with which files.
    pub(crate) fn late(&self) -> Option<Vec<PathBuf>> {
        match &mut *self.stage() {
            Stage::Ending(late) => late.take(),
            Stage::Beginning(_) | Stage::Open => None,
        }
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_of_what_comes_before_the_app_is_open_or_after_it_has_closed() {
        let file = |name: &str| vec![PathBuf::from(name)];
        let nothing = Vec::<PathBuf>::new();
        let arrivals = Arrivals::default();
        assert_eq!(arrivals.arrive(file("early.csv")), nothing);
        assert_eq!(arrivals.open(), file("early.csv"));
        assert_eq!(arrivals.arrive(file("a.csv")), file("a.csv"));
        assert_eq!(arrivals.late(), None);
        arrivals.end();
        assert_eq!(arrivals.late(), None);
        assert_eq!(arrivals.arrive(file("late.csv")), nothing);
        // Somebody has started it without a file.
        assert_eq!(arrivals.arrive(Vec::new()), nothing);
        assert_eq!(arrivals.late(), Some(file("late.csv")));
    }
}
