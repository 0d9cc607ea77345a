//! MongoDB under the suite for all stores, and what only it has to do.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use mongodb::bson::{Document as Bson, doc, rawdoc};

use super::{Mongo, MongoUri};
use crate::{
    deployment::Deployment,
    model::Reasons,
    store::{
        Document, Kind, Lasting, Store, StoreError,
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_a_newer_pixmill_is_refused() {
    let Some(fixture) = InDatabase::fresh().await else { return };
    let schema = fixture.store.database().collection::<Bson>("pixmill");
    let newer = doc! { "$set": { "version": 99 } };
    schema.update_one(doc! { "_id": "schema" }, newer).await.unwrap();
    let refused = Mongo::open(&fixture.uri).await.err().unwrap();
    assert!(matches!(refused, StoreError::OtherSchema { found: 99, .. }), "{refused}");
}

#[tokio::test]
async fn a_database_that_is_not_there_is_told_of_soon() {
    let uri = "mongodb://me:secret@127.0.0.1:1/?serverSelectionTimeoutMS=100".parse().unwrap();
    let away = Mongo::open(&uri).await.err().unwrap();
    assert!(away.is_retryable());
    assert!(!away.to_string().contains("secret"), "{away}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_process_writes_another_hears_of() {
    let Some(fixture) = InDatabase::fresh().await else { return };
    let other = Mongo::open(&fixture.uri).await.unwrap();
    let mut written = 0;
    // The stream may not be open yet: write until it is heard.
    let heard = async {
        loop {
            tokio::select! {
                () = other.changed() => break,
                () = tokio::time::sleep(Duration::from_millis(50)) => {
                    written += 1;
                    let document = Document {
                        id: written.to_string(),
                        revision: 0,
                        group: None,
                        alias: None,
                        marks: BTreeMap::new(),
                        tally: None,
                        reasons: Reasons::default(),
                        body: rawdoc! {},
                    };
                    fixture.store.insert(Kind::Request, vec![document], Lasting::Now).await.unwrap();
                }
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), heard).await.unwrap();
}
