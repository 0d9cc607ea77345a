//! What is known of a sheet that was taken from a watched folder, so that no crash has it done twice
//! or not at all.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::{
    model::{Recipe, Timestamp},
    store::{Kind, Mark, Stored},
};

/// A sheet that was taken from a watched folder. There is one for the same bytes in the same folder,
/// whatever the file was called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Taken {
    /// Folder and content, as a hash.
    #[serde(rename = "_id")]
    pub(super) id: String,
    /// The folder, as a hash.
    pub(super) folder: String,
    /// When it was taken last.
    pub(super) at: Timestamp,
    /// How often it was taken before that.
    pub(super) turn: u32,
    /// What its file was called.
    pub(super) file_name: String,
    /// What its results are called.
    pub(super) name: String,
    /// Where they are put.
    pub(super) destination: PathBuf,
    /// How its images are compressed.
    pub(super) recipe: Recipe,
    /// A hash of the sheet, the recipe, and what shows whether the files that it names have changed.
    pub(super) work: String,
    /// How far it is.
    pub(super) state: TakenState,
}

/// How far a sheet is that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "is")]
pub(super) enum TakenState {
    /// It is being worked on; [`Taken::key`] leads to its request.
    Working,
    /// Its results are written, and it is to be moved.
    Moving {
        /// Where to.
        outcome: Outcome,
    },
    /// It has been moved.
    Over {
        /// Where to.
        outcome: Outcome,
    },
}

/// What has come of a sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Outcome {
    /// All of its images are there.
    Done,
    /// It has faults, or some of its images have failed.
    Failed,
}

/// What is to be done with a file whose content was taken before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It goes on where it was.
    GoOn,
    /// Its results are there: it only has to be moved.
    PutAway(Outcome),
    /// It is done once more: it had failed, or something that it names has changed since.
    TakeAgain,
}

impl Taken {
    /// The id of a content in a folder.
    pub(super) fn id_of(folder: &str, content: &str) -> String {
        blake3::hash(format!("{folder}\n{content}").as_bytes()).to_hex()[..40].to_owned()
    }

    /// The idempotency key of its request: the same, however often it is handed in for this turn.
    pub(super) fn key(&self) -> String {
        format!("watch {} {}", self.id, self.turn)
    }

    /// What is to be done with a file that holds this content, if `work` is what would be done now.
    /// `seen` is the turn during which it was first looked at, if it was in one.
    pub(super) fn next(&self, work: &str, seen: Option<u32>) -> Next {
        match self.state {
            TakenState::Working => Next::GoOn,
            TakenState::Moving { outcome } => Next::PutAway(outcome),
            TakenState::Over { outcome } if seen == Some(self.turn) => Next::PutAway(outcome),
            TakenState::Over { outcome: Outcome::Done } if self.work == work => {
                Next::PutAway(Outcome::Done)
            }
            TakenState::Over { outcome: Outcome::Done | Outcome::Failed } => Next::TakeAgain,
        }
    }

    /// Its results are written.
    pub(super) fn publish(&mut self, turn: u32, outcome: Outcome) {
        if self.turn == turn && self.state == TakenState::Working {
            self.state = TakenState::Moving { outcome };
        }
    }

    /// Its results are there no more, and are to be written again.
    pub(super) fn reopen(&mut self, turn: u32) {
        if self.turn == turn && self.state == (TakenState::Over { outcome: Outcome::Done }) {
            self.state = TakenState::Working;
        }
    }

    /// It has been moved.
    pub(super) fn put_away(&mut self, turn: u32) {
        if let (true, TakenState::Moving { outcome }) = (self.turn == turn, self.state) {
            self.state = TakenState::Over { outcome };
        }
    }
}

impl Stored for Taken {
    const KIND: Kind = Kind::Taken;

    fn id(&self) -> String {
        self.id.clone()
    }

    fn group(&self) -> Option<String> {
        Some(self.folder.clone())
    }

    fn marks(&self) -> BTreeMap<Mark, String> {
        match self.state {
            TakenState::Working | TakenState::Moving { .. } => {
                let value = format!("{}:{}:{}", self.folder, Mark::moment(self.at), self.id);
                BTreeMap::from([(Mark::Open, value)])
            }
            TakenState::Over { .. } => BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn taken(work: u8, turn: u32) -> Taken {
        Taken {
            id: Taken::id_of("folder", "content"),
            folder: "folder".to_owned(),
            at: Timestamp::EPOCH,
            turn,
            file_name: "shop.csv".to_owned(),
            name: "shop".to_owned(),
            destination: PathBuf::from("out"),
            recipe: Recipe::default(),
            work: work.to_string(),
            state: TakenState::Working,
        }
    }

    /// What happens to the one content of a folder.
    #[derive(Clone, Debug)]
    enum Step {
        /// A file with it is found, while this is what would be done.
        Find(u8),
        /// The results of a turn are written, be it by a process that is late.
        Publish(u32, bool),
        /// The file of a turn has been moved.
        PutAway(u32),
    }

    fn any_step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0..2_u8).prop_map(Step::Find),
            (0..4_u32, any::<bool>()).prop_map(|(turn, is_done)| Step::Publish(turn, is_done)),
            (0..4_u32).prop_map(Step::PutAway),
        ]
    }

    proptest! {
        #[test]
        fn what_is_done_is_done_again_only_if_it_failed_or_has_changed(
            steps in vec(any_step(), 1..60),
        ) {
            let mut kept = taken(0, 0);
            let mut keys = vec![kept.key()];
            // What the last turn came to, once its results were written.
            let mut published: Option<Outcome> = None;
            for step in steps {
                let before = kept.clone();
                match step {
                    Step::Find(work) => match kept.next(&work.to_string(), None) {
                        Next::GoOn => prop_assert_eq!(published, None),
                        Next::PutAway(outcome) => prop_assert_eq!(published, Some(outcome)),
                        Next::TakeAgain => {
                            let is_other = kept.work != work.to_string();
                            prop_assert!(published == Some(Outcome::Failed) || is_other);
                            prop_assert_ne!(kept.next(&work.to_string(), Some(kept.turn)), Next::TakeAgain);
                            kept = taken(work, kept.turn + 1);
                            prop_assert!(!keys.contains(&kept.key()), "a request of its own");
                            keys.push(kept.key());
                            published = None;
                        }
                    },
                    Step::Publish(turn, is_done) => {
                        let outcome = if is_done { Outcome::Done } else { Outcome::Failed };
                        kept.publish(turn, outcome);
                        if kept != before {
                            prop_assert_eq!((turn, published), (kept.turn, None));
                            published = Some(outcome);
                        }
                    }
                    Step::PutAway(turn) => {
                        kept.put_away(turn);
                        prop_assert!(kept == before || published.is_some());
                    }
                }
                let is_found_after_a_crash = kept.marks().contains_key(&Mark::Open);
                let is_over = matches!(kept.state, TakenState::Over { .. });
                prop_assert_eq!(is_found_after_a_crash, !is_over);
            }
        }
    }
}
