//! What a store keeps, as it sees it.

use std::{collections::BTreeMap, ops::Range};

use bson::RawDocumentBuf;
use serde::{Deserialize, Serialize};

use crate::model::{Reasons, Tally, Timestamp};

macro_rules! kinds {
    ($($(#[doc = $doc:literal])*
       $variant:ident = $letter:literal, $name:literal, [$($mark:ident),*];)*) => {
        /// The kinds of documents.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Kind {
            $($(#[doc = $doc])* $variant = $letter,)*
        }

        impl Kind {
            /// Every kind there is.
            pub const ALL: &'static [Kind] = &[$(Kind::$variant,)*];

            /// What the documents of the kind are called together.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Kind::$variant => $name,)* }
            }

            /// The marks that its documents may bear.
            #[must_use]
            pub fn marks(self) -> &'static [Mark] {
                match self { $(Kind::$variant => &[$(Mark::$mark),*],)* }
            }
        }
    };
}

kinds! {
    /// [`Request`](crate::model::Request)
    Request = b'r', "requests", [Open, News, Changed];
    /// [`Batch`](crate::model::Batch)
    Batch = b'b', "batches", [Unfinished];
    /// What has become of a link of a request, for others with the same link and recipe.
    Twin = b't', "twins", [];
    /// [`Remembered`](crate::model::Remembered)
    Remembered = b'm', "remembered", [Due];
    /// A request that is being made or has been deleted.
    Trace = b'x', "traces", [Due];
    /// What is true of the store as a whole.
    Meta = b'i', "meta", [];
    /// [`Key`](crate::model::Key)
    Key = b'k', "keys", [];
    /// [`Endpoint`](crate::model::Endpoint)
    Endpoint = b'e', "endpoints", [Broad];
    /// [`Queue`](crate::model::Queue)
    Queue = b'q', "queues", [Due, Lane, Held, Over];
    /// A sheet that was taken from a watched folder.
    Taken = b'w', "taken", [Open];
    /// How far a request has been copied to another store, or from there.
    Passage = b'p', "passages", [Open];
    /// [`Tombstone`](super::Tombstone)
    Tombstone = b'z', "tombstones", [News, Changed];
}

/// What documents are found by that have something to be done; each has an order of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[repr(u8)]
pub enum Mark {
    /// There is work to be handed out, or something in hand; by request, or by folder and time.
    Open = b'o',
    /// There is something that others are to be told; by request.
    News = b'n',
    /// There is something to be done; by request, round and the moment from which on anybody may do
    /// it.
    Unfinished = b'u',
    /// There is something to be done at some time; by that time.
    Due = b'd',
    /// There is something to be done at some time; by the lane that it is in, then by that time.
    Lane = b'l',
    /// Somebody is doing it; by id.
    Held = b'h',
    /// There is nothing to be done any more; by the time since when.
    Over = b'v',
    /// It is about all requests, whoever they belong to; by id.
    Broad = b'b',
    /// It has changed; by the time when it last did.
    Changed = b'c',
}

impl Mark {
    /// What the mark is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Mark::Open => "open",
            Mark::News => "news",
            Mark::Unfinished => "unfinished",
            Mark::Due => "due",
            Mark::Lane => "lane",
            Mark::Held => "held",
            Mark::Over => "over",
            Mark::Broad => "broad",
            Mark::Changed => "changed",
        }
    }

    /// All values that a mark can have from one on: from the empty one, all there are.
    #[must_use]
    pub fn values_from(start: String) -> Range<String> {
        start..char::MAX.to_string()
    }

    /// The text that comes right behind a value, and before all that a longer one can hold.
    #[must_use]
    pub fn behind(value: &str) -> String {
        format!("{value}!")
    }

    /// The value of a mark that stands for a moment; such values sort as moments do.
    #[must_use]
    pub fn moment(at: Timestamp) -> String {
        format!("{:016}", at.as_millis().max(0))
    }
}

/// A document as a store keeps it: what it has to know, and what is in it.
///
/// No name in it holds a NUL character.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The name that no other of its kind has.
    pub id: String,
    /// How often it has been replaced.
    pub revision: u64,
    /// What it is part of, for those that are listed, summed up or deleted together.
    pub group: Option<String>,
    /// Another name that no other of its kind has.
    pub alias: Option<String>,
    /// The marks that it bears, with their values.
    pub marks: BTreeMap<Mark, String>,
    /// What it adds to the tally of its group.
    pub tally: Option<Tally>,
    /// What it adds to the reasons of its group.
    pub reasons: Reasons,
    /// What is in it.
    pub body: RawDocumentBuf,
}

/// The value of a mark, and the document that bears it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Marked {
    /// The mark's value.
    pub value: String,
    /// The document's id.
    pub id: String,
}

/// When a write has to be durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasting {
    /// When the call returns.
    Now,
    /// When the next call with [`Lasting::Now`] returns; until then a crash may undo it.
    WithNext,
}
