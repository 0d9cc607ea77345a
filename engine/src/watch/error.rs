//! Why a folder is not watched.

use std::{io, path::PathBuf};

use thiserror::Error;

/// Why a folder is not watched.
#[derive(Debug, Error)]
pub enum WatchError {
    /// It is watched already.
    #[error("{} is watched already", .0.display())]
    AlreadyWatched(PathBuf),
    /// Sheets of another watched folder are moved there, or would be moved from one into the other
    /// for ever.
    #[error("{} is where a watched folder's sheets are moved to: choose another", .0.display())]
    Output(PathBuf),
    /// It is not watched.
    #[error("{} is not watched", .0.display())]
    NotWatched(PathBuf),
    /// It is no path that a folder can have.
    #[error("{} cannot be watched: {source}", path.display())]
    BadPath {
        /// What was named.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}
