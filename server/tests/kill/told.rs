//! The server is killed while it delivers webhooks: every change of status arrives, in order.

use std::{collections::BTreeMap, time::Duration};

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    origin::{Answer, Origin},
    picture,
    receiver::{Call, Manner, Receiver},
    server::Server,
};

const KILLS: u64 = 12;
const REQUESTS_A_LIFE: usize = 3;

/// A server that may reach this machine, and tries every webhook again soon and often.
async fn victim(folder: &std::path::Path) -> Server {
    let retries = vec!["30 ms"; 200].join(",");
    let options = ["--allow-addresses", "127.0.0.0/8", "--webhook-retries", &retries];
    Server::in_folder(folder, &options).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_killed_every_change_of_status_arrives_in_order_and_signed() {
    let (origin, receiver) = (Origin::start().await, Receiver::start().await);
    origin.serve("/mug.png", [Answer::ok(picture(1))]);
    receiver.behave("/hook", [Manner::HalfBad]);
    let sheet = Server::sheet([origin.url("/mug.png").as_str()]);
    let folder = tempfile::tempdir().unwrap();

    let mut server = victim(folder.path()).await;
    let draft = json!({ "name": "Shop", "url": receiver.url("/hook") });
    let made: Value = server
        .ask(Method::POST, "/webhooks")
        .json(&draft)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let secret = made["secret"].as_str().unwrap();
    let mut ids = Vec::new();
    let mut under_way = 0;
    for kill in 0..KILLS {
        for _ in 0..REQUESTS_A_LIFE {
            ids.push(server.accepted(&sheet).await);
        }
        tokio::time::sleep(Duration::from_millis(kill * 37 % 200)).await;
        server.kill().await;
        under_way += usize::from(receiver.accepted("/hook").len() < ids.len() * 3);
        server = victim(folder.path()).await;
    }
    assert!(under_way as u64 > KILLS / 2, "too few kills came while there was something to tell");

    receiver.until_accepted("/hook", ids.len() * 3).await;
    let mut heard: BTreeMap<String, Vec<Call>> = BTreeMap::new();
    for call in receiver.calls("/hook") {
        assert!(call.is_signed(secret), "{call:?}");
        heard.entry(call.request()).or_default().push(call);
    }
    assert_eq!(heard.len(), ids.len());
    for (id, calls) in heard {
        let mut accepted: Vec<&str> = Vec::new();
        for call in &calls {
            let message = call.header("webhook-id");
            // It may be sent again after it was accepted, but not after the next one was sent.
            let number: usize = message.rsplit_once('_').unwrap().1.parse().unwrap();
            assert!(number + 1 >= accepted.len(), "{message} of {id} comes too late");
            assert!(number <= accepted.len(), "{message} of {id} comes too early");
            if call.is_accepted && number == accepted.len() {
                accepted.push(message);
            }
        }
        let events: Vec<String> = receiver
            .accepted("/hook")
            .iter()
            .filter(|call| call.request() == id)
            .map(Call::event)
            .collect();
        let expected = ["request.received", "request.processing", "request.completed"];
        assert_eq!(events, expected, "{id}");
    }
    server.terminate().await;
}
