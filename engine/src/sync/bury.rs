//! What is deleted on one side is deleted on the other, where there is a tombstone.

use tracing::info;

use super::{
    news::News,
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
        loop {
            let all = Mark::values_from(String::new());
            let news = self.here.store.marked(Kind::Tombstone, Mark::News, all, LOOKED_AT).await;
            let news = news.map_err(here)?;
            if news.is_empty() {
                return Ok(());
            }
            for marked in news {
                let Ok(id) = marked.id.parse::<RequestId>() else { continue };
                self.begins_work();
                let buried = there.requests.bury(id, self.here.name, false).await;
                buried.map_err(of_there)?;
                self.clear_there(there, id).await?;
                let passed_on = |tombstone: &mut Tombstone| {
                    tombstone.is_news = false;
                    Ok(())
                };
                let noted = self.here.store.change(&marked.id, Lasting::Now, passed_on).await;
                noted.map_err(here)?;
                self.journal.forget(id).await?;
                self.status.is_done(id);
                info!(request = %id, "its deletion is passed on");
            }
        }
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
            for (id, value) in found {
                self.bury_one(there, id).await?;
                self.has_seen(Kind::Tombstone, id, value);
            }
        }
        Ok(())
    }

    async fn bury_one(&self, there: &Side, id: RequestId) -> Result<()> {
        let known = there.store.find(Kind::Request, &[id.to_string()]).await;
        if !known.map_err(of_there)?.is_empty() {
            // Whoever was to delete it has been cut off.
            self.clear_there(there, id).await?;
        }
        let removed = match self.here.requests.show(id).await {
            Ok(request) if request.origin.is_none() => self.engine.remove(id).await,
            Ok(_) => self.engine.let_go(id).await,
            Err(StoreError::NotFound(_)) => return self.journal.forget(id).await,
            Err(error) => Err(Error::from(error)),
        };
        match removed {
            Ok(()) | Err(Error::NotFound(_)) => {}
            Err(error) => return Err(here(error)),
        }
        self.status.is_done(id);
        info!(request = %id, "was deleted elsewhere, and now here");
        self.journal.forget(id).await
    }
}
