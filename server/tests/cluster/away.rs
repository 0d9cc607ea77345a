//! A database that is away for a while is waited for.

use std::{fs, time::Duration};

use reqwest::StatusCode;

use super::{
    Server,
    deployment::{Database, program},
    member, pictures,
};

const IMAGES: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_fails_because_the_database_was_killed_and_came_back() {
    let Some(program) = program() else {
        eprintln!("SKIPPED: there is no server that could be killed; `make test` installs one");
        return;
    };
    let mut database = Database::start(program);
    let folder = tempfile::tempdir().unwrap();
    let (_origin, sheet) = pictures(IMAGES).await;
    let server = member(&database.uri(), &folder).await;
    let id = server.accepted(&sheet).await;
    while server.request(&id).await.progress.done < 20 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    database.kill();
    let refused = server.upload(Server::form(sheet.clone())).await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.headers().contains_key("Retry-After"));
    assert_eq!(server.get("/health/ready").send().await.unwrap().status(), 503);
    assert_eq!(server.get("/health/live").send().await.unwrap().status(), 200);
    database.restart();
    let ended = server.until_ended(&id).await;
    assert_eq!(ended.status, "completed", "{:?}", ended.error_message);
    assert_eq!((ended.progress.done, ended.progress.failed), (IMAGES as u64, 0));
    let again = server.accepted(&sheet).await;
    assert_eq!(server.until_ended(&again).await.status, "completed");
    assert!(server.terminate().await.success());
}

#[tokio::test]
async fn the_address_of_the_database_is_shown_without_its_password() {
    let folder = tempfile::tempdir().unwrap();
    let shown = std::process::Command::new(env!("CARGO_BIN_EXE_pixmill"))
        .args(["serve", "--port", "0", "--log-format", "json", "--data"])
        .arg(folder.path())
        .env("PIXMILL_STORE", "mongodb://me:s3cret@127.0.0.1:1/?serverSelectionTimeoutMS=200")
        .output()
        .unwrap();
    assert!(!shown.status.success());
    let said = [shown.stdout, shown.stderr].map(|said| String::from_utf8(said).unwrap()).concat();
    assert!(!said.contains("s3cret"), "{said}");
    let mistyped = std::process::Command::new(env!("CARGO_BIN_EXE_pixmill"))
        .args(["serve", "--port", "0"])
        .env("PIXMILL_STORE", "monogdb://me:s3cret@db.example/")
        .output()
        .unwrap();
    assert!(!mistyped.status.success());
    let said = String::from_utf8(mistyped.stderr).unwrap();
    assert!(said.contains("--store") && !said.contains("s3cret"), "{said}");
    let help = std::process::Command::new(env!("CARGO_BIN_EXE_pixmill"))
        .args(["serve", "--help"])
        .env("PIXMILL_STORE", "mongodb://me:s3cret@127.0.0.1:1/")
        .output()
        .unwrap();
    assert!(!String::from_utf8(help.stdout).unwrap().contains("s3cret"));
    fs::remove_dir_all(folder.path()).unwrap();
}
