//! Where a deployment keeps its images.

use pixmill_engine::{GalleryAt, gallery::Layout, sync::Deployment, wire::SyncState};

use crate::{
    bucket,
    scene::{Computer, Scene, assert_same},
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
