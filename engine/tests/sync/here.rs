//! What others make comes to a computer, to be read only.

use mongodb::bson::doc;
use pixmill_engine::{Error, model::Again, sync::Deployment};

use crate::{
    house::picture,
    origin::Answer,
    scene::{Computer, Scene, assert_same, image, names, until_there},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_servers_and_other_computers_make_is_there_even_offline() {
    let Some(scene) = Scene::set().await else { return };
    let by_server = scene.server.submit(&scene.sheet(0..3)).await;
    scene.server.until_ended(by_server).await;
    let (one, other) = (scene.computer().await, scene.computer().await);
    let by_other = other.house.submit(&scene.sheet(4..6)).await;
    other.house.until_ended(by_other).await;
    for id in [by_server, by_other] {
        until_there(&one.house.engine, id, |view| view.status == "completed").await;
    }
    one.until_images(by_server, 3).await;
    one.until_images(by_other, 2).await;
    one.sync.set(None).await.unwrap();
    assert_same(&one.house.engine, &scene.server.engine, by_server).await;
    assert_same(&one.house.engine, &other.house.engine, by_other).await;
    assert_eq!(one.house.results(by_server).await, scene.server.results(by_server).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_server_works_on_moves_on_here_and_only_there() {
    let Some(scene) = Scene::set().await else { return };
    let gate = scene.gate(0);
    let computer = scene.computer().await;
    let id = scene.server.submit(&scene.sheet(0..2)).await;
    let engine = &computer.house.engine;
    until_there(engine, id, |view| view.progress.done == 1).await;
    assert!(matches!(engine.cancel(id).await, Err(Error::Elsewhere(_))));
    assert!(matches!(engine.retry(id, Again::All).await, Err(Error::Elsewhere(_))));
    assert!(matches!(engine.remove(id).await, Err(Error::Elsewhere(_))));
    gate.wait().await;
    until_there(engine, id, |view| view.status == "completed").await;
    assert_eq!(scene.origin.hits("/0.png"), 1, "only the server has asked for it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_newest_images_are_kept_and_others_are_fetched_when_they_are_looked_at() {
    let Some(scene) = Scene::set().await else { return };
    let mut ids = Vec::new();
    for n in 0..3 {
        let id = scene.server.submit(&scene.sheet([2 * n, 2 * n + 1])).await;
        ids.push((id, scene.server.until_ended(id).await.progress.bytes_out));
    }
    let kept_bytes = ids[1].1 + ids[2].1;
    let computer = Computer::alone().await;
    let all = Deployment { kept_bytes: u64::MAX, ..scene.deployment() };
    computer.sync.set(Some(all)).await.unwrap();
    for (id, _) in &ids {
        computer.until_images(*id, 2).await;
    }
    let few = Deployment { kept_bytes, ..scene.deployment() };
    computer.sync.set(Some(few)).await.unwrap();
    let (oldest, _) = ids[0];
    computer.until_images(oldest, 0).await;
    computer.until_images(ids[1].0, 2).await;

    let engine = &computer.house.engine;
    assert_eq!(computer.house.results(oldest).await, scene.server.results(oldest).await);
    let view = until_there(engine, oldest, |_| true).await;
    let name = &names(&view)[0];
    assert!(matches!(engine.image(oldest, name, None).await, Err(Error::NoImage(_))));
    let fetched = computer.image(oldest, name).await;
    assert!(fetched == image(&scene.server.engine, oldest, name).await);
    let held = computer.sync.fetch_images(oldest).await.unwrap();
    assert_same(engine, &scene.server.engine, oldest).await;
    // They make room for what is newer, but not while they are in use.
    let newest = scene.server.submit(&scene.sheet([7])).await;
    computer.until_images(newest, 1).await;
    computer.until_synced().await;
    assert_eq!(computer.house.images(oldest).len(), 2);
    drop(held);
    computer.until_images(oldest, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn images_that_were_made_in_a_later_round_come_as_well() {
    let Some(scene) = Scene::set().await else { return };
    let answers = [Answer::status(404), Answer::ok(picture(1))];
    scene.origin.serve("/1.png", answers);
    let id = scene.server.submit(&scene.sheet(0..2)).await;
    assert_eq!(scene.server.until_ended(id).await.status, "error");
    let computer = scene.computer().await;
    computer.until_images(id, 1).await;
    computer.until_synced().await;
    scene.server.engine.retry(id, Again::All).await.unwrap();
    computer.until_images(id, 2).await;
    // The last may be half written.
    computer.until_synced().await;
    assert_same(&computer.house.engine, &scene.server.engine, id).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_image_that_its_deployment_has_lost_keeps_none_of_the_others_away() {
    let Some(scene) = Scene::set().await else { return };
    let id = scene.server.submit(&scene.sheet(0..6)).await;
    scene.server.until_ended(id).await;
    let view = until_there(&scene.server.engine, id, |_| true).await;
    let name = doc! { "filename": { "$regex": format!("{}$", names(&view)[0]) } };
    let lost = scene.collection("gallery.files").await.delete_many(name).await.unwrap();
    assert_eq!(lost.deleted_count, 1);
    let computer = scene.computer().await;
    computer.until_images(id, 5).await;
    computer.sync.fetch_images(id).await.map(drop).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_fetched_is_not_taken_for_what_there_is_not() {
    let Some(scene) = Scene::set().await else { return };
    let id = scene.server.submit(&scene.sheet(0..2)).await;
    scene.server.until_ended(id).await;
    let computer = Computer::alone().await;
    let none = Deployment { kept_bytes: 0, ..scene.deployment() };
    computer.sync.set(Some(none.clone())).await.unwrap();
    until_there(&computer.house.engine, id, |view| view.status == "completed").await;
    computer.sync.set(None).await.unwrap();
    assert!(matches!(computer.sync.fetch_images(id).await.err(), Some(Error::Store(_))));
    computer.sync.set(Some(none)).await.unwrap();
    computer.until_synced().await;
    let held = computer.sync.fetch_images(id).await.unwrap();
    computer.sync.set(None).await.unwrap();
    // All are here, with or without a deployment.
    computer.sync.fetch_images(id).await.map(drop).unwrap();
    drop(held);
}
