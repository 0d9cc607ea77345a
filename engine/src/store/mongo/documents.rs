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
    model::Tally,
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
    body: RawDocumentBuf,
}

impl From<Document> for Form {
    fn from(document: Document) -> Self {
        let Document { id, revision, group, alias, marks, tally, body } = document;
        let revision = i64::try_from(revision).unwrap_or(i64::MAX);
        Form { id, revision, group, alias, marks, tally, body }
    }
}

impl Form {
    pub(super) fn document(self) -> Result<Document> {
        let Form { id, revision, group, alias, marks, tally, body } = self;
        let revision = u64::try_from(revision);
        Ok(Document {
            id,
            revision: revision.map_err(|error| StoreError::unavailable("read")(error.into()))?,
            group,
            alias,
            marks,
            tally,
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

/// Sums up the tallies of a group. The reasons are read only where something has failed.
pub(super) async fn tally(collection: Collection<Bson>, group: &str) -> DriverResult<Tally> {
    let mut sums = doc! { "_id": null };
    for name in SUMMED {
        sums.insert(name, doc! { "$sum": format!("$tally.{name}") });
    }
    let pipeline = [doc! { "$match": { "group": group } }, doc! { "$group": sums }];
    let summed: Vec<Bson> = collection.aggregate(pipeline).await?.try_collect().await?;
    let Some(summed) = summed.first() else { return Ok(Tally::default()) };
    let number = |name: &str| {
        let number = summed.get(name).and_then(|n| n.as_i64().or(n.as_i32().map(i64::from)));
        number.and_then(|number| u64::try_from(number).ok()).unwrap_or_default()
    };
    let mut tally = Tally {
        total: number("total"),
        done: number("done"),
        failed: number("failed"),
        bytes_in: number("bytesIn"),
        bytes_out: number("bytesOut"),
        reasons: BTreeMap::new(),
    };
    if tally.failed > 0 {
        let failed = doc! { "group": group, "tally.failed": { "$gt": 0 } };
        let mut found = collection
            .clone_with_type::<Reasons>()
            .find(failed)
            .projection(doc! { "_id": 0, "tally.reasons": 1 })
            .await?;
        while let Some(Reasons { tally: Counted { reasons } }) = found.try_next().await? {
            for (reason, count) in reasons {
                *tally.reasons.entry(reason).or_default() += count;
            }
        }
    }
    Ok(tally)
}

#[derive(Deserialize)]
struct Reasons {
    tally: Counted,
}

#[derive(Deserialize)]
struct Counted {
    reasons: BTreeMap<String, u64>,
}
