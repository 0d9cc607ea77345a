//! What cannot be sent is put aside; who is refused waits.

use std::fs;

use pixmill_engine::wire::SyncState;

use crate::house::House;
use crate::scene::{Computer, Scene, assert_same, until_there};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_cannot_be_sent_is_put_aside_and_the_others_go_on() {
    let Some(scene) = Scene::set().await else { return };
    let computer = Computer::alone().await;
    let bad = computer.house.submit(&scene.sheet(0..2)).await;
    computer.house.until_ended(bad).await;
    let good = computer.house.submit(&scene.sheet(2..4)).await;
    computer.house.until_ended(good).await;
    let image = computer.house.images(bad).remove(0);
    let aside = computer.house.path("aside");
    fs::rename(&image, &aside).unwrap();

    computer.sync.set(Some(scene.deployment())).await.unwrap();
    until_there(&scene.server.engine, good, |view| view.status == "completed").await;
    let view = computer.until(|view| !view.parked.is_empty() && view.waiting == 0).await;
    let parked = &view.parked[0];
    assert_eq!(parked.request_id, bad.to_string());
    assert_eq!(parked.file_name.as_deref(), Some("products.csv"));
    let name = image.file_name().unwrap().to_str().unwrap();
    assert!(parked.why.contains(name), "{}", parked.why);
    assert!(scene.server.engine.show(bad).await.is_err());

    // It stays aside after a restart, and goes on when somebody says so.
    computer.sync.set(None).await.unwrap();
    computer.sync.set(Some(scene.deployment())).await.unwrap();
    let again = computer.until(|view| view.state == SyncState::Idle).await;
    assert_eq!(again.parked, view.parked);
    fs::rename(&aside, &image).unwrap();
    computer.sync.retry_parked().await;
    computer.until(|view| view.parked.is_empty() && view.waiting == 0).await;
    assert_same(&computer.house.engine, &scene.server.engine, bad).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_sent_while_it_is_paused() {
    let Some(scene) = Scene::set().await else { return };
    let computer = scene.computer().await;
    computer.until(|view| view.state == SyncState::Idle).await;
    computer.sync.pause().await;
    let id = computer.house.submit(&scene.sheet(0..1)).await;
    computer.house.until_ended(id).await;
    assert_eq!(computer.sync.status().state, SyncState::Paused);
    assert!(scene.server.engine.show(id).await.is_err());
    computer.sync.resume().await;
    until_there(&scene.server.engine, id, |view| view.status == "completed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deployment_that_is_away_is_tried_again_and_says_what_waits() {
    let Some(scene) = Scene::set().await else { return };
    let computer = Computer::alone().await;
    let id = computer.house.submit(&scene.sheet(0..1)).await;
    computer.house.until_ended(id).await;
    let nowhere = "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=100".parse().unwrap();
    let away = pixmill_engine::sync::Deployment { database: nowhere, ..scene.deployment() };
    computer.sync.set(Some(away)).await.unwrap();
    let view = computer.until(|view| view.state == SyncState::Offline).await;
    assert_eq!((view.waiting, view.waiting_bytes > 0), (1, true));
    assert!(view.why.is_some_and(|why| why.contains("127.0.0.1:9")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_database_does_not_take_is_put_aside_and_the_others_go_on() {
    let Some(scene) = Scene::set().await else { return };
    // More than MongoDB takes in one document, and no more than this computer's store does.
    let house = House::open_with(|config| config.work.batch_images = 100).await;
    let computer = Computer::of(house);
    let name = "Mug".repeat(80_000);
    let link = scene.origin.url("/0.png");
    let rows = (0..80).map(|n| format!("{n},{name},{link}\n")).collect::<String>();
    let bad = computer.house.submit(&format!("S. No.,Product Name,Input Image Urls\n{rows}")).await;
    computer.house.until_ended(bad).await;
    let good = computer.house.submit(&scene.sheet(2..4)).await;
    computer.house.until_ended(good).await;
    computer.sync.set(Some(scene.deployment())).await.unwrap();
    until_there(&scene.server.engine, good, |view| view.status == "completed").await;
    let view = computer.until(|view| !view.parked.is_empty() && view.waiting == 0).await;
    assert_eq!(view.parked[0].request_id, bad.to_string());
    assert!(scene.server.engine.show(bad).await.is_err());
    assert_eq!(computer.house.status(bad).await.progress.done, 80);
}
