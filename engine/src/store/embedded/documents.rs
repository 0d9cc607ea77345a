//! Documents in sled: a head, the body in pieces, and an entry for each way to find it.

use std::ops::Range;

use bson::RawDocumentBuf;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::keys;
use crate::{
    model::{Reasons, Tally},
    store::{Document, Kind, Mark, Marked, Result, StoreError},
};

/// The largest value in bytes: larger ones sled puts into files that it does not sync.
const PIECE_BYTES: usize = 4_000;

/// What the store has to know of a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Head {
    revision: i64,
    pieces: u16,
    group: Option<String>,
    alias: Option<String>,
    marks: Vec<(Mark, String)>,
    tally: Option<Tally>,
    reasons: Reasons,
}

/// Reads documents.
#[derive(Clone, Copy)]
pub(super) struct Documents<'a>(pub(super) &'a sled::Db);

impl Documents<'_> {
    pub(super) fn head(self, kind: Kind, id: &str) -> Result<Option<Head>> {
        let value = self.0.get(keys::head(kind, id)).map_err(unreadable)?;
        value.map(|value| parsed(&value)).transpose()
    }

    pub(super) fn find(self, kind: Kind, id: &str) -> Result<Option<Document>> {
        loop {
            let Some(head) = self.head(kind, id)? else { return Ok(None) };
            let mut body = Vec::new();
            for piece in 0..head.pieces {
                let piece = self.0.get(keys::piece(kind, id, piece)).map_err(unreadable)?;
                body.extend_from_slice(&piece.unwrap_or_default());
            }
            // Pieces are read one by one: if somebody wrote meanwhile, they do not fit together.
            if self.head(kind, id)?.as_ref() == Some(&head) {
                return head.document(id, body).map(Some);
            }
        }
    }

    pub(super) fn find_all(
        self,
        kind: Kind,
        ids: impl IntoIterator<Item = String>,
    ) -> Result<Vec<Document>> {
        let found = ids.into_iter().map(|id| self.find(kind, &id));
        found.filter_map(Result::transpose).collect()
    }

    pub(super) fn find_alias(self, kind: Kind, alias: &str) -> Result<Option<Document>> {
        let id = self.0.get(keys::alias(kind, alias)).map_err(unreadable)?;
        let id = id.and_then(|id| String::from_utf8(id.to_vec()).ok());
        id.map_or(Ok(None), |id| self.find(kind, &id))
    }

    /// At most `limit` ids, the highest first.
    pub(super) fn ids(
        self,
        kind: Kind,
        group: Option<&str>,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>> {
        let range = match group {
            Some(group) => keys::members(kind, group, before),
            None => keys::heads(kind, before),
        };
        let mut ids = Vec::new();
        for key in self.0.range(range).keys().rev().take(limit) {
            let key = key.map_err(unreadable)?;
            ids.extend(if group.is_some() {
                keys::id_of_member(&key)
            } else {
                keys::id_of_head(&key)
            });
        }
        Ok(ids)
    }

    pub(super) fn marked(
        self,
        kind: Kind,
        mark: Mark,
        values: &Range<String>,
        limit: usize,
    ) -> Result<Vec<Marked>> {
        let mut marked = Vec::new();
        for key in self.0.range(keys::marks(kind, mark, values)).keys().take(limit) {
            marked.extend(keys::read_mark(&key.map_err(unreadable)?));
        }
        Ok(marked)
    }

    pub(super) fn tally(self, kind: Kind, group: &str) -> Result<Tally> {
        let mut sum = Tally::default();
        self.each_member(kind, group, |member| {
            member.tally.iter().for_each(|tally| sum.add(tally));
        })?;
        Ok(sum)
    }

    pub(super) fn reasons(self, kind: Kind, group: &str) -> Result<Reasons> {
        let mut sum = Reasons::default();
        self.each_member(kind, group, |member| sum.add_all(&member.reasons))?;
        Ok(sum)
    }

    fn each_member(self, kind: Kind, group: &str, mut see: impl FnMut(&Member)) -> Result<()> {
        for value in self.0.range(keys::members(kind, group, None)).values() {
            see(&parsed(&value.map_err(unreadable)?)?);
        }
        Ok(())
    }

    pub(super) fn count(self, kind: Kind) -> Result<u64> {
        let mut count = 0;
        for key in self.0.range(keys::heads(kind, None)).keys() {
            key.map_err(unreadable)?;
            count += 1;
        }
        Ok(count)
    }
}

/// What is kept of a document beside its place in its group.
#[derive(Serialize, Deserialize)]
struct Member {
    tally: Option<Tally>,
    reasons: Reasons,
}

impl Head {
    pub(super) fn has_revision(&self, revision: u64) -> bool {
        u64::try_from(self.revision) == Ok(revision)
    }

    fn document(self, id: &str, body: Vec<u8>) -> Result<Document> {
        let Head { revision, pieces: _, group, alias, marks, tally, reasons } = self;
        Ok(Document {
            id: id.to_owned(),
            revision: u64::try_from(revision).map_err(unreadable)?,
            group,
            alias,
            marks: marks.into_iter().collect(),
            tally,
            reasons,
            body: RawDocumentBuf::from_bytes(body).map_err(unreadable)?,
        })
    }
}

/// Changes that are made together or not at all.
#[derive(Default)]
pub(super) struct Changes(sled::Batch);

impl Changes {
    /// Writes a document in the place of the one with the head `before`, if there was one.
    pub(super) fn put(
        &mut self,
        kind: Kind,
        document: &Document,
        before: Option<&Head>,
    ) -> Result<()> {
        let Document { id, revision, group, alias, marks, tally, reasons, body } = document;
        let chunks = body.as_bytes().chunks(PIECE_BYTES);
        let pieces = u16::try_from(chunks.len()).map_err(unwritable)?;
        for (place, piece) in (0_u16..).zip(chunks) {
            self.0.insert(keys::piece(kind, id, place), piece);
        }
        for surplus in pieces..before.map_or(0, |head| head.pieces) {
            self.0.remove(keys::piece(kind, id, surplus));
        }
        let had = before.iter().flat_map(|head| &head.marks);
        let gone = had.filter(|(mark, value)| marks.get(mark) != Some(value));
        for (mark, value) in gone {
            self.0.remove(keys::mark(kind, *mark, value, id));
        }
        for (mark, value) in marks {
            self.0.insert(keys::mark(kind, *mark, value, id), &[]);
        }
        if let Some(group) = group {
            let member = Member { tally: *tally, reasons: reasons.clone() };
            self.0.insert(keys::member(kind, group, id), bytes(&member)?);
        }
        if let Some(alias) = alias {
            self.0.insert(keys::alias(kind, alias), id.as_bytes());
        }
        let head = Head {
            revision: i64::try_from(*revision).map_err(unwritable)?,
            pieces,
            group: group.clone(),
            alias: alias.clone(),
            marks: marks.clone().into_iter().collect(),
            tally: *tally,
            reasons: reasons.clone(),
        };
        self.0.insert(keys::head(kind, id), bytes(&head)?);
        Ok(())
    }

    pub(super) fn delete(&mut self, kind: Kind, id: &str, head: &Head) {
        let Head { revision: _, pieces, group, alias, marks, tally: _, reasons: _ } = head;
        self.0.remove(keys::head(kind, id));
        (0..*pieces).for_each(|piece| self.0.remove(keys::piece(kind, id, piece)));
        for (mark, value) in marks {
            self.0.remove(keys::mark(kind, *mark, value, id));
        }
        group.iter().for_each(|group| self.0.remove(keys::member(kind, group, id)));
        alias.iter().for_each(|alias| self.0.remove(keys::alias(kind, alias)));
    }

    pub(super) fn apply(self, db: &sled::Db) -> Result<()> {
        db.apply_batch(self.0).map_err(unwritable)
    }
}

fn parsed<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    bson::deserialize_from_slice(bytes).map_err(unreadable)
}

fn bytes<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    bson::serialize_to_vec(value).map_err(unwritable)
}

pub(super) fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::unavailable("read", error)
}

fn unwritable(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::unavailable("write", error)
}
