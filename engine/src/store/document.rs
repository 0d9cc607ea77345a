//! What a store keeps, as it sees it.

use bson::RawDocumentBuf;

use crate::model::Tally;

macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $variant:ident = $letter:literal, $name:literal;)*) => {
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
        }
    };
}

kinds! {
    /// [`Request`](crate::model::Request)
    Request = b'r', "requests";
    /// [`Batch`](crate::model::Batch)
    Batch = b'b', "batches";
    /// What has become of a link of a request, for others with the same link and recipe.
    Twin = b't', "twins";
    /// A request that is being made or has been deleted.
    Trace = b'x', "traces";
    /// What is true of the store as a whole.
    Meta = b'i', "meta";
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
    /// Words under which it is to be found.
    pub marks: Vec<String>,
    /// What it adds to the tally of its group.
    pub tally: Option<Tally>,
    /// What is in it.
    pub body: RawDocumentBuf,
}

/// A mark, and the document that bears it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Marked {
    /// The mark.
    pub mark: String,
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
