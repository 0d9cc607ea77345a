//! Watched folders: a sheet that appears in one is taken once it is whole, worked on, and moved to
//! `done` or `failed`; its results are put beside it or elsewhere.
//!
//! 1. A folder is looked at again and again; that the system tells of changes only makes it sooner.
//!    So copies that take long, renames, drives in a network and what came while nothing ran are all
//!    found in the same way.
//! 2. What was taken is noted in the store by folder and content, before anything is done with it.
//!    A sheet becomes a request under an idempotency key, results are written whole and in an order
//!    in which doing it again changes nothing, and that they are written is noted before the sheet is
//!    moved: so no crash has a sheet done twice, or not at all.
//! 3. Nothing is written over, and nothing of a sheet becomes a path: the names of results come from
//!    the name of its file.

mod error;
mod grounds;
mod names;
mod neighbours;
mod settling;
mod sight;
mod taken;
mod disk;
mod hints;
mod status;
mod report;
mod hand;
mod insist;
mod lost;
mod patrol;
mod look;
mod in_hand;
mod begin;

use std::{
    path::{Path, PathBuf, absolute},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Notify, broadcast},
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::warn;

pub use error::WatchError;

use crate::{
    engine::Engine,
    model::Recipe,
    wire::{FolderView, WatchedSheetView},
};
use grounds::{check, plain};
use hand::Hand;
use neighbours::Neighbours;
use patrol::Patrol;
use sight::Sight;
use status::Status;

/// How many events a host may lag behind before it misses some.
const EVENTS_KEPT: usize = 1_024;
/// How long what is being written may take when all is to stop: a drive may not answer at all.
const GRACE: Duration = Duration::from_secs(10);

/// A folder to be watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// The folder. It need not be there yet.
    pub path: PathBuf,
    /// Where results are put. Default: beside the sheets.
    pub destination: Option<PathBuf>,
    /// How the images of its sheets are compressed, where a row does not say otherwise.
    pub recipe: Recipe,
    /// How it is watched.
    pub looks: Looks,
}

impl Folder {
    /// A folder with all defaults.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Folder { path, destination: None, recipe: Recipe::default(), looks: Looks::default() }
    }

    /// Where results are put.
    #[must_use]
    pub fn destination(&self) -> &Path {
        self.destination.as_deref().unwrap_or(&self.path)
    }
}

/// How a folder is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looks {
    /// Whether the system is asked to tell of changes. Default: it is.
    pub hearing: Hearing,
    /// How often is looked, whatever the system tells, and how soon is tried again what has failed.
    /// Default: 5 s.
    pub every: Duration,
    /// For how long size and time of a sheet must not change before it is taken. Default: 2 s.
    pub settle: Duration,
    /// How many sheets are in hand at a time. Default: 8.
    pub at_once: usize,
}

/// Whether the system is asked to tell of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hearing {
    /// It is; where it cannot, the folder is looked at all the same.
    Hints,
    /// It is not, as for drives in a network, where it tells only of what this computer does.
    Nothing,
}

impl Default for Looks {
    fn default() -> Self {
        Looks {
            hearing: Hearing::Hints,
            every: Duration::from_secs(5),
            settle: Duration::from_secs(2),
            at_once: 8,
        }
    }
}

/// What has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchEvent {
    /// How it stands with a folder.
    Folder(FolderView),
    /// What has become of a sheet.
    Sheet(WatchedSheetView),
}

/// Watches any number of folders. A clone is another handle on the same.
#[derive(Clone)]
pub struct Watch(Arc<Inner>);

struct Inner {
    engine: Engine,
    neighbours: Arc<Neighbours>,
    posts: Mutex<Vec<Post>>,
    events: broadcast::Sender<WatchEvent>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// A folder that is watched.
struct Post {
    path: PathBuf,
    status: Arc<Status>,
    bell: Arc<Notify>,
    stop: CancellationToken,
}

impl Watch {
    /// Watches nothing yet. The engine is to be [started](Engine::start) by whoever has it.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        let (events, _) = broadcast::channel(EVENTS_KEPT);
        Watch(Arc::new(Inner {
            engine,
            neighbours: Arc::default(),
            posts: Mutex::default(),
            events,
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        }))
    }

    /// Watches a folder from now on, be it there or not. What was in hand when it was last watched
    /// goes on. No drive is asked before this returns: where links in the file system lead to a folder
    /// that stands in the way, its state says so later on.
    ///
    /// # Errors
    /// [`WatchError`]
    pub fn add(&self, folder: Folder) -> Result<FolderView, WatchError> {
        let destination = folder.destination.as_deref().map(whole).transpose()?;
        let path = whole(&folder.path)?;
        let folder = Folder { path: path.clone(), destination, ..folder };
        let mut posts = self.posts();
        let others = posts.iter().map(|post| post.path.as_path());
        check(&path, folder.destination(), others)?;
        let inner = &*self.0;
        let status = Status::new(&folder.path, folder.destination(), inner.events.clone());
        let (status, bell) = (Arc::new(status), Arc::new(Notify::new()));
        let stop = inner.stop.child_token();
        let key = blake3::hash(path.as_os_str().as_encoded_bytes()).to_hex()[..20].to_owned();
        let hand = Hand {
            engine: inner.engine.clone(),
            sight: Arc::new(Sight::new(folder.path.clone())),
            folder: Arc::new(folder),
            status: Arc::clone(&status),
            stop: stop.clone(),
        };
        let (neighbours, tasks) = (Arc::clone(&inner.neighbours), inner.tasks.clone());
        let patrol = Patrol::new(hand, key, neighbours, Arc::clone(&bell), tasks);
        inner.tasks.spawn(patrol.go());
        let view = status.view();
        posts.push(Post { path, status, bell, stop });
        Ok(view)
    }

    /// Watches a folder no more. What is in hand is seen through when it is watched again.
    ///
    /// # Errors
    /// [`WatchError::NotWatched`]
    pub fn remove(&self, folder: &Path) -> Result<(), WatchError> {
        let path = whole(folder)?;
        let mut posts = self.posts();
        let at = posts.iter().position(|post| post.path == path);
        let at = at.ok_or(WatchError::NotWatched(path))?;
        posts.remove(at).stop.cancel();
        Ok(())
    }

    /// Takes nothing more from a folder until it is [resumed](Self::resume); what is in hand is seen
    /// through.
    ///
    /// # Errors
    /// [`WatchError::NotWatched`]
    pub fn pause(&self, folder: &Path) -> Result<(), WatchError> {
        self.set_paused(folder, true)
    }

    /// Goes on with a folder that was paused.
    ///
    /// # Errors
    /// [`WatchError::NotWatched`]
    pub fn resume(&self, folder: &Path) -> Result<(), WatchError> {
        self.set_paused(folder, false)
    }

    fn set_paused(&self, folder: &Path, is_paused: bool) -> Result<(), WatchError> {
        let path = whole(folder)?;
        let posts = self.posts();
        let post = posts.iter().find(|post| post.path == path);
        let post = post.ok_or(WatchError::NotWatched(path))?;
        post.status.note(|facts| facts.is_paused = is_paused);
        post.bell.notify_one();
        Ok(())
    }

    /// The folders that are watched, in the order in which they were added.
    #[must_use]
    pub fn list(&self) -> Vec<FolderView> {
        self.posts().iter().map(|post| post.status.view()).collect()
    }

    /// What changes from now on.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<WatchEvent> {
        self.0.events.subscribe()
    }

    /// Watches no folder any more, and waits until nothing is being written, if that does not take
    /// longer than ten seconds. What is in hand goes on after the next start.
    pub async fn stop(&self) {
        self.0.stop.cancel();
        self.0.tasks.close();
        if timeout(GRACE, self.0.tasks.wait()).await.is_err() {
            warn!(grace_s = GRACE.as_secs(), "stopped although a drive has not answered");
        }
    }

    fn posts(&self) -> MutexGuard<'_, Vec<Post>> {
        self.0.posts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A path that means the same wherever the process stands, and is the same however it is spelled. Links
/// in the file system are left as they are, so that a folder is the same one while it is away.
fn whole(path: &Path) -> Result<PathBuf, WatchError> {
    let whole = absolute(path);
    let whole = whole.map_err(|source| WatchError::BadPath { path: path.to_owned(), source });
    whole.map(|path| plain(&path))
}
