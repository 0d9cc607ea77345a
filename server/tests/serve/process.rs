//! How a server starts and stops.

use std::process::{Command, Output, Stdio};

use reqwest::Method;
use tokio::time::timeout;

use crate::{
    origin::{Answer, Origin},
    server::{PATIENCE, Server, Starting},
};

/// Calls `pixmill serve` with options that keep it from serving.
fn refused(options: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let Output { status, stderr, .. } = Command::new(env!("CARGO_BIN_EXE_pixmill"))
        .args(["serve", "--port", "0", "--data"])
        .arg(folder.path())
        .args(options)
        .output()
        .unwrap();
    assert_eq!(status.code(), Some(2));
    String::from_utf8(stderr).unwrap()
}

#[test]
fn a_server_that_anybody_could_use_does_not_start() {
    for address in ["0.0.0.0", "::", "192.168.0.1"] {
        let told = refused(&["--address", address]);
        assert!(told.contains(address) && told.contains("--insecure-no-auth"), "{told}");
    }
}

#[tokio::test]
async fn who_insists_is_served_on_every_address() {
    let server = Server::with(&["--address", "0.0.0.0", "--insecure-no-auth"]).await;
    assert!(server.address.starts_with("http://127.0.0.1:"), "{}", server.address);
    let by_name = server.get("/requests").header("Host", "pix.lan").send().await.unwrap();
    assert_eq!(by_name.status(), 200);
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let told = tokio::task::spawn_blocking(move || refused(&["--port", &port]));
    let told = told.await.unwrap();
    assert!(told.contains("cannot serve at 127.0.0.1:"), "{told}");
}

#[tokio::test]
async fn that_somebody_is_not_let_in_is_nothing_to_warn_of() {
    let folder = tempfile::tempdir().unwrap();
    let mut starting = Starting::begin(folder.path(), &[], [], Stdio::piped());
    let mut log = starting.log();
    let server = starting.listening().await;
    let key = serde_json::json!({ "name": "boss", "role": "admin" });
    let made = server.ask(Method::POST, "/keys").json(&key).send().await.unwrap();
    assert_eq!(made.status(), 201);
    assert_eq!(server.get("/requests").send().await.unwrap().status(), 401);
    assert!(server.terminate().await.success());
    let said = log.up_to("stopping").await;
    assert!(!said.iter().any(|line| line.contains("WARN")), "{said:#?}");
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_ends_its_streams_and_ends_well() {
    let origin = Origin::start().await;
    origin.serve("/mug.jpg", [Answer::silent()]);
    let server = Server::with(&["--allow-addresses", "127.0.0.0/8", "--stop-grace", "3 s"]).await;
    let id = server.accepted(&Server::sheet([origin.url("/mug.jpg").as_str()])).await;
    let stream = server.ask(Method::GET, &format!("/requests/{id}/events")).send().await.unwrap();
    assert!(server.terminate().await.success());
    let text = timeout(PATIENCE, stream.text()).await.unwrap().unwrap();
    assert!(text.contains("processing") || text.contains("received"), "{text}");
}
