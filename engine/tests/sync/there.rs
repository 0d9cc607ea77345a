//! What is made on a computer appears in the deployment.

use pixmill_engine::{Error, Upload, model::Again, sheet::Links, wire::SyncState};

use crate::house::{House, picture};
use crate::scene::{Computer, Scene, assert_same, until_there};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_made_offline_is_sent_and_shown_with_its_images() {
    let Some(scene) = Scene::set().await else { return };
    let computer = Computer::alone().await;
    let id = computer.house.submit(&scene.sheet(0..6)).await;
    computer.house.until_ended(id).await;
    assert_eq!(computer.sync.status().state, SyncState::Off);

    computer.sync.set(Some(scene.deployment())).await.unwrap();
    let synced = computer.until_synced().await;
    assert_eq!((synced.waiting, synced.waiting_bytes, synced.parked), (0, 0, vec![]));
    let shown = until_there(&scene.server.engine, id, |view| view.status == "completed").await;
    assert_eq!(shown.progress.done, 6);
    assert_same(&computer.house.engine, &scene.server.engine, id).await;
    assert_eq!(scene.server.results(id).await, computer.house.results(id).await);
    assert!(scene.server.engine.show(id).await.unwrap().made_elsewhere);
    assert!(!computer.house.engine.show(id).await.unwrap().made_elsewhere);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_being_worked_on_is_shown_as_it_moves_on() {
    let Some(scene) = Scene::set().await else { return };
    let gate = scene.gate(0);
    let computer = scene.computer().await;
    let id = computer.house.submit(&scene.sheet(0..3)).await;
    let open = until_there(&scene.server.engine, id, |view| view.progress.done == 2).await;
    assert_eq!(open.status, "processing");
    gate.wait().await;
    let ended = until_there(&scene.server.engine, id, |view| view.status == "completed").await;
    assert_eq!(ended.progress.done, 3);
    assert_same(&computer.house.engine, &scene.server.engine, id).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_there_works_on_it_or_changes_it() {
    let Some(scene) = Scene::set().await else { return };
    let gate = scene.gate(0);
    let computer = scene.computer().await;
    let id = computer.house.submit(&scene.sheet(0..2)).await;
    let server = &scene.server.engine;
    until_there(server, id, |view| view.progress.done == 1).await;
    assert!(matches!(server.cancel(id).await, Err(Error::Elsewhere(refused)) if refused == id));
    assert!(matches!(server.retry(id, Again::All).await, Err(Error::Elsewhere(_))));
    // The server has worked on what came later.
    let own = scene.server.submit(&scene.sheet(4..5)).await;
    scene.server.until_ended(own).await;
    assert_eq!(scene.origin.hits("/0.png"), 1, "only the computer has asked for it");
    gate.wait().await;
    computer.house.until_ended(id).await;
    until_there(server, id, |view| view.status == "completed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sheet_that_names_files_is_sent_without_the_folder_that_they_lie_in() {
    let Some(scene) = Scene::set().await else { return };
    let house = House::open_with(|config| config.sheet.links = Links::WebAndFiles).await;
    let computer = Computer::of(house);
    let folder = computer.house.path("photos");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("mug.png"), picture(1)).unwrap();
    let sheet = "S. No.,Product Name,Input Image Urls\n1,Mug,mug.png\n";
    let upload = Upload { folder: Some(folder), ..computer.house.upload(sheet) };
    let id = computer.house.engine.submit(upload).await.unwrap().id;
    computer.house.until_ended(id).await;
    computer.sync.set(Some(scene.deployment())).await.unwrap();
    until_there(&scene.server.engine, id, |view| view.status == "completed").await;
    assert_same(&computer.house.engine, &scene.server.engine, id).await;
    assert_eq!(scene.server.results(id).await, computer.house.results(id).await);
    // There is no folder there that it could be fetched from again.
    assert!(scene.server.engine.source(id, 0, 0).await.is_err());
    assert!(computer.house.engine.source(id, 0, 0).await.is_ok());
}
