//! Renditions of earlier requests, for later ones with the same source.

use std::{
    collections::BTreeMap,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::Notify;

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
pub struct Memory {
    store: Arc<dyn Store>,
    growth: Arc<Growth>,
}

/// How many this process has remembered since that was last found to be many.
#[derive(Default)]
struct Growth {
    by: AtomicU64,
    more: Notify,
}

impl Memory {
    /// The renditions that a store remembers.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Memory { store, growth: Arc::default() }
    }

    /// Waits until this process has remembered so many since it last came back from here.
    pub async fn grown(&self, by: u64) {
        while self.growth.by.load(Ordering::Relaxed) < by {
            self.growth.more.notified().await;
        }
        self.growth.by.store(0, Ordering::Relaxed);
    }

    /// Remembers a rendition under several keys for some time; each key stands for the last that
    /// was remembered under it.
    pub async fn remember(
        &self,
        keys: impl IntoIterator<Item = SourceKey>,
        what: impl Fn(SourceKey, Timestamp) -> Remembered + Send + Sync,
        life: Duration,
    ) -> Result<()> {
        let until = self.store.now().await?.after(life);
        let all: Vec<Remembered> = keys.into_iter().map(|key| what(key, until)).collect();
        let added = self.store.add(&all, Lasting::WithNext).await?;
        self.growth.by.fetch_add(added as u64, Ordering::Relaxed);
        self.growth.more.notify_one();
        if added == all.len() {
            return Ok(());
        }
        for new in &all {
            let replace = |old: &mut Remembered| {
                *old = new.clone();
                Ok(())
            };
            self.store.change(new.key.as_str(), Lasting::WithNext, replace).await?;
        }
        Ok(())
    }

    /// What is remembered under a key.
    pub async fn recall(&self, key: &SourceKey) -> Result<Option<Remembered>> {
        let Some(kept) = self.store.load::<Remembered>(key.as_str()).await? else {
            return Ok(None);
        };
        let is_good = kept.value.until > self.store.now().await?;
        Ok(is_good.then_some(kept.value))
    }

    /// Forgets what is too old, and the oldest where there is too much.
    pub async fn trim(&self, most: u64) -> Result<()> {
        let all = || Mark::values_from(String::new());
        let past = String::new()..Mark::moment(self.store.now().await?);
        while self.forget(past.clone(), FORGOTTEN_AT_ONCE).await? > 0 {}
        // Counting may mean to go through them all, so that is done once.
        let surplus = self.store.count(Kind::Remembered).await?.saturating_sub(most);
        let mut surplus = usize::try_from(surplus).unwrap_or(usize::MAX);
        while surplus > 0 {
            let forgotten = self.forget(all(), surplus.min(FORGOTTEN_AT_ONCE)).await?;
            if forgotten == 0 {
                break;
            }
            surplus -= forgotten;
        }
        Ok(())
    }

    /// Forgets at most `limit` that are due at the times in a range; gives how many.
    async fn forget(&self, due: Range<String>, limit: usize) -> Result<usize> {
        let due = self.store.marked(Kind::Remembered, Mark::Due, due, limit).await?;
        let ids: Vec<String> = due.into_iter().map(|marked| marked.id).collect();
        self.store.delete(Kind::Remembered, &ids).await?;
        Ok(ids.len())
    }
}
