//! What is deleted on one side is deleted on the other, where there is a tombstone.

use std::collections::BTreeSet;

use tracing::info;

use super::{
    news::News,
    passage::{Passage, Way},
    session::Session,
    side::Side,
    trouble::{Result, here, there as of_there},
};
use crate::{
    error::Error,
    model::RequestId,
    store::{Kind, Lasting, Mark, StoreError, Tombstone},
};

/// How many tombstones are looked at in one go.
const LOOKED_AT: usize = 100;

impl Session {
    /// Passes on what was deleted here.
    pub(super) async fn bury_there(&self, there: &Side) -> Result<()> {
        let mut from = String::new();
        loop {
            let rest = Mark::values_from(from);
            let news = self.here.store.marked(Kind::Tombstone, Mark::News, rest, LOOKED_AT).await;
            let news = news.map_err(here)?;
            let Some(last) = news.last() else { return Ok(()) };
            from = Mark::behind(&last.value);
            for marked in news {
                let Ok(id) = marked.id.parse() else { continue };
                if !self.sight.is_for_others(id) {
                    self.bury_one_there(there, id).await?;
                }
            }
        }
    }

    /// Passes a deletion on, if this deployment may have the request. It stays news for as long as
    /// another one may have it.
    async fn bury_one_there(&self, there: &Side, id: RequestId) -> Result<()> {
        let passage = self.journal.find(id).await?;
        let with = passage.as_ref().map_or_else(|| vec![there.name], Passage::deployments);
        if with.contains(&there.name) {
            self.begins_work();
            there.requests.bury(id, self.here.name, false).await.map_err(of_there)?;
            self.clear_there(there, id).await?;
            info!(request = %id, "its deletion is passed on");
        }
        self.status.is_done(id);
        let mut others = with.into_iter().filter(|name| *name != there.name);
        if let (Some(passage), Some(with)) = (passage, others.next()) {
            let passage = Passage { with, earlier: others.collect(), ..passage };
            self.journal.save(&passage, Lasting::Now).await?;
            self.sight.leave_to_others(id);
            return Ok(());
        }
        let passed_on = |tombstone: &mut Tombstone| {
            tombstone.is_news = false;
            Ok(())
        };
        let noted = self.here.store.change(&id.to_string(), Lasting::Now, passed_on).await;
        noted.map_err(here)?;
        self.journal.forget(id).await
    }

    /// Deletes what the deployment has of a request that has a tombstone.
    pub(super) async fn clear_there(&self, there: &Side, id: RequestId) -> Result<()> {
        there.requests.remove(id).await.map_err(of_there)?;
        there.gallery.remove(id).await.map_err(of_there)
    }

    /// Deletes here what others have deleted since a moment, by the deployment's clock.
    pub(super) async fn bury_here(&self, there: &Side, since: &str) -> Result<()> {
        let mut news = News::since(Kind::Tombstone, since);
        while let Some(found) = self.next_news(there, &mut news).await? {
            let ids: Vec<String> = found.iter().map(|(id, _)| id.to_string()).collect();
            let still_there = there.store.find(Kind::Request, &ids).await.map_err(of_there)?;
            let still_there: BTreeSet<String> =
                still_there.into_iter().map(|document| document.id).collect();
            for (id, value) in found {
                if still_there.contains(&id.to_string()) {
                    // Whoever was to delete it has been cut off.
                    self.clear_there(there, id).await?;
                }
                self.bury_one(id).await?;
                self.has_seen(Kind::Tombstone, id, value);
            }
        }
        Ok(())
    }

    async fn bury_one(&self, id: RequestId) -> Result<()> {
        match self.here.requests.show(id).await {
            Ok(request) if request.origin.is_none() => {
                match self.engine.remove(id).await {
                    Ok(()) | Err(Error::NotFound(_)) => {}
                    Err(error) => return Err(here(error)),
                }
                self.status.is_done(id);
                // Its passage is still needed to pass that on to other deployments.
                info!(request = %id, "was deleted elsewhere, and now here");
                return Ok(());
            }
            Ok(_) | Err(StoreError::Unreadable { .. }) => {}
            // A part of it may be here all the same.
            Err(StoreError::NotFound(_)) => match self.journal.find(id).await? {
                Some(passage) if passage.way == Way::Here => {}
                Some(_) | None => return Ok(()),
            },
            Err(error) => return Err(here(error)),
        }
        self.engine.let_go(id).await.map_err(here)?;
        self.status.is_done(id);
        info!(request = %id, "was deleted elsewhere, and now here");
        self.journal.forget(id).await
    }
}
