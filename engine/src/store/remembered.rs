//! Renditions of earlier requests, for later ones with the same source.

use std::{collections::BTreeMap, ops::Range, sync::Arc, time::Duration};

use super::{Kind, Lasting, Mark, Result, Store, Stored};
use crate::model::{Remembered, SourceKey, Timestamp};

/// How many are forgotten in one step.
const FORGOTTEN_AT_ONCE: usize = 1_000;

impl Stored for Remembered {
    const KIND: Kind = Kind::Remembered;

    fn id(&self) -> String {
        self.key.as_str().to_owned()
    }

    fn marks(&self) -> BTreeMap<Mark, String> {
        BTreeMap::from([(Mark::Due, Mark::moment(self.until))])
    }
}

/// The renditions that a store remembers.
#[derive(Clone)]
pub struct Memory(Arc<dyn Store>);

impl Memory {
    /// The renditions that a store remembers.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Memory(store)
    }

    /// Remembers a rendition under several keys for some time; each key stands for the last that
    /// was remembered under it.
    pub async fn remember(
        &self,
        keys: impl IntoIterator<Item = SourceKey>,
        what: impl Fn(SourceKey, Timestamp) -> Remembered + Send + Sync,
        life: Duration,
    ) -> Result<()> {
        let until = self.0.now().await?.after(life);
        let all: Vec<Remembered> = keys.into_iter().map(|key| what(key, until)).collect();
        if self.0.add(&all, Lasting::WithNext).await? == all.len() {
            return Ok(());
        }
        for new in &all {
            let replace = |old: &mut Remembered| {
                *old = new.clone();
                Ok(())
            };
            self.0.change(new.key.as_str(), Lasting::WithNext, replace).await?;
        }
        Ok(())
    }

    /// What is remembered under a key.
    pub async fn recall(&self, key: &SourceKey) -> Result<Option<Remembered>> {
        let Some(kept) = self.0.load::<Remembered>(key.as_str()).await? else { return Ok(None) };
        let is_good = kept.value.until > self.0.now().await?;
        Ok(is_good.then_some(kept.value))
    }

    /// Forgets what is too old, and the oldest where there is too much.
    pub async fn trim(&self, most: u64) -> Result<()> {
        let all = || Mark::values_from(String::new());
        let past = String::new()..Mark::moment(self.0.now().await?);
        while self.forget(past.clone(), FORGOTTEN_AT_ONCE).await? > 0 {}
        loop {
            let surplus = self.0.count(Kind::Remembered).await?.saturating_sub(most);
            let surplus = usize::try_from(surplus).unwrap_or(usize::MAX).min(FORGOTTEN_AT_ONCE);
            if surplus == 0 || self.forget(all(), surplus).await? == 0 {
                return Ok(());
            }
        }
    }

    /// Forgets at most `limit` that are due at the times in a range; gives how many.
    async fn forget(&self, due: Range<String>, limit: usize) -> Result<usize> {
        let due = self.0.marked(Kind::Remembered, Mark::Due, due, limit).await?;
        let ids: Vec<String> = due.into_iter().map(|marked| marked.id).collect();
        self.0.delete(Kind::Remembered, &ids).await?;
        Ok(ids.len())
    }
}
