//! `pixmill webhooks`.

use std::path::Path;

use crate::{
    Called, pixmill_meanwhile,
    receiver::{Manner, Receiver},
    server::Server,
};

async fn webhooks(folder: &Path, arguments: &[&str]) -> Called {
    let place = ["--data", "data", "--allow-addresses", "127.0.0.0/8"];
    pixmill_meanwhile(folder, &[&["webhooks"], arguments, &place].concat()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_is_added_listed_tried_rotated_and_removed() {
    let (folder, receiver) = (tempfile::tempdir().unwrap(), Receiver::start().await);
    let (folder, url) = (folder.path(), receiver.url("/hook"));
    let added = webhooks(folder, &["add", "Shop", &url, "--events", "request.completed"]).await;
    assert_eq!(added.code, 0, "{}", added.err);
    let lines: Vec<&str> = added.out.lines().collect();
    let id = lines[0].split(' ').next().unwrap();
    assert!(lines[1].starts_with("whsec_") && lines.len() == 2, "{}", added.out);

    let listed = webhooks(folder, &["list"]).await;
    assert_eq!(listed.out, format!("{id}  enabled   Shop  {url}\n"));
    let tried = webhooks(folder, &["test", id]).await;
    assert_eq!(tried.code, 0, "{}", tried.err);
    assert!(tried.out.contains("HTTP 200: as it was told"), "{}", tried.out);
    receiver.behave("/hook", [Manner::Answer(500)]);
    assert_eq!(webhooks(folder, &["test", id]).await.code, 1);

    let rotated = webhooks(folder, &["rotate", id]).await;
    let secret = rotated.out.lines().nth(1).unwrap();
    assert!(secret.starts_with("whsec_") && secret != lines[1]);
    assert_eq!(webhooks(folder, &["remove", id]).await.code, 0);
    assert_eq!(webhooks(folder, &["list"]).await.out, "");
    let gone = webhooks(folder, &["remove", id]).await;
    assert_eq!(gone.code, 2);
    assert!(gone.err.contains("there is no webhook"), "{}", gone.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_is_added_disabled_and_enabled_and_disabled() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, url) = (folder.path(), "https://93.184.216.34/hook");
    let added = webhooks(folder, &["add", "Shop", url, "--disabled"]).await;
    assert_eq!(added.code, 0, "{}", added.err);
    let id = added.out.split(' ').next().unwrap();
    let enabled = format!("{id}  enabled   Shop  {url}\n");
    let disabled = format!("{id}  disabled  Shop  {url}  (it was disabled by hand)\n");
    assert!(added.out.starts_with(&disabled), "{}", added.out);
    for (verb, told) in [("enable", enabled), ("disable", disabled)] {
        let called = webhooks(folder, &[verb, id]).await;
        assert_eq!((called.code, &called.out), (0, &told), "{}", called.err);
        assert_eq!(webhooks(folder, &["list"]).await.out, told);
    }
    let gone = webhooks(folder, &["enable", "01890a5d-ac96-774b-bcce-b302099a8057"]).await;
    assert_eq!(gone.code, 2);
    assert!(gone.err.contains("there is no webhook"), "{}", gone.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_an_endpoint_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let too_many = vec!["1 s"; 301].join(",");
    for (arguments, told) in [
        (&["list", "--webhook-retries", &too_many][..], "at most 300 waits"),
        (&["add", "Shop", "shop.example"], "url: this is not an address"),
        (&["add", "Shop", "https://a.example", "--events", "all"], "events: `all`"),
        (&["add", "Shop", "http://169.254.169.254/"], "no webhooks are sent there"),
        (&["remove", "7"], "is not an id"),
    ] {
        let called = webhooks(folder.path(), arguments).await;
        assert_eq!(called.code, 2);
        assert!(called.err.contains(told), "{told}: {}", called.err);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beside_a_server_on_the_same_folder_the_call_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let _server = Server::in_folder(&data, &[]).await;
    let called = webhooks(folder.path(), &["list"]).await;
    assert_eq!(called.code, 2);
    assert!(called.err.contains("a server runs on the store in this folder"), "{}", called.err);
    assert!(called.err.contains("POST /webhooks"), "{}", called.err);
}
