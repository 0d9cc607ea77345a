//! A database that is away for a while is waited for.

use std::{
    fs,
    process::{Output, Stdio},
};

use mongodb::{
    Client,
    bson::{Document, doc},
};
use reqwest::StatusCode;

use super::{
    Server,
    deployment::{Database, Deployment, program},
    member, options, pictures,
    relay::Relay,
    server::Starting,
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
    server.until_done(&id, 20).await;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_started_before_its_database_waits_for_it() {
    let Some(program) = program() else {
        eprintln!("SKIPPED: there is no server that could be started; `make test` installs one");
        return;
    };
    let mut database = Database::start(program);
    database.kill();
    let folder = tempfile::tempdir().unwrap();
    // The test is not to wait as long as people do.
    let uri = format!("{}&serverSelectionTimeoutMS=200", database.uri());
    let mut server = Starting::begin(folder.path(), &options(&uri, &[]), [], Stdio::piped());
    let said = server.log().until("waiting for it").await;
    assert!(said.contains("the database is not there yet"), "{said}");
    database.restart();
    let server = server.listening().await;
    assert_eq!(server.get("/health/ready").send().await.unwrap().status(), 200);
    let id = server.accepted(&server.good_sheet()).await;
    assert_eq!(server.until_ended(&id).await.status, "completed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_whose_database_goes_away_while_it_starts_waits_for_it() {
    let Some(deployment) = Deployment::shared() else { return };
    let uri = deployment.fresh_database();
    // What is first sent when the server listens and begins to work; the driver itself tries twice.
    let (words, times) = ("hook.invalid/start", 5);
    let (rest, options_of_uri) = uri.split_once('?').unwrap();
    let (hosts, database) = rest.trim_start_matches("mongodb://").split_once('/').unwrap();
    let relay = Relay::before(hosts.to_owned(), words, times).await;
    let uri = format!("mongodb://{}/{database}?{options_of_uri}", relay.address);
    let hook = format!("https://{words}");
    let secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let options = options(&uri, &["--webhook-url", &hook, "--webhook-secret", secret]);
    let folder = tempfile::tempdir().unwrap();
    let mut server = Starting::begin(folder.path(), &options, [], Stdio::piped());
    let said = server.log().until("waiting for it").await;
    assert!(said.contains("the database is not there yet"), "{said}");
    let server = server.listening().await;
    assert!(relay.seen() > times, "it began to work once the way was open");
    let id = server.accepted(&server.good_sheet()).await;
    assert_eq!(server.until_ended(&id).await.status, "completed");
    assert!(server.terminate().await.success());
}

/// What becomes of a server that is to end by itself.
fn ended(uri: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let Output { status, stderr, .. } = std::process::Command::new(env!("CARGO_BIN_EXE_pixmill"))
        .args(["serve", "--port", "0", "--data"])
        .arg(folder.path())
        .args(options(uri, &[]))
        .output()
        .unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_waiting_mends_ends_a_server_at_once() {
    let Some(deployment) = Deployment::shared() else { return };
    let uri = deployment.fresh_database();
    let database = Client::with_uri_str(&uri).await.unwrap().default_database().unwrap();
    let schema = doc! { "_id": "schema", "version": 999 };
    database.collection::<Document>("pixmill").insert_one(schema).await.unwrap();
    let stranger = uri.replacen("mongodb://", "mongodb://nobody:s3cret@", 1);
    let nonsense = format!("{uri}&readConcernLevel=&w=-7");
    for (uri, words) in [
        (&uri, "the store has schema 999"),
        (&stranger, "MongoDB cannot be used as its address says"),
        (&nonsense, "MongoDB cannot be used as its address says"),
    ] {
        let uri = uri.clone();
        let (code, said) = tokio::task::spawn_blocking(move || ended(&uri)).await.unwrap();
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(words) && !said.contains("s3cret"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_take_leave_of_the_database_without_a_word() {
    let Some(deployment) = Deployment::shared() else { return };
    let uri = deployment.fresh_database();
    let folder = tempfile::tempdir().unwrap();
    let list = || {
        let listed = std::process::Command::new(env!("CARGO_BIN_EXE_pixmill"))
            .args(["keys", "list", "--data"])
            .arg(folder.path())
            .env("PIXMILL_STORE", &uri)
            .output()
            .unwrap();
        (listed.status.code(), String::from_utf8(listed.stderr).unwrap())
    };
    tokio::task::block_in_place(|| {
        for _ in 0..20 {
            assert_eq!(list(), (Some(0), String::new()));
        }
    });
}

#[tokio::test]
async fn the_address_of_the_database_is_shown_without_its_password() {
    let folder = tempfile::tempdir().unwrap();
    let uri = "mongodb://me:s3cret@127.0.0.1:1/?serverSelectionTimeoutMS=200".to_owned();
    let shown = std::process::Command::new(env!("CARGO_BIN_EXE_pixmill"))
        .args(["keys", "list", "--data"])
        .arg(folder.path())
        .env("PIXMILL_STORE", &uri)
        .output()
        .unwrap();
    assert!(!shown.status.success(), "a command does not wait");
    let said = [shown.stdout, shown.stderr].map(|said| String::from_utf8(said).unwrap()).concat();
    assert!(!said.contains("s3cret"), "{said}");
    let variables = [("PIXMILL_STORE".to_owned(), uri)];
    let mut waits = Starting::begin(folder.path(), &[], variables, Stdio::piped());
    let said = waits.log().until("waiting for it").await;
    assert!(said.contains("127.0.0.1:1") && !said.contains("s3cret"), "{said}");
    drop(waits);
    for mistyped in [
        "monogdb://me:s3cret@db.example/",
        "mongodb://me:s3cret/db",
        "mongodb://me:123?s3cret@db.example",
        "mongodb://me:123/s3cret@db.example/?serverSelectionTimeoutMS=200",
    ] {
        let refused = std::process::Command::new(env!("CARGO_BIN_EXE_pixmill"))
            .args(["serve", "--port", "0"])
            .env("PIXMILL_STORE", mistyped)
            .output()
            .unwrap();
        assert!(!refused.status.success());
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(said.contains("--store") && !said.contains("s3cret"), "{said}");
    }
    let properties = "mongodb://db.example/?authMechanismProperties=TOKEN:a,s3cret";
    let (code, said) = ended(properties);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("options cannot be read") && !said.contains("s3cret"), "{said}");
    let help = std::process::Command::new(env!("CARGO_BIN_EXE_pixmill"))
        .args(["serve", "--help"])
        .env("PIXMILL_STORE", "mongodb://me:s3cret@127.0.0.1:1/")
        .output()
        .unwrap();
    assert!(!String::from_utf8(help.stdout).unwrap().contains("s3cret"));
    fs::remove_dir_all(folder.path()).unwrap();
}
