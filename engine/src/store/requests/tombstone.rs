//! Requests that were deleted, told to the stores that have them as well.
//!
//! A tombstone is written before anything is deleted. That something is not there says nothing: it may
//! not have come yet. So elsewhere only what has a tombstone is deleted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Requests, WRITTEN_WITHIN};
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
    /// Notes that a request is deleted, by the store named. One that is noted already stays as it is,
    /// but for a moment that others would look at no more.
    pub async fn bury(&self, id: RequestId, by: StoreId, is_news: bool) -> Result<()> {
        let mut at = self.store.now().await?;
        let is_new = self.store.add(&[Tombstone { id, by, at, is_news }], Lasting::Now).await? == 1;
        if !is_new && let Some(earlier) = self.store.load::<Tombstone>(&id.to_string()).await? {
            // An earlier try may have come to its end long after it was given up.
            at = earlier.value.at;
        }
        loop {
            let now = self.store.now().await?;
            if at.after(WRITTEN_WITHIN) >= now {
                return Ok(());
            }
            let touch = |tombstone: &mut Tombstone| {
                tombstone.at = now;
                Ok(())
            };
            self.store.change(&id.to_string(), Lasting::Now, touch).await?;
            at = now;
        }
    }

    /// Whether a request was deleted.
    pub async fn is_buried(&self, id: RequestId) -> Result<bool> {
        // Whatever is in it.
        Ok(!self.store.find(Kind::Tombstone, &[id.to_string()]).await?.is_empty())
    }
}
