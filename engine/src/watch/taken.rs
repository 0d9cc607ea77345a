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
            TakenState::Working => {
                let value = format!("{}:{}:{}", self.folder, Mark::moment(self.at), self.id);
                BTreeMap::from([(Mark::Open, value)])
            }
            TakenState::Moving { .. } | TakenState::Over { .. } => BTreeMap::new(),
        }
    }
}
