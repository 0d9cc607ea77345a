//! What is deleted on one side is deleted on the other, and nothing else is.

use std::time::Duration;

use mongodb::bson::doc;
use tokio::time::{sleep, timeout};

use crate::{
    house::PATIENCE,
    scene::{Scene, until_gone, until_there},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_computer_deletes_goes_everywhere_with_its_images() {
    let Some(scene) = Scene::set().await else { return };
    let (one, other) = (scene.computer().await, scene.computer().await);
    let (goes, stays) =
        (one.house.submit(&scene.sheet(0..2)).await, one.house.submit(&scene.sheet(2..3)).await);
    for id in [goes, stays] {
        until_there(&other.house.engine, id, |view| view.status == "completed").await;
        other.until_images(id, if id == goes { 2 } else { 1 }).await;
    }
    // Offline, so that it is known by what is written down only.
    one.sync.set(None).await.unwrap();
    one.house.engine.remove(goes).await.unwrap();
    one.sync.set(Some(scene.deployment())).await.unwrap();
    until_gone(&scene.server.engine, goes).await;
    until_gone(&other.house.engine, goes).await;
    other.until_images(goes, 0).await;
    until_there(&other.house.engine, stays, |view| view.progress.done == 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_server_deletes_goes_from_the_computer_that_made_it_even_while_it_works() {
    let Some(scene) = Scene::set().await else { return };
    let gate = scene.gate(0);
    let (one, other) = (scene.computer().await, scene.computer().await);
    let id = one.house.submit(&scene.sheet(0..2)).await;
    for engine in [&scene.server.engine, &other.house.engine] {
        until_there(engine, id, |view| view.progress.done == 1).await;
    }
    scene.server.engine.remove(id).await.unwrap();
    until_gone(&one.house.engine, id).await;
    until_gone(&other.house.engine, id).await;
    one.until_synced().await;
    until_gone(&scene.server.engine, id).await;
    assert_eq!(one.house.images(id).len(), 0);
    drop(gate);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_merely_not_there_is_sent_again_and_never_deleted() {
    let Some(scene) = Scene::set().await else { return };
    let computer = scene.computer().await;
    let id = computer.house.submit(&scene.sheet(0..2)).await;
    until_there(&scene.server.engine, id, |view| view.status == "completed").await;
    computer.until_synced().await;
    // Another deployment has nothing.
    let Some(elsewhere) = Scene::set().await else { return };
    computer.sync.set(Some(elsewhere.deployment())).await.unwrap();
    until_there(&elsewhere.server.engine, id, |view| view.status == "completed").await;
    assert_eq!(computer.house.status(id).await.progress.done, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_earlier_deployment_hears_of_a_deletion_when_the_computer_comes_back() {
    let (Some(first), Some(second)) = (Scene::set().await, Scene::set().await) else { return };
    let computer = first.computer().await;
    let id = computer.house.submit(&first.sheet(0..1)).await;
    until_there(&first.server.engine, id, |view| view.status == "completed").await;
    computer.sync.set(Some(second.deployment())).await.unwrap();
    until_there(&second.server.engine, id, |view| view.status == "completed").await;
    computer.house.engine.remove(id).await.unwrap();
    until_gone(&second.server.engine, id).await;
    computer.until_synced().await;
    computer.sync.set(Some(first.deployment())).await.unwrap();
    until_gone(&first.server.engine, id).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_had_come_of_a_request_goes_when_that_is_deleted_before_the_rest_comes() {
    let Some(scene) = Scene::set().await else { return };
    // More than one batch, of which the last is not to be had.
    let id = scene.server.submit(&scene.sheet(0..6)).await;
    scene.server.until_ended(id).await;
    let batches = scene.collection("batches").await;
    let last = doc! { "_id": format!("{id}:00000001") };
    assert_eq!(batches.delete_one(last).await.unwrap().deleted_count, 1);
    let computer = scene.computer().await;
    computer.until(|view| !view.parked.is_empty()).await;
    let sheet = computer.house.path("pixmill/gallery/sheets").join(format!("{id}.csv"));
    assert!(sheet.exists());
    scene.server.engine.remove(id).await.unwrap();
    let gone = timeout(PATIENCE, async {
        while sheet.exists() {
            sleep(Duration::from_millis(20)).await;
        }
    });
    gone.await.unwrap();
    computer.until(|view| view.parked.is_empty()).await;
}
