//! Where a deployment keeps its images.

use mongodb::{
    Client,
    bson::{Document, doc},
};
use pixmill_engine::{GalleryAt, gallery::Layout, sync::Deployment, wire::SyncState};

use crate::{
    bucket, deployment,
    scene::{Computer, Scene, assert_same, deployment_at, until_there},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn images_go_to_the_bucket_of_the_servers() {
    let Some((url, options)) = bucket::fresh().await else { return };
    let at = GalleryAt::S3 { url, options: options.clone() };
    let Some(scene) = Scene::set_with(|_| at).await else { return };
    let computer = Computer::alone().await;
    let id = computer.house.submit(&scene.sheet(0..3)).await;
    computer.house.until_ended(id).await;

    // Without a key to it nothing is sent anywhere.
    computer.sync.set(Some(scene.deployment())).await.unwrap();
    let refused = computer.until(|view| view.state == SyncState::Refused).await;
    let why = refused.why.unwrap();
    assert!(why.contains("s3://") && why.contains("AWS_ACCESS_KEY_ID"), "{why}");

    let deployment = Deployment { s3: options, ..scene.deployment() };
    computer.sync.set(Some(deployment)).await.unwrap();
    computer.until_synced().await;
    assert_same(&computer.house.engine, &scene.server.engine, id).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_of_the_servers_is_none_of_this_computer() {
    let at = |folder| GalleryAt::Folder { path: folder, layout: Layout::default() };
    let Some(scene) = Scene::set_with(at).await else { return };
    let computer = scene.computer().await;
    let refused = computer.until(|view| view.state == SyncState::Refused).await;
    assert!(refused.why.unwrap().contains("in the database or in S3"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_computer_follows_the_servers_to_another_gallery() {
    let Some((url, options)) = bucket::fresh().await else { return };
    let Some(scene) = Scene::set().await else { return };
    let computer = Computer::alone().await;
    let deployment = Deployment { s3: options.clone(), ..scene.deployment() };
    computer.sync.set(Some(deployment)).await.unwrap();
    computer.until_synced().await;
    let sheet = scene.sheet(0..3);
    let at = GalleryAt::S3 { url, options };
    let server = scene.server.reopened_with(|config| config.gallery = at).await;
    // A round that begins from now on sees it.
    computer.until_synced().await;
    computer.until_synced().await;
    let id = computer.house.submit(&sheet).await;
    until_there(&server.engine, id, |view| view.status == "completed").await;
    assert_same(&computer.house.engine, &server.engine, id).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_computer_notes_where_images_are_kept() {
    let Some(shared) = deployment::Deployment::shared() else { return };
    let database = shared.fresh_database();
    let computer = Computer::alone().await;
    computer.sync.set(Some(deployment_at(database.parse().unwrap()))).await.unwrap();
    computer.until_synced().await;
    let client = Client::with_uri_str(&database).await.unwrap();
    let meta = client.default_database().unwrap().collection::<Document>("meta");
    let noted = meta.find_one(doc! { "_id": "gallery" }).await.unwrap().unwrap();
    assert_eq!(noted.get_document("body").unwrap().get_str("value").unwrap(), "gridfs");
}
