//! MongoDB under the suite for all stores, and what only it has to do.

use std::sync::Arc;

use super::{Mongo, MongoUri};
use crate::{
    deployment::Deployment,
    store::{
        Store,
        contract::{Fixture, contract},
    },
};

struct InDatabase {
    uri: MongoUri,
    store: Mongo,
}

#[async_trait::async_trait]
impl Fixture for InDatabase {
    async fn fresh() -> Option<Self> {
        let uri: MongoUri = Deployment::shared()?.fresh_database().parse().unwrap();
        let store = Mongo::open(&uri).await.unwrap();
        Some(InDatabase { uri, store })
    }

    fn store(&self) -> Arc<dyn Store> {
        Arc::new(self.store.clone())
    }

    async fn reopened(self) -> Self {
        let store = Mongo::open(&self.uri).await.unwrap();
        InDatabase { store, ..self }
    }
}

contract!(InDatabase);
