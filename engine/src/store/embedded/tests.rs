//! The embedded store under the suite for all stores, and what only it has to do.

use std::sync::Arc;

use tempfile::TempDir;

use super::Embedded;
use crate::store::{
    Store, StoreError,
    contract::{Fixture, contract},
};

const CACHE_BYTES: u64 = 1 << 20;

struct InFolder {
    folder: TempDir,
    store: Embedded,
}

#[async_trait::async_trait]
impl Fixture for InFolder {
    async fn fresh() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let store = Embedded::open(folder.path(), CACHE_BYTES).unwrap();
        Some(InFolder { folder, store })
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
async fn a_store_of_a_newer_pixmill_is_refused() {
    let fixture = InFolder::fresh().await.unwrap();
    fixture.store.0.db.insert(super::keys::SCHEMA, &99_u32.to_be_bytes()).unwrap();
    let InFolder { folder, store } = fixture;
    drop(store);
    let refused = Embedded::open(folder.path(), CACHE_BYTES).err().unwrap();
    assert!(matches!(refused, StoreError::OtherSchema { found: 99, .. }), "{refused}");
}
