//! The sheets of a folder that are in hand: each is seen through by a task of its own.

use std::{ffi::OsStr, sync::Arc};

use tracing::warn;

use super::{
    hand::{Came, Ended},
    patrol::{Patrol, Waiting},
    settling::Whole,
    taken::{Taken, TakenState},
};
use crate::{
    error::Error,
    store::{Kind, Mark},
};

/// How many sheets are taken up again at most that were in hand when the last process ended.
const RESUMED: usize = 10_000;

/// A content that is being seen through.
pub(super) struct InHand {
    turn: u32,
    /// Other files with the same content.
    pub(super) held: Vec<Whole>,
}

impl Patrol {
    /// Takes up what was in hand when the last process ended. What had not been handed in is found
    /// in the folder once more, and goes on under its name.
    pub(super) async fn resume(&mut self) -> Result<(), Error> {
        let store = Arc::clone(self.hand.engine.store());
        let values = format!("{}:", self.key)..format!("{};", self.key);
        for marked in store.marked(Kind::Taken, Mark::Open, values, RESUMED).await? {
            let Some(kept) = store.load::<Taken>(&marked.id).await? else { continue };
            let taken = kept.value;
            match taken.state {
                TakenState::Working if !self.in_hand.contains_key(&taken.id) => {
                    self.neighbours.names.keep(&taken.name, &taken.destination);
                    if let Some(request) = self.hand.engine.find_submitted(&taken.key()).await? {
                        self.see_through(taken, Came::Request(request), None);
                    }
                }
                TakenState::Moving { .. } => self.unmoved.push(taken),
                TakenState::Working | TakenState::Over { .. } => {}
            }
        }
        Ok(())
    }

    /// Notes of sheets whose results are written that there is nothing left to be moved: a crash may
    /// have come right after the move, or somebody has taken the file. Who puts it back another time is
    /// to have it done again, if it had failed.
    pub(super) async fn note_moved(&mut self) {
        for taken in std::mem::take(&mut self.unmoved) {
            if self.settling.knows(OsStr::new(&taken.file_name)) {
                continue;
            }
            if let Err(error) = self.hand.note_moved(&taken).await {
                warn!(%error, "what has been moved is not noted yet");
                self.unmoved.push(taken);
            }
        }
    }

    /// Has a sheet seen through by a task of its own.
    pub(super) fn see_through(&mut self, taken: Taken, came: Came, file: Option<(Whole, String)>) {
        let id = taken.id.clone();
        self.in_hand.insert(id.clone(), InHand { turn: taken.turn, held: Vec::new() });
        let (hand, endings) = (self.hand.clone(), self.endings.clone());
        self.tasks.spawn(async move {
            let seen_through = hand.see_through(taken, came, file).await;
            // Nobody hears it where the folder is not watched any more.
            drop(endings.send((id, seen_through)));
        });
    }

    /// Keeps a file aside whose content is in hand; `false` where it is not.
    pub(super) fn hold(&mut self, id: &str, sheet: &Whole) -> bool {
        let Some(in_hand) = self.in_hand.get_mut(id) else { return false };
        in_hand.held.push(sheet.clone());
        true
    }

    /// A sheet has been seen through: others with its content are looked at now.
    pub(super) fn end(&mut self, id: &str, ended: Option<Ended>) {
        if let Some(Ended { taken, moved, changed }) = ended {
            self.neighbours.names.give_back(&taken.name, &taken.destination);
            moved.iter().for_each(|name| self.settling.forget(name));
            changed.iter().for_each(|name| self.settle_again(name));
            if moved.is_none() && changed.is_none() {
                self.unmoved.push(taken);
            }
        }
        let Some(InHand { turn, held }) = self.in_hand.remove(id) else { return };
        let held = held.into_iter().rev();
        held.for_each(|sheet| self.queue.push_front(Waiting { sheet, seen: Some(turn) }));
    }
}
