//! Images with the same link and recipe, across batches, restarts and losses.

use std::{fs, sync::Arc};

use pixmill_engine::{
    StoreAt,
    model::RequestId,
    store::{Kind, Mongo, Store},
};
use tokio::sync::Barrier;

use super::{Answer, House, deployment::Deployment, picture, pictures, rows, sheet_of, until};

/// Waits until so many twins are kept.
async fn until_kept(store: &Mongo, count: u64) {
    until(async || store.count(Kind::Twin).await.unwrap() == count).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_occurs_more_than_once_is_kept_for_its_twins_and_only_while_it_may_be_needed() {
    let Some(deployment) = Deployment::shared() else { return };
    let database = deployment.fresh_database();
    let house = House::open_with(|config| {
        config.store = StoreAt::Mongo(database.parse().unwrap());
        config.work.batch_images = 2;
    })
    .await;
    let store = Mongo::open(&database.parse().unwrap()).await.unwrap();
    let origin = pictures(8).await;
    let gate = Arc::new(Barrier::new(2));
    origin.serve("/7.png", [Answer::ok(picture(7)).behind(&gate)]);
    let mut rows = rows(&origin, 8);
    // The first place of a link comes long before anybody can know of the second.
    rows.push(vec![origin.url("/0.png")]);
    let id = house.submit(&sheet_of(&rows)).await;
    house.until(id, |view| view.progress.done == 8).await;
    until_kept(&store, 1).await;
    assert_eq!(origin.hits("/0.png"), 1);
    gate.wait().await;
    assert_eq!(house.until_ended(id).await.status, "completed");
    until_kept(&store, 0).await;
}

/// The first picture twice, with one between them that never comes before the engine is opened
/// again.
async fn half_done(house: &House, origin: &super::Origin) -> RequestId {
    origin.serve("/1.png", [Answer::silent(), Answer::ok(picture(1))]);
    let [first, second] = [0, 1].map(|n| vec![origin.url(&format!("/{n}.png"))]);
    let id = house.submit(&sheet_of(&[first.clone(), second, first])).await;
    house.until(id, |view| view.progress.done == 1).await;
    until(async || origin.hits("/1.png") == 1).await;
    id
}

async fn one_at_a_time() -> House {
    House::open_with(|config| {
        config.work.batch_images = 1;
        config.work.batches_in_hand = 1;
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_twin_is_found_after_a_restart() {
    let (house, origin) = (one_at_a_time().await, pictures(1).await);
    let id = half_done(&house, &origin).await;
    let house = house.reopened_with(|config| config.work.reuse = None).await;
    assert_eq!(house.until_ended(id).await.status, "completed");
    assert_eq!((origin.hits("/0.png"), house.images(id).len()), (1, 3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_twin_whose_file_is_gone_is_made_anew() {
    let (house, origin) = (one_at_a_time().await, pictures(1).await);
    let id = half_done(&house, &origin).await;
    fs::remove_file(&house.images(id)[0]).unwrap();
    let house = house.reopened().await;
    assert_eq!(house.until_ended(id).await.status, "completed");
    assert_eq!((origin.hits("/0.png"), house.images(id).len()), (2, 2));
}
