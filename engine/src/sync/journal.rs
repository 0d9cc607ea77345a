//! The passages of this computer's store.

use std::sync::Arc;

use super::{
    passage::{Images, Passage},
    trouble::{Result, here},
};
use crate::{
    model::{RequestId, StoreId},
    store::{Kind, Lasting, Store},
};

/// How many passages are read in one go.
const READ_AT_ONCE: usize = 200;

/// The passages of this computer's store. Nobody else writes them.
#[derive(Clone)]
pub(super) struct Journal {
    store: Arc<dyn Store>,
}

impl Journal {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Journal { store }
    }

    /// The passage of a request.
    pub(super) async fn find(&self, id: RequestId) -> Result<Option<Passage>> {
        let found = self.store.load::<Passage>(&id.to_string()).await.map_err(here)?;
        Ok(found.map(|kept| kept.value))
    }

    /// The passage of a request to or from a deployment. One with another deployment is of no
    /// account any more.
    pub(super) async fn find_with(&self, id: RequestId, with: StoreId) -> Result<Option<Passage>> {
        Ok(self.find(id).await?.filter(|passage| passage.with == with))
    }

    /// Writes a passage down, in the place of what was written before.
    pub(super) async fn save(&self, passage: &Passage, lasting: Lasting) -> Result<()> {
        let write = |kept: &mut Passage| {
            kept.clone_from(passage);
            Ok(())
        };
        let id = passage.id.to_string();
        if self.store.change(&id, lasting, write).await.map_err(here)?.is_none() {
            self.store.add(std::slice::from_ref(passage), lasting).await.map_err(here)?;
        }
        Ok(())
    }

    /// Notes that renditions of a request may be here from now on: they go again when there is no more
    /// room for them.
    pub(super) async fn expect_images(&self, id: RequestId) -> Result<()> {
        let expect = |passage: &mut Passage| {
            if passage.images == Images::Away {
                passage.images = Images::Coming;
            }
            Ok(())
        };
        let noted = self.store.change(&id.to_string(), Lasting::Now, expect).await;
        noted.map(drop).map_err(here)
    }

    /// Forgets the passage of a request that is no more.
    pub(super) async fn forget(&self, id: RequestId) -> Result<()> {
        self.store.delete(Kind::Passage, &[id.to_string()]).await.map_err(here)
    }

    /// Passages, those of the newest requests first, beginning with the next older than `before`;
    /// none where there are no more.
    pub(super) async fn page(&self, before: Option<RequestId>) -> Result<Vec<Passage>> {
        let before = before.map(|id| id.to_string());
        let page = self.store.load_page(None, before.as_deref(), READ_AT_ONCE);
        page.await.map_err(here)
    }
}
