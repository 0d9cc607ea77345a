//! What is deleted on one side is deleted on the other, and nothing else is.

use crate::scene::{Scene, until_gone, until_there};

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
