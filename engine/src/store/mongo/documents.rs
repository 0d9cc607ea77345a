//! Documents as MongoDB has them.

use std::collections::BTreeMap;

use futures_util::TryStreamExt;
use mongodb::{
    Collection,
    bson::{Document as Bson, RawDocumentBuf, doc},
    error::Result as DriverResult,
};
use serde::{Deserialize, Serialize};

use crate::{
    model::{Reasons, Tally},
    store::{Document, Mark, Marked, Result, StoreError},
};

/// A document as MongoDB has it. What there is none of is left out, so that indexes stay small.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Form {
    #[serde(rename = "_id")]
    id: String,
    revision: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alias: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    marks: BTreeMap<Mark, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tally: Option<Tally>,
    #[serde(default, skip_serializing_if = "Reasons::is_empty")]
    reasons: Reasons,
    body: RawDocumentBuf,
}

impl From<Document> for Form {
    fn from(document: Document) -> Self {
        let Document { id, revision, group, alias, marks, tally, reasons, body } = document;
        let revision = i64::try_from(revision).unwrap_or(i64::MAX);
        Form { id, revision, group, alias, marks, tally, reasons, body }
    }
}

/// The document that was found, if it has an id of ours. One that was not written as this store
/// writes them has nothing in it: so whoever reads it says so, and it stands in the way of no other.
pub(super) fn read(found: &RawDocumentBuf) -> Option<Document> {
    let form: Option<Form> = bson::deserialize_from_slice(found.as_bytes()).ok();
    if let Some(document) = form.and_then(|form| form.document().ok()) {
        return Some(document);
    }
    Some(Document {
        id: found.get_str("_id").ok()?.to_owned(),
        revision: 0,
        group: None,
        alias: None,
        marks: BTreeMap::new(),
        tally: None,
        reasons: Reasons::default(),
        body: RawDocumentBuf::new(),
    })
}

impl Form {
    pub(super) fn document(self) -> Result<Document> {
        let Form { id, revision, group, alias, marks, tally, reasons, body } = self;
        let revision = u64::try_from(revision);
        Ok(Document {
            id,
            revision: revision.map_err(|error| StoreError::unavailable("read", error))?,
            group,
            alias,
            marks,
            tally,
            reasons,
            body,
        })
    }
}

/// The field that a mark lies in.
pub(super) fn field(mark: Mark) -> String {
    format!("marks.{}", mark.name())
}

/// Reads a document of which only a mark was asked for.
pub(super) fn marked(found: &Bson, mark: Mark) -> Option<Marked> {
    let value = found.get_document("marks").ok()?.get_str(mark.name()).ok()?;
    Some(Marked { value: value.to_owned(), id: found.get_str("_id").ok()?.to_owned() })
}

/// What is summed up. The index `by_tally` has them all, so that no document need be read.
pub(super) const SUMMED: [&str; 5] = ["total", "done", "failed", "bytesIn", "bytesOut"];

/// Sums up the tallies of a group.
pub(super) async fn tally(collection: Collection<Bson>, group: &str) -> DriverResult<Tally> {
    let summed: Vec<Bson> = collection.aggregate(sums(group)).await?.try_collect().await?;
    let Some(summed) = summed.first() else { return Ok(Tally::default()) };
    let number = |name: &str| {
        let number = summed.get(name).and_then(|n| n.as_i64().or(n.as_i32().map(i64::from)));
        number.and_then(|number| u64::try_from(number).ok()).unwrap_or_default()
    };
    Ok(Tally {
        total: number("total"),
        done: number("done"),
        failed: number("failed"),
        bytes_in: number("bytesIn"),
        bytes_out: number("bytesOut"),
    })
}

/// The steps by which the tallies of a group are summed up.
pub(super) fn sums(group: &str) -> [Bson; 2] {
    let mut sums = doc! { "_id": null };
    for name in SUMMED {
        sums.insert(name, doc! { "$sum": format!("$tally.{name}") });
    }
    [doc! { "$match": { "group": group } }, doc! { "$group": sums }]
}

/// Sums up the reasons of a group, from the documents that have any.
pub(super) async fn reasons(collection: Collection<Bson>, group: &str) -> DriverResult<Reasons> {
    let only = doc! { "_id": 0, "reasons": 1 };
    let collection = collection.clone_with_type::<Counted>();
    let mut found = collection.find(with_reasons(group)).projection(only).await?;
    let mut sum = Reasons::default();
    while let Some(Counted { reasons }) = found.try_next().await? {
        sum.add_all(&reasons);
    }
    Ok(sum)
}

/// The documents of a group that have reasons: those in which something failed.
pub(super) fn with_reasons(group: &str) -> Bson {
    doc! { "group": group, "tally.failed": { "$gt": 0 } }
}

#[derive(Deserialize)]
struct Counted {
    #[serde(default)]
    reasons: Reasons,
}
