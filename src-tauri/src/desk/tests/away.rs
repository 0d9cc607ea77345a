//! A real server.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
};

use super::*;
use crate::{
    around::Shown,
    expected::Expected,
    refusal::Refusal,
    wire::{Listing, Said, Way, WayState},
};

/// A server process; it ends with the test.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    /// Starts a server in a folder, and waits until it listens. Port 0 is any that is free.
    fn start(data: &Path, port: &str, options: &[&str]) -> Self {
        // It is built beside the tests, by `cargo test --workspace`.
        let tests = env::current_exe().unwrap();
        let binary = tests.ancestors().nth(2).unwrap().join("pixmill");
        let mut process = Command::new(&binary)
            .args(["serve", "--port", port, "--data"])
            .arg(data)
            .args(options)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", binary.display()));
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        let address = format!("{}/", first.strip_prefix("listening on ").unwrap());
        // A full pipe would hold the server up.
        thread::spawn(move || lines.count());
        Server { process, address }
    }

    fn port(&self) -> String {
        self.address.rsplit(':').next().unwrap().trim_end_matches('/').to_owned()
    }

    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have been killed before.
        if self.process.kill().is_ok() {
            drop(self.process.wait());
        }
    }
}

fn way(server: &Server) -> Way {
    Way::Server { address: server.address.clone() }
}

/// The sheet to try the app with, as the page is offered it.
async fn sample(scene: &Scene) -> Sheet {
    let offer = scene.desk.offer_sample().await.unwrap();
    scene.desk.offers().sheet(&offer.id).unwrap()
}

async fn list(scene: &Scene) -> Vec<pixmill_engine::wire::RequestView> {
    let asked = Listing { limit: 10, cursor: None };
    scene.desk.host().await.unwrap().list(asked).await.unwrap().requests
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_worked_with_as_this_computer_is() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("server"), "0", &[]);
    let scene = Scene::open(folder.path()).await;
    let view = scene.desk.ways().change(way(&server), None).await.unwrap();
    assert_eq!((view.way, view.state, view.why), (way(&server), WayState::Ok, None));

    let host = scene.desk.host().await.unwrap();
    let sheet = sample(&scene).await;
    assert!(host.check(&sheet).await.unwrap().faults.is_empty());
    let Handed::Received { received } = scene.desk.submit(handing(sheet)).await.unwrap() else {
        panic!("it waits")
    };
    let notices = scene.around.until_notices(1).await;
    assert!(notices[0].body.ends_with("smaller."), "{}", notices[0].body);
    let id = received.request_id.parse().unwrap();
    scene.desk.show_results(id).await.unwrap();
    let shown = scene.around.shown.lock().unwrap()[0].clone();
    let results = fs::read_to_string(shown.join("products.results.csv")).unwrap();
    let link = results.lines().nth(1).unwrap().rsplit(',').next().unwrap().trim_matches('"');
    let name = link.rsplit('/').next().unwrap();
    let rendition = host.rendition(id, &name.parse().unwrap()).await.unwrap();
    assert!(rendition.starts_with(b"RIFF"));

    let images = folder.path().join("images");
    fs::create_dir(&images).unwrap();
    fs::write(images.join("caps.jpg"), PHOTO).unwrap();
    let offer = scene.offer(images).await;
    let sheet = scene.desk.offers().sheet(&offer.id).unwrap();
    let refusal = scene.desk.submit(handing(sheet)).await.unwrap_err();
    assert!(refusal.words().contains("images of this computer"), "{}", refusal.words());
    scene.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sheets_wait_for_a_server_that_is_away_and_become_one_request_each() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("server");
    let mut server = Server::start(&data, "0", &[]);
    let scene = Scene::open(folder.path()).await;
    scene.desk.ways().change(way(&server), None).await.unwrap();
    let host = scene.desk.host().await.unwrap();
    let sheet = sample(&scene).await;
    server.kill();

    let Handed::Queued { queued } = scene.desk.submit(handing(sheet.clone())).await.unwrap() else {
        panic!("nobody was there to take it")
    };
    // Handed in once more, it still waits once.
    scene.desk.submit(handing(sheet.clone())).await.unwrap();
    assert_eq!(scene.desk.queue().list(), [queued]);
    scene
        .around
        .until_said(|said| matches!(said, Said::Way(way) if way.state == WayState::Unreachable))
        .await;
    assert!(scene.desk.is_busy());
    // It can be looked at all the same.
    assert!(host.check(&sheet).await.unwrap().faults.is_empty());
    // What waits outlasts the app.
    scene.desk.close().await;
    drop((scene, host));

    let scene = Scene::open(folder.path()).await;
    assert_eq!(scene.desk.queue().list().len(), 1);
    let server = Server::start(&data, &server.port(), &[]);
    scene.around.until_said(|said| *said == Said::Queued(Vec::new())).await;
    assert_eq!(list(&scene).await.len(), 1);
    scene.around.until_notices(1).await;
    drop(server);
    scene.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_has_done_while_the_app_was_off_is_told_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("server"), "0", &[]);
    let scene = Scene::open(folder.path()).await;
    scene.desk.ways().change(way(&server), None).await.unwrap();
    let sheet = sample(&scene).await;
    let received = scene.desk.host().await.unwrap().submit(&handing(sheet)).await.unwrap();
    let id = received.request_id.parse().unwrap();
    scene.desk.close().await;
    drop(scene);
    let expected = || Expected::open(folder.path().join("data/expected.json")).unwrap();
    expected().note(id, &way(&server)).unwrap();

    let scene = Scene::open(folder.path()).await;
    let notices = scene.around.until_notices(1).await;
    assert_eq!(notices[0].shown, Shown::Results(id));
    scene.around.until(|_| expected().of(&way(&server)).is_empty().then_some(())).await;
    scene.desk.ways().change(Way::Here, None).await.unwrap();
    assert_eq!(scene.desk.settings().last_server, Some(server.address.clone()));
    scene.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_only_worked_with_where_it_lets_one_in() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("server");
    let server = Server::start(&data, "0", &[]);
    let scene = Scene::open(folder.path()).await;
    scene.desk.ways().change(way(&server), None).await.unwrap();
    let order = serde_json::from_value(serde_json::json!({"name": "me", "role": "admin"})).unwrap();
    let made = scene.desk.host().await.unwrap().add_key(order).await.unwrap();
    // From the first key on, everybody needs one.
    scene
        .around
        .until(|_| {
            let desk = scene.desk.clone();
            let listed = std::thread::spawn(move || {
                let asked = Listing { limit: 1, cursor: None };
                tauri::async_runtime::block_on(async move {
                    desk.host().await.unwrap().list(asked).await
                })
            });
            listed.join().unwrap().err()
        })
        .await;
    assert_eq!(scene.desk.ways().view().await.state, WayState::Refused);
    let sheet = scene.desk.offers().take_text("a.csv", "x").unwrap();
    let sheet = scene.desk.offers().sheet(&sheet.id).unwrap();
    let refusal = scene.desk.submit(handing(sheet)).await.unwrap_err();
    assert!(matches!(refusal, Refusal::Problem { problem } if problem.status == 401));

    let key = Some(Some(made.token.clone()));
    let refused = scene.desk.ways().change(way(&server), Some(Some("pxm_no".to_owned()))).await;
    assert!(refused.is_err());
    let view = scene.desk.ways().change(way(&server), key).await.unwrap();
    assert_eq!(view.state, WayState::Ok);
    // There is no keyring here, and that is told.
    assert!(view.why.unwrap().contains("forgotten when Pixmill ends"));
    assert_eq!(
        scene.desk.host().await.unwrap().session().await.unwrap().role.as_deref(),
        Some("admin")
    );
    assert!(scene.desk.settings().has_key);
    let kept = fs::read_to_string(folder.path().join("data/settings.json")).unwrap();
    assert!(!kept.contains(&made.token), "{kept}");

    for address in ["http://127.0.0.1:1", "ftp://x", ""] {
        let way = Way::Server { address: address.to_owned() };
        assert!(scene.desk.ways().change(way, None).await.is_err(), "{address}");
    }
    let here = scene.desk.ways().change(Way::Here, None).await.unwrap();
    assert_eq!((here.way, here.state), (Way::Here, WayState::Ok));
    scene.desk.close().await;
}
