//! Several processes on one database let in the same people.

use std::time::Duration;

use pixmill_engine::{store::KEYS_FRESH, wire::NewKeyView};
use reqwest::Method;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::{
    deployment::Deployment,
    server::{Server, path},
    shop::{Shop, order},
};

const SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// What may pass beyond the documented time before a slow machine has noticed.
const TOLERANCE: Duration = Duration::from_secs(10);

/// A process of a deployment, with a data folder of its own.
async fn process(store: &str) -> (Server, TempDir) {
    let data = tempfile::tempdir().unwrap();
    let near = "127.0.0.0/8";
    let options = ["--store", store, "--secret-key", SECRET, "--allow-addresses", near];
    (Server::in_folder(data.path(), &options).await, data)
}

/// Waits until a process answers so; fails where that takes longer than it may.
async fn until(server: &Server, token: Option<&str>, status: u16) {
    let begun = Instant::now();
    loop {
        let ask = server.get("/requests");
        let ask = match token {
            Some(token) => ask.bearer_auth(token),
            None => ask,
        };
        if ask.send().await.unwrap().status().as_u16() == status {
            return;
        }
        assert!(begun.elapsed() < KEYS_FRESH + TOLERANCE, "it does not answer {status}");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_becomes_of_a_key_counts_in_every_process_within_seconds() {
    let Some(deployment) = Deployment::shared() else { return };
    let store = deployment.fresh_database();
    let ((one, _one), (two, _two)) = (process(&store).await, process(&store).await);
    until(&two, None, 200).await;
    let post = one.ask(Method::POST, "/keys").json(&order("boss", "admin"));
    let boss: NewKeyView = post.send().await.unwrap().json().await.unwrap();
    until(&one, None, 401).await;
    until(&two, None, 401).await;
    let shop = Shop { server: two, admin: boss.token };
    let uploader = shop.key("uploader").await;
    until(&one, Some(&uploader.token), 200).await;
    let revoke = format!("/keys/{}", uploader.key.key_id);
    let revoked = shop.ask(&shop.admin, Method::DELETE, &revoke).send().await.unwrap();
    assert_eq!(revoked.status(), 204);
    until(&one, Some(&uploader.token), 401).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_one_process_signed_opens_at_the_other() {
    let Some(deployment) = Deployment::shared() else { return };
    let store = deployment.fresh_database();
    let ((one, _one), (two, _two)) = (process(&store).await, process(&store).await);
    let post = one.ask(Method::POST, "/keys").json(&order("boss", "admin"));
    let boss: NewKeyView = post.send().await.unwrap().json().await.unwrap();
    let shop = Shop { server: one, admin: boss.token };
    let id = shop.submit(&shop.admin, &shop.server.good_sheet()).await;
    let link = shop.image_link(&id).await;
    until(&two, None, 401).await;
    assert_eq!(two.get(&path(&link)).send().await.unwrap().status(), 200);
    let plain = path(&link).split('?').next().unwrap().to_owned();
    assert_eq!(two.get(&plain).send().await.unwrap().status(), 401);
}
