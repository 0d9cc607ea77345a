//! Looks after one folder: finds sheets, takes them in their order, and has each seen through.

use std::{
    collections::{HashMap, VecDeque},
    ffi::OsStr,
    sync::Arc,
    time::Duration,
};

use tokio::{
    sync::{Notify, mpsc},
    time::{Instant, sleep_until},
};
use tokio_util::task::TaskTracker;
use tracing::warn;

use super::{
    disk,
    hand::{Ended, Hand},
    hints::Hints,
    in_hand::InHand,
    names::{DONE, FAILED},
    neighbours::Neighbours,
    settling::{Settling, Whole},
    taken::Taken,
};
use crate::error::Error;

/// How long a sheet is left alone that cannot be read or moved.
const LEFT_ALONE: Duration = Duration::from_secs(60);

/// Looks after one folder.
pub(super) struct Patrol {
    pub(super) hand: Hand,
    /// The folder, as a hash.
    pub(super) key: String,
    pub(super) neighbours: Arc<Neighbours>,
    pub(super) bell: Arc<Notify>,
    pub(super) tasks: TaskTracker,
    pub(super) begun: Instant,
    pub(super) settling: Settling,
    pub(super) queue: VecDeque<Waiting>,
    pub(super) in_hand: HashMap<String, InHand>,
    pub(super) endings: mpsc::UnboundedSender<Ending>,
    ended: mpsc::UnboundedReceiver<Ending>,
    /// Sheets whose results are written, and of which it is not noted that they are moved.
    pub(super) unmoved: Vec<Taken>,
    pub(super) hints: Hints,
    /// When is looked next, even if there is no hint.
    pub(super) next_look: Instant,
    /// Before this moment is not looked again.
    pub(super) not_before: Instant,
    pub(super) is_rung: bool,
    /// Nothing is begun before this moment, as it has just failed.
    pub(super) not_begun_before: Instant,
    pub(super) is_reachable: bool,
    /// Whether it has to be found out anew whether anything can be written.
    pub(super) is_unsure: bool,
    /// Whether what the last process has left is taken up.
    is_taken_up: bool,
}

/// What is known by id of a content that was in hand; nothing more where that was stopped.
pub(super) type Ending = (String, Option<Ended>);

/// A sheet that is whole and has not been taken.
pub(super) struct Waiting {
    pub(super) sheet: Whole,
    /// The turn of the same content during which it was first looked at.
    pub(super) seen: Option<u32>,
}

impl Patrol {
    pub(super) fn new(
        hand: Hand,
        key: String,
        neighbours: Arc<Neighbours>,
        bell: Arc<Notify>,
        tasks: TaskTracker,
    ) -> Self {
        let now = Instant::now();
        let (endings, ended) = mpsc::unbounded_channel();
        let settling = Settling::new(hand.folder.looks.settle);
        Patrol {
            hand,
            key,
            neighbours,
            bell,
            tasks,
            begun: now,
            settling,
            queue: VecDeque::new(),
            in_hand: HashMap::new(),
            endings,
            ended,
            unmoved: Vec::new(),
            hints: Hints::default(),
            next_look: now,
            not_before: now,
            is_rung: false,
            not_begun_before: now,
            is_reachable: false,
            is_unsure: true,
            is_taken_up: false,
        }
    }

    /// Looks after the folder until it is told to stop. What is in hand then is taken up after the
    /// next start.
    pub(super) async fn go(mut self) {
        let stop = self.hand.stop.clone();
        while !stop.is_cancelled() {
            if self.due() <= Instant::now() {
                self.look().await;
            }
            self.begin_all().await;
            self.note_moved().await;
            self.note_counts();
            let mut wake = self.due();
            if self.has_more_to_begin() {
                wake = wake.min(self.not_begun_before);
            }
            tokio::select! {
                () = stop.cancelled() => {}
                Some((id, ended)) = self.ended.recv() => self.end(&id, ended),
                () = self.bell.notified() => self.is_rung = true,
                () = sleep_until(wake) => {}
            }
        }
        self.neighbours.grounds.leave(&self.hand.folder.path);
    }

    /// When is looked at the folder.
    fn due(&self) -> Instant {
        let settled = self.settling.next().map(|due| self.begun + due);
        let wanted = settled.map_or(self.next_look, |settled| settled.min(self.next_look));
        if self.is_rung { self.not_before } else { wanted.max(self.not_before) }
    }

    fn has_more_to_begin(&self) -> bool {
        let has_room = self.in_hand.len() < self.hand.folder.looks.at_once;
        let has_work = has_room && !self.queue.is_empty() && !self.hand.status.is_paused();
        self.is_reachable && (has_work || self.is_unsure) && !self.hand.stop.is_cancelled()
    }

    /// Takes as many sheets as there is room for, in their order.
    async fn begin_all(&mut self) {
        if !self.has_more_to_begin() || Instant::now() < self.not_begun_before {
            return;
        }
        if let Err(error) = self.prepare().await {
            self.put_off(&error);
            return;
        }
        while self.has_more_to_begin() {
            let Some(waiting) = self.queue.pop_front() else { return };
            if let Err(error) = self.begin(&waiting).await {
                self.queue.push_front(waiting);
                self.put_off(&error);
                return;
            }
            self.note_counts();
        }
    }

    /// Takes up what the last process has left, the first time, and finds out whether anything can be
    /// written.
    async fn prepare(&mut self) -> Result<(), Error> {
        if !self.is_taken_up {
            let (folder, neighbours) = (self.hand.folder.clone(), Arc::clone(&self.neighbours));
            let sweep = move || {
                let written_in = [DONE, FAILED].map(|name| folder.path.join(name));
                neighbours.sweep(folder.destination())?;
                written_in.iter().try_for_each(|folder| neighbours.sweep(folder))
            };
            if let Err(error) = self.ask("delete what is half written", sweep).await {
                warn!(%error, "what a crash has left half written stays for now");
            }
            self.resume().await?;
            self.is_taken_up = true;
        }
        self.probe().await
    }

    /// Finds out whether anything can be written.
    pub(super) async fn probe(&mut self) -> Result<(), Error> {
        let folder = self.hand.folder.clone();
        self.is_unsure = true;
        let probe = move || disk::probe(&folder.path, folder.destination());
        self.ask("put results in place", probe).await?;
        self.is_unsure = false;
        self.hand.status.note(|facts| facts.put_off = None);
        Ok(())
    }

    /// Begins nothing for a while, and tells why.
    fn put_off(&mut self, error: &Error) {
        if self.hand.stop.is_cancelled() {
            return;
        }
        self.is_unsure = true;
        self.not_begun_before = Instant::now() + self.hand.folder.looks.every;
        let why = error.to_string();
        self.hand.status.note(|facts| facts.put_off = Some(why));
    }

    pub(super) fn settle_again(&mut self, name: &OsStr) {
        self.settling.again(self.begun.elapsed(), name);
    }

    /// Leaves a sheet alone for a while with which something cannot be done that can be done with
    /// others, and tells why.
    pub(super) fn leave_alone(&mut self, name: &OsStr, error: &Error) {
        warn!(sheet = %name.display(), %error, "a sheet is left alone for a while");
        self.settling.again(self.begun.elapsed() + LEFT_ALONE, name);
        let why = error.to_string();
        self.hand.status.note(|facts| drop(facts.left_alone.insert(name.to_owned(), why)));
    }

    /// A sheet is as others are.
    pub(super) fn get_on_with(&self, name: &OsStr) {
        self.hand.status.note(|facts| drop(facts.left_alone.remove(name)));
    }

    fn note_counts(&self) {
        let held: usize = self.in_hand.values().map(|in_hand| in_hand.held.len()).sum();
        let waiting = (self.settling.open() + self.queue.len() + held) as u64;
        let working = self.in_hand.len() as u64;
        self.hand.status.note(|facts| (facts.waiting, facts.working) = (waiting, working));
    }
}
