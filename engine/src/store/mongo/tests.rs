//! MongoDB under the suite for all stores, and what only it has to do.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures_util::StreamExt;
use mongodb::bson::{Document as Bson, doc, rawdoc};

use super::{Mongo, MongoUri, fake::Fake, watch};
use crate::{
    deployment::Deployment,
    model::{Again, Reasons, Request},
    store::{
        Document, Kind, Lasting, Mark, Requests, Store, StoreError,
        contract::{Fixture, contract, created},
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
                        marks: BTreeMap::from([(Mark::News, written.to_string())]),
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_too_old_is_refused_with_words() {
    // The driver does not even speak to the first; 12 is the last before 5.0.
    for (version, release) in [(7, "4.0"), (9, "4.4"), (12, "4.4")] {
        let server = Fake::start(version).await;
        let refused = Mongo::open(&server.uri()).await.err().unwrap();
        assert!(!refused.is_retryable(), "{refused}");
        let words = format!(
            "MongoDB 5.0 or newer is needed, and this server is older: it speaks wire version \
             {version}, as MongoDB {release} does"
        );
        assert_eq!(refused.to_string(), words);
        assert!(server.asked("update").is_empty(), "nothing is written to it");
    }
    Mongo::open(&Fake::start(13).await.uri()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_was_closed_has_nothing_running_any_more() {
    let store = Mongo::open(&Fake::start(21).await.uri()).await.unwrap();
    store.now().await.unwrap();
    store.close().await;
    let error = store.now().await.unwrap_err();
    assert!(error.to_string().contains("shut down"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stands_alone_is_not_asked_for_what_it_has_not() {
    let server = Fake::start(21).await;
    let store = Mongo::open(&server.uri()).await.unwrap();
    let gave_up = async {
        while !store.watch.has_ended() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    // Who waits for changes hears of none, and looks by himself.
    tokio::time::timeout(Duration::from_secs(30), gave_up).await.unwrap();
    assert_eq!(server.asked("aggregate").len(), 1, "there are no change streams to be had");
    for command in server.asked("find") {
        let concern = command.get_document("readConcern").unwrap();
        assert_eq!(concern.get_str("level").unwrap(), "local", "{command}");
    }
    tokio::select! {
        biased;
        () = store.changed() => panic!("nobody can have told it"),
        () = std::future::ready(()) => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_gives_nobody_anything_to_do_wakes_nobody() {
    let Some(fixture) = InDatabase::fresh().await else { return };
    let store = fixture.store();
    let requests = Requests::new(store.clone());
    let long = Duration::from_secs(600);
    let id = created(&requests, 9).await;
    requests.claim(id, long).await.unwrap();
    let pass_on = |request: &mut Request| {
        request.passed_on(u64::MAX);
        Ok(())
    };
    store.change(&id.to_string(), Lasting::Now, pass_on).await.unwrap();
    let mut stream = watch::open(fixture.store.database()).await.unwrap();
    for _ in 0..3 {
        requests.claim(id, long).await.unwrap();
    }
    let new = created(&requests, 1).await;
    requests.cancel(id).await.unwrap();
    store.change(&id.to_string(), Lasting::Now, pass_on).await.unwrap();
    requests.retry(id, Again::All).await.unwrap();
    // One that is new, one that is given up, one that is open again; and no claim.
    let mut heard = Vec::new();
    while heard.len() < 3 {
        let event = stream.next().await.unwrap().unwrap();
        let key = event.get_document("documentKey").unwrap();
        heard.push(key.get_str("_id").unwrap().to_owned());
    }
    assert_eq!(heard, [new, id, id].map(|id| id.to_string()));
}
