//! The embedded store under the suite for all stores, and what only it has to do.

use std::sync::Arc;

use tempfile::TempDir;

use super::Embedded;
use crate::{
    model::{Batch, BatchId, RequestId},
    store::{
        Store, StoreError,
        contract::{Fixture, contract},
    },
};

const CACHE_BYTES: u64 = 1 << 20;

struct InFolder {
    folder: TempDir,
    store: Embedded,
}

#[async_trait::async_trait]
impl Fixture for InFolder {
    async fn fresh() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Embedded::open(folder.path(), CACHE_BYTES).unwrap();
        InFolder { folder, store }
    }

    fn store(&self) -> Arc<dyn Store> {
        Arc::new(self.store.clone())
    }

    async fn reopened(self) -> Self {
        let InFolder { folder, store } = self;
        drop(store);
        let store = Embedded::open(folder.path(), CACHE_BYTES).unwrap();
        InFolder { folder, store }
    }
}

contract!(InFolder);

#[tokio::test]
async fn what_was_added_and_never_created_is_gone_after_a_restart() {
    let fixture = InFolder::fresh().await;
    let id = BatchId { request: RequestId::fresh(), seq: 0 };
    fixture.store.add(vec![Batch::new(id, Vec::new())]).await.unwrap();
    assert_eq!(fixture.store.batches(id.request, 0, 1).await.unwrap().len(), 1);
    let fixture = fixture.reopened().await;
    assert_eq!(fixture.store.batches(id.request, 0, 1).await.unwrap(), []);
}

#[tokio::test]
async fn a_store_of_a_newer_pixmill_is_refused() {
    let fixture = InFolder::fresh().await;
    fixture.store.0.db.insert(super::keys::SCHEMA, &99_u32.to_be_bytes()).unwrap();
    let InFolder { folder, store } = fixture;
    drop(store);
    let refused = Embedded::open(folder.path(), CACHE_BYTES).err().unwrap();
    assert!(matches!(refused, StoreError::TooNew { found: 99, .. }), "{refused}");
}
