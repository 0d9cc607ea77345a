//! Requests that were deleted, told to the stores that have them as well.
//!
//! A tombstone is written before anything is deleted. That something is not there says nothing: it may
//! not have come yet. So elsewhere only what has a tombstone is deleted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Requests;
use crate::{
    model::{RequestId, StoreId, Timestamp},
    store::{Kind, Lasting, Mark, Result, Stored},
};

/// A request that was deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tombstone {
    /// The request.
    #[serde(rename = "_id")]
    pub id: RequestId,
    /// The store that it was deleted in.
    pub by: StoreId,
    /// When the tombstone was written, by the clock of the store that it is in.
    pub at: Timestamp,
    /// Whether it has yet to be passed on from this store.
    pub is_news: bool,
}

impl Stored for Tombstone {
    const KIND: Kind = Kind::Tombstone;

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn marks(&self) -> BTreeMap<Mark, String> {
        let news = self.is_news.then(|| (Mark::News, self.id.to_string()));
        news.into_iter().chain([(Mark::Changed, Mark::moment(self.at))]).collect()
    }
}

impl Requests {
    /// Notes that a request is deleted, by the store named. One that is noted already stays as it is.
    pub async fn bury(&self, id: RequestId, by: StoreId, is_news: bool) -> Result<()> {
        let at = self.store.now().await?;
        self.store.add(&[Tombstone { id, by, at, is_news }], Lasting::Now).await.map(drop)
    }

    /// Whether a request was deleted.
    pub async fn is_buried(&self, id: RequestId) -> Result<bool> {
        Ok(self.store.load::<Tombstone>(&id.to_string()).await?.is_some())
    }
}
