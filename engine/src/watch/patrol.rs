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
    Hearing, disk,
    hand::{Ended, Hand, blocking},
    hints::Hints,
    in_hand::InHand,
    names::Names,
    settling::{Settling, Whole},
};
use crate::error::Error;

/// The least time between two looks, however many hints there are.
const LOOKS_APART: Duration = Duration::from_millis(100);
/// How much longer than a look took is waited at least before the next.
const LOOK_SHARE: u32 = 10;
/// How long a sheet is left alone that cannot be read.
const UNREADABLE_WAIT: Duration = Duration::from_secs(60);

/// Looks after one folder.
pub(super) struct Patrol {
    pub(super) hand: Hand,
    /// The folder, as a hash.
    pub(super) key: String,
    pub(super) names: Arc<Names>,
    pub(super) bell: Arc<Notify>,
    pub(super) tasks: TaskTracker,
    begun: Instant,
    pub(super) settling: Settling,
    pub(super) queue: VecDeque<Waiting>,
    pub(super) in_hand: HashMap<String, InHand>,
    pub(super) endings: mpsc::UnboundedSender<Ending>,
    ended: mpsc::UnboundedReceiver<Ending>,
    hints: Hints,
    /// When is looked next, even if there is no hint.
    next_look: Instant,
    /// Before this moment is not looked again.
    not_before: Instant,
    is_rung: bool,
    /// Nothing is begun before this moment, as it has just failed.
    not_begun_before: Instant,
    is_reachable: bool,
    /// Whether it has to be found out anew whether anything can be written.
    is_unsure: bool,
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
        names: Arc<Names>,
        bell: Arc<Notify>,
        tasks: TaskTracker,
    ) -> Self {
        let now = Instant::now();
        let (endings, ended) = mpsc::unbounded_channel();
        let settling = Settling::new(hand.folder.looks.settle);
        Patrol {
            hand,
            key,
            names,
            bell,
            tasks,
            begun: now,
            settling,
            queue: VecDeque::new(),
            in_hand: HashMap::new(),
            endings,
            ended,
            hints: Hints::default(),
            next_look: now,
            not_before: now,
            is_rung: false,
            not_begun_before: now,
            is_reachable: false,
            is_unsure: true,
        }
    }

    /// Looks after the folder until it is told to stop. What is in hand then is taken up after the
    /// next start.
    pub(super) async fn go(mut self) {
        let folder = self.hand.folder.clone();
        let sweep = move || disk::sweep(&folder.path, folder.destination());
        if let Err(error) = blocking("delete what is half written", sweep).await {
            warn!(%error, "what a crash has left half written stays for now");
        }
        while let Err(error) = self.resume().await {
            if self.trouble(&error).await.is_none() {
                return;
            }
        }
        let stop = self.hand.stop.clone();
        while !stop.is_cancelled() {
            if self.due() <= Instant::now() {
                self.look().await;
            }
            self.begin_all().await;
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
    }

    /// When is looked at the folder.
    fn due(&self) -> Instant {
        let settled = self.settling.next().map(|due| self.begun + due);
        let wanted = settled.map_or(self.next_look, |settled| settled.min(self.next_look));
        if self.is_rung { self.not_before } else { wanted.max(self.not_before) }
    }

    async fn look(&mut self) {
        self.is_rung = false;
        let folder = self.hand.folder.clone();
        let begun = Instant::now();
        let path = folder.path.clone();
        let scanned = blocking("look into the folder", move || disk::scan(&path)).await;
        let now = Instant::now();
        self.not_before = now + LOOKS_APART.max((now - begun) * LOOK_SHARE);
        self.next_look = now + folder.looks.every;
        match scanned {
            Ok((identity, sheets)) => {
                let is_new = match folder.looks.hearing {
                    Hearing::Hints => self.hints.ask(&folder.path, identity, &self.bell),
                    Hearing::Nothing => false,
                };
                // What came after this look and before the hints is found by another.
                self.is_rung |= is_new;
                if !self.is_reachable {
                    self.is_reachable = true;
                    self.not_begun_before = now;
                    self.hand.status.note(|facts| facts.unreachable = None);
                }
                let whole = self.settling.look(now - self.begun, sheets);
                let waiting = whole.into_iter().map(|sheet| Waiting { sheet, seen: None });
                self.queue.extend(waiting);
            }
            Err(error) => {
                self.hints.forget();
                self.settling.lose_sight(now - self.begun);
                (self.is_reachable, self.is_unsure) = (false, true);
                let why = error.to_string();
                self.hand.status.note(|facts| facts.unreachable = Some(why));
            }
        }
    }

    fn has_more_to_begin(&self) -> bool {
        let has_room = self.in_hand.len() < self.hand.folder.looks.at_once;
        let has_work = has_room && !self.queue.is_empty() && !self.hand.status.is_paused();
        self.is_reachable && (has_work || self.is_unsure)
    }

    /// Takes as many sheets as there is room for, in their order.
    async fn begin_all(&mut self) {
        if !self.has_more_to_begin() || Instant::now() < self.not_begun_before {
            return;
        }
        if let Err(error) = self.probe().await {
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

    /// Finds out whether anything can be written.
    async fn probe(&mut self) -> Result<(), Error> {
        let folder = self.hand.folder.clone();
        self.is_unsure = true;
        let probe = move || disk::probe(&folder.path, folder.destination());
        blocking("put results in place", probe).await?;
        self.is_unsure = false;
        self.hand.status.note(|facts| facts.read_only = None);
        Ok(())
    }

    /// Begins nothing for a while, and tells why.
    fn put_off(&mut self, error: &Error) {
        self.is_unsure = true;
        self.not_begun_before = Instant::now() + self.hand.folder.looks.every;
        let why = error.to_string();
        self.hand.status.note(|facts| facts.read_only = Some(why));
    }

    async fn trouble(&mut self, error: &Error) -> Option<()> {
        self.put_off(error);
        tokio::select! {
            () = sleep_until(self.not_begun_before) => Some(()),
            () = self.hand.stop.cancelled() => None,
        }
    }

    pub(super) fn settle_again(&mut self, name: &OsStr) {
        self.settling.again(self.begun.elapsed(), name);
    }

    /// Leaves a sheet alone for a while that cannot be read.
    pub(super) fn leave_alone(&mut self, name: &OsStr, error: &Error) {
        warn!(sheet = %name.display(), %error, "a sheet cannot be read");
        self.settling.again(self.begun.elapsed() + UNREADABLE_WAIT, name);
    }

    fn note_counts(&self) {
        let held: usize = self.in_hand.values().map(|in_hand| in_hand.held.len()).sum();
        let waiting = (self.settling.open() + self.queue.len() + held) as u64;
        let working = self.in_hand.len() as u64;
        self.hand.status.note(|facts| (facts.waiting, facts.working) = (waiting, working));
    }
}
