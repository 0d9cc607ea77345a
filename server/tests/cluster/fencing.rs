//! A server that stands still while it works on a batch, and goes on when others have finished it:
//! what it does then comes too late, and changes nothing.

use std::{process::Stdio, sync::Arc, time::Duration};

use futures_util::TryStreamExt;
use mongodb::{
    Client, Database,
    bson::{Document, doc},
};
use pixmill_engine::wire::DeliveryList;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{sync::Barrier, time::sleep};

use super::{
    Server,
    deployment::Deployment,
    member, options,
    origin::{Answer, Origin},
    path, picture,
    receiver::{Call, Receiver},
    server::Starting,
};

const IMAGES: usize = 40;
/// The image that the first server waits for when it is made to stand still.
const HELD: usize = 17;

/// An origin that holds one picture back until two servers have asked for it.
async fn origin() -> (Origin, String) {
    let (origin, sheet) = super::pictures(IMAGES).await;
    let both = Arc::new(Barrier::new(2));
    // They are not sent the same: whose rendition is kept can be told.
    let pictures = [HELD, IMAGES].map(|n| Answer::ok(picture(n)).behind(&both));
    origin.serve(&path(HELD), pictures);
    (origin, sheet)
}

/// All that a late write could change, as the database has it.
async fn all(database: &Database) -> Vec<Vec<Document>> {
    let mut all = Vec::new();
    for name in ["batches", "requests", "gallery.files", "gallery.uploads"] {
        let collection = database.collection::<Document>(name);
        let found = collection.find(doc! {}).sort(doc! { "_id": 1 });
        all.push(found.await.unwrap().try_collect().await.unwrap());
    }
    all
}

/// Waits until so many deliveries to a webhook are done.
async fn until_delivered(server: &Server, webhook: &str, count: usize) {
    loop {
        let list: DeliveryList = server.view(&format!("/webhooks/{webhook}/deliveries")).await;
        if list.deliveries.iter().filter(|one| one.status == "delivered").count() >= count {
            return;
        }
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_server_writes_that_stood_still_past_its_lease_changes_nothing() {
    let Some(deployment) = Deployment::shared() else { return };
    let uri = deployment.fresh_database();
    let database = Client::with_uri_str(&uri).await.unwrap().default_database().unwrap();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let ((origin, sheet), receiver) = (origin().await, Receiver::start().await);
    let told = Stdio::piped();
    let mut late = Starting::begin(folders[0].path(), &options(&uri, &[]), [], told);
    let mut log = late.log();
    let late = late.listening().await;
    let draft = json!({ "name": "Shop", "url": receiver.url("/hook") });
    let made = late.ask(Method::POST, "/webhooks").json(&draft).send().await.unwrap();
    let made: Value = made.json().await.unwrap();
    let webhook = made["webhook"]["webhookId"].as_str().unwrap();

    // It has recorded all images but one when it stands still, and told of two changes.
    let id = late.accepted(&sheet).await;
    while late.request(&id).await.progress.done < IMAGES as u64 - 1 {
        sleep(Duration::from_millis(20)).await;
    }
    until_delivered(&late, webhook, 2).await;
    assert_eq!(origin.hits(&path(HELD)), 1);
    late.stand_still();

    // Another one takes over what is left, and lets the late one have its picture as well.
    let other = member(&uri, &folders[1]).await;
    let ended = other.until_ended(&id).await;
    assert_eq!(ended.status, "completed", "{:?}", ended.error_message);
    assert_eq!((ended.progress.done, ended.progress.failed), (IMAGES as u64, 0));
    assert_eq!(origin.hits(&path(HELD)), 2);
    until_delivered(&other, webhook, 3).await;
    let before = all(&database).await;

    late.go_on();
    log.until("another worker has taken the batch over").await;
    assert_eq!(all(&database).await, before);
    let calls = receiver.calls("/hook");
    let events: Vec<String> = calls.iter().map(Call::event).collect();
    assert_eq!(events, ["request.received", "request.processing", "request.completed"]);
    for n in (0..IMAGES).filter(|n| *n != HELD) {
        assert_eq!(origin.hits(&path(n)), 1, "image {n} was made once");
    }
    // It is as good as any other from now on.
    origin.serve(&path(HELD), [Answer::ok(picture(HELD))]);
    let again = late.accepted(&sheet).await;
    assert_eq!(late.until_ended(&again).await.status, "completed");
}
