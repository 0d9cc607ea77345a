//! The key with which secrets are kept.

use std::{
    path::Path,
    process::{Command, Output},
};

use crate::server::Server;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// Calls `pixmill serve` with a secret key that keeps it from serving.
fn refused(data: &Path, key: &str) -> String {
    let Output { status, stderr, .. } = Command::new(env!("CARGO_BIN_EXE_pixmill"))
        .args(["serve", "--port", "0", "--data"])
        .arg(data)
        .env("PIXMILL_SECRET_KEY", key)
        .output()
        .unwrap();
    assert_eq!(status.code(), Some(2));
    String::from_utf8(stderr).unwrap()
}

#[tokio::test]
async fn a_store_is_not_opened_with_another_key_than_it_was_first_used_with() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("data");
    let server = Server::with(&["--data", folder.to_str().unwrap()]).await;
    assert!(folder.join("secret.key").is_file());
    server.terminate().await;
    let told = refused(&folder, KEY);
    assert!(told.contains("sealed with another key") && !told.contains(KEY), "{told}");
    // Nor is another one made where the first is not at hand.
    let (file, away) = (folder.join("secret.key"), folder.join("away"));
    std::fs::rename(&file, &away).unwrap();
    let Output { status, stderr, .. } = Command::new(env!("CARGO_BIN_EXE_pixmill"))
        .args(["serve", "--port", "0", "--data"])
        .arg(&folder)
        .output()
        .unwrap();
    let told = String::from_utf8(stderr).unwrap();
    assert!(status.code() == Some(2) && told.contains("sealed with another key"), "{told}");
    assert!(!file.exists());
    std::fs::rename(&away, &file).unwrap();
    let server = Server::with(&["--data", folder.to_str().unwrap()]).await;
    assert_eq!(server.json("/requests").await["requests"], serde_json::json!([]));
}

#[test]
fn a_key_that_is_none_is_refused_without_being_shown() {
    let data = tempfile::tempdir().unwrap();
    let told = refused(data.path(), "hunter2");
    assert!(told.contains("openssl rand -base64 32") && !told.contains("hunter2"), "{told}");
}

#[test]
fn help_does_not_show_the_key() {
    let called = Command::new(env!("CARGO_BIN_EXE_pixmill"))
        .args(["serve", "--help"])
        .env("PIXMILL_SECRET_KEY", KEY)
        .output()
        .unwrap();
    let help = String::from_utf8(called.stdout).unwrap();
    assert!(help.contains("PIXMILL_SECRET_KEY") && !help.contains(KEY), "{help}");
}
