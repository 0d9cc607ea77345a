//! Computers that share their requests by a database.

use pixmill_engine::{model::RequestId, wire::SyncState};
use tokio::time::sleep;

use super::{deployment::Deployment, *};
use crate::{
    refusal::Refusal,
    wire::{Listing, Said},
};

/// Waits until what is asked again and again is so.
async fn until<T>(mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let found = tokio::time::timeout(std::time::Duration::from_secs(60), async {
        loop {
            match ask().await {
                Some(found) => return found,
                None => sleep(std::time::Duration::from_millis(50)).await,
            }
        }
    });
    found.await.expect("it was to happen by now")
}

async fn listed(scene: &Scene) -> Vec<RequestId> {
    let asked = Listing { limit: 10, cursor: None };
    let list = scene.desk.host().await.unwrap().list(asked).await.unwrap();
    list.requests.iter().map(|view| view.request_id.parse().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_on_one_computer_is_seen_on_another_and_changed_only_there() {
    let Some(deployment) = Deployment::shared() else { return };
    let database = deployment.fresh_database();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let first = Scene::open(folders[0].path()).await;
    let offer = first.offer(sheet_of_files(&folders[0].path().join("shop"))).await;
    let Handed::Received { received } = first.submit(&offer).await else { panic!("it waits") };
    let id: RequestId = received.request_id.parse().unwrap();
    first.around.until_notices(1).await;
    let second = Scene::open(folders[1].path()).await;
    for scene in [&first, &second] {
        scene.desk.syncing().change(Some(database.clone())).await.unwrap();
        let shown = scene.desk.settings().sync.unwrap().address;
        assert!(shown.starts_with("mongodb://") && !shown.contains('?'), "{shown}");
    }
    let host = second.desk.host().await.unwrap();
    let copy = until(async || host.show(id).await.ok().filter(|view| !view.is_open())).await;
    assert!(copy.made_elsewhere && copy.status == "completed", "{copy:?}");
    assert!(!first.desk.host().await.unwrap().show(id).await.unwrap().made_elsewhere);
    let products = host.products(products_of(id)).await.unwrap().processed_data;
    let name = products[0].output_image_urls[0].as_ref().unwrap().rsplit('/').next().unwrap();
    let name = name.parse().unwrap();
    let here = first.desk.host().await.unwrap().rendition(id, &name).await.unwrap();
    assert_eq!(host.rendition(id, &name).await.unwrap(), here);
    second.desk.show_results(id).await.unwrap();
    let out = second.around.shown.lock().unwrap()[0].clone();
    assert!(out.join("shop.results.csv").is_file());

    for refused in [host.retry(id, None).await.map(drop), host.remove(id).await] {
        let Err(Refusal::Problem { problem }) = refused else { panic!("{refused:?}") };
        assert_eq!((problem.status, &*problem.code), (409, "made_elsewhere"));
    }
    // Nobody here is told of what others have done.
    assert_eq!(*second.around.notices.lock().unwrap(), []);
    first.desk.host().await.unwrap().remove(id).await.unwrap();
    until(async || listed(&second).await.is_empty().then_some(())).await;
    for scene in [&first, &second] {
        let is_idle =
            |said: &Said| matches!(said, Said::Sync(view) if view.state == SyncState::Idle);
        scene.around.until_said(is_idle).await;
        scene.desk.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_none_changes_nothing_and_is_not_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene::open(folder.path()).await;
    let refused = scene.desk.syncing().change(Some("http://me:secret@db.test".to_owned())).await;
    let words = refused.unwrap_err().words().to_owned();
    assert!(words.starts_with("address: ") && !words.contains("secret"), "{words}");
    assert_eq!(scene.desk.settings().sync, None);
    scene.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_holds_up_no_work() {
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene::open(folder.path()).await;
    // Nothing listens there.
    let away = "mongodb://me:secret@127.0.0.1:1/pixmill".to_owned();
    scene.desk.syncing().change(Some(away)).await.unwrap();
    let offer = scene.offer(sheet_of_files(&folder.path().join("shop"))).await;
    scene.submit(&offer).await;
    scene.around.until_notices(1).await;
    let is_away = |said: &Said| matches!(said, Said::Sync(view) if view.state == SyncState::Offline && view.waiting == 1);
    let Said::Sync(told) = scene.around.until_said(is_away).await else { panic!("it is not that") };
    assert!(!told.why.unwrap().contains("secret"));
    let kept = fs::read_to_string(folder.path().join("data/settings.json")).unwrap();
    assert!(kept.contains("127.0.0.1:1/pixmill") && !kept.contains("secret"), "{kept}");
    scene.desk.close().await;
}
