//! What cannot be sent is put aside; who is refused waits.

use std::{collections::BTreeSet, fs, time::Duration};

use mongodb::bson::{Document, doc};
use pixmill_engine::{
    model::{Again, Sight},
    wire::{Limit, SyncState},
};
use tokio::time::timeout;

use crate::{
    deployment::{Database, program},
    house::House,
    origin::Answer,
    scene::{Computer, Scene, assert_same, deployment_at, until_there},
};

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_read_there_is_put_aside_and_the_others_go_on() {
    let Some(scene) = Scene::set().await else { return };
    let mut ids = Vec::new();
    for n in 0..4 {
        let id = scene.server.submit(&scene.sheet([n])).await;
        scene.server.until_ended(id).await;
        ids.push(id);
    }
    let (requests, batches) =
        (scene.collection("requests").await, scene.collection("batches").await);
    let spoil = doc! { "$set": { "body": {} }, "$inc": { "revision": 1 } };
    let mut whole = Vec::new();
    // A request, one that is no document of ours at all, and a batch.
    for (kind, id, spoil) in [
        (&requests, ids[1].to_string(), spoil.clone()),
        (&requests, ids[2].to_string(), doc! { "$unset": { "body": "", "revision": "" } }),
        (&batches, format!("{}:00000000", ids[3]), spoil),
    ] {
        let name = doc! { "_id": id };
        let before = kind.find_one_and_update(name.clone(), spoil).await.unwrap().unwrap();
        whole.push((kind, name, before));
    }
    let computer = scene.computer().await;
    let engine = &computer.house.engine;
    until_there(engine, ids[0], |view| view.status == "completed").await;
    let bad: BTreeSet<String> = ids[1..].iter().map(ToString::to_string).collect();
    let is_so = |view: &pixmill_engine::wire::SyncView| {
        let parked = view.parked.iter().map(|parked| parked.request_id.clone());
        view.state == SyncState::Idle && parked.collect::<BTreeSet<_>>() == bad
    };
    computer.until(is_so).await;
    let later = scene.server.submit(&scene.sheet([4])).await;
    until_there(engine, later, |view| view.status == "completed").await;
    computer.sync.set(None).await.unwrap();
    computer.sync.set(Some(scene.deployment())).await.unwrap();
    computer.until(is_so).await;

    for (kind, name, before) in whole {
        let mended = Document::from_iter(before.into_iter().map(|(field, value)| match &*field {
            "revision" => (field, 99_i64.into()),
            _ => (field, value),
        }));
        kind.replace_one(name, mended).await.unwrap();
    }
    computer.sync.retry_parked().await;
    for id in &ids {
        until_there(engine, *id, |view| view.status == "completed").await;
    }
    computer.until(|view| view.parked.is_empty()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_have_tried_again_comes_once_it_can() {
    let Some(scene) = Scene::set().await else { return };
    scene.origin.serve("/0.png", [Answer::status(404), Answer::ok(crate::house::picture(0))]);
    let id = scene.server.submit(&scene.sheet([0])).await;
    scene.server.until_ended(id).await;
    let computer = scene.computer().await;
    let engine = &computer.house.engine;
    until_there(engine, id, |view| view.status == "error").await;
    computer.until_synced().await;
    computer.sync.set(None).await.unwrap();
    scene.server.engine.retry(id, Again::All).await.unwrap();
    scene.server.until_ended(id).await;
    let batches = scene.collection("batches").await;
    let name = doc! { "_id": format!("{id}:00000000") };
    let batch = batches.find_one_and_delete(name).await.unwrap().unwrap();
    computer.sync.set(Some(scene.deployment())).await.unwrap();
    computer.until(|view| !view.parked.is_empty()).await;
    batches.insert_one(batch).await.unwrap();
    computer.sync.retry_parked().await;
    until_there(engine, id, |view| view.status == "completed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_holds_in_the_midst_of_what_is_sent() {
    let Some(scene) = Scene::set().await else { return };
    let computer = Computer::alone().await;
    for n in 0..12 {
        let id = computer.house.submit(&scene.sheet([n])).await;
        computer.house.until_ended(id).await;
    }
    let sent = async || {
        let limit: Limit = "100".parse().unwrap();
        scene.server.engine.list(Sight::All, None, limit).await.unwrap().requests.len()
    };
    computer.sync.set(Some(scene.deployment())).await.unwrap();
    while sent().await == 0 {
        tokio::task::yield_now().await;
    }
    computer.sync.pause().await;
    // One may have been on its way.
    let most = sent().await + 1;
    let goes_on = async {
        while sent().await <= most {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(most < 12 && timeout(Duration::from_secs(2), goes_on).await.is_err());
    assert_eq!(computer.sync.status().state, SyncState::Paused);
    computer.sync.resume().await;
    computer.until_synced().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_it_last_synced_is_known_after_a_restart_offline() {
    let Some(program) = program() else { return };
    let mut database = Database::start(program);
    let deployment = || {
        let uri = database.uri();
        deployment_at(format!("{uri}&serverSelectionTimeoutMS=500").parse().unwrap())
    };
    let deployment = deployment();
    let computer = Computer::alone().await;
    computer.sync.set(Some(deployment.clone())).await.unwrap();
    computer.until_synced().await;
    computer.sync.set(None).await.unwrap();
    database.kill();
    computer.sync.set(Some(deployment)).await.unwrap();
    let view = computer.until(|view| view.state == SyncState::Offline).await;
    assert!(view.last_synced_at.is_some());
}
