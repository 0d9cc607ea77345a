//! The engine of this computer.

use std::fs;

use pixmill_engine::model::Recipe;

use super::*;
use crate::{
    around::Shown,
    expected::Expected,
    files::folder_of,
    wire::{OfRequest, Said, Way},
};

#[tokio::test(flavor = "multi_thread")]
async fn results_lie_where_people_look_for_them_and_sources_are_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene::open(folder.path()).await;
    let offer = scene.offer(sheet_of_files(&folder.path().join("shop"))).await;
    let checked = scene.desk.host().await.unwrap();
    let sheet = scene.desk.offers().sheet(&offer.id).unwrap();
    assert_eq!(checked.check(&sheet).await.unwrap().images, 1);
    let Handed::Received { received } = scene.submit(&offer).await else { panic!("it waits") };
    let notices = scene.around.until_notices(1).await;
    let id = received.request_id.parse().unwrap();
    assert_eq!(notices[0].shown, Shown::Results(id));
    assert_eq!(notices[0].title, "shop.csv");

    let out = folder_of(&folder.path().join("Documents/Pixmill"), Some("shop.csv"), id);
    let results = fs::read_to_string(out.join("shop.results.csv")).unwrap();
    let link = results.lines().nth(1).unwrap().rsplit(',').next().unwrap();
    assert!(fs::read(out.join(link)).unwrap().starts_with(b"RIFF"), "{link}");
    assert_eq!(fs::read(folder.path().join("shop/caps.jpg")).unwrap(), PHOTO);

    let products =
        scene.desk.host().await.unwrap().products(products_of(id)).await.unwrap().processed_data;
    let shown = products[0].output_image_urls[0].clone().unwrap();
    let name = shown.strip_prefix(&format!("{}rendition/{id}/", scheme::base())).unwrap();
    let bytes =
        scene.desk.host().await.unwrap().rendition(id, &name.parse().unwrap()).await.unwrap();
    assert!(bytes.starts_with(b"RIFF"));
    let source = scene.desk.host().await.unwrap().source(id, 0, 0).await.unwrap();
    assert_eq!(source, PHOTO);

    scene.desk.show_results(id).await.unwrap();
    assert_eq!(*scene.around.shown.lock().unwrap(), [out]);
    scene.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sheet_that_was_pasted_names_no_files_of_this_computer() {
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene::open(folder.path()).await;
    let path = sheet_of_files(&folder.path().join("shop"));
    let pasted = fs::read_to_string(path).unwrap();
    let offer = scene.desk.offers().take_text("shop.csv", &pasted).unwrap();
    let sheet = scene.desk.offers().sheet(&offer.id).unwrap();
    let host = scene.desk.host().await.unwrap();
    assert_eq!(host.check(&sheet).await.unwrap().faults.len(), 1);
    let refusal = scene.desk.submit(handing(sheet)).await.unwrap_err();
    let crate::refusal::Refusal::Problem { problem } = refusal else { panic!("{refusal:?}") };
    assert_eq!((problem.status, problem.code.as_str()), (422, "sheet_refused"));
    assert_eq!(problem.faults.unwrap().len(), 1);
    scene.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_while_the_app_was_off_is_put_out_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene::open(folder.path()).await;
    let offer = scene.offer(sheet_of_files(&folder.path().join("shop"))).await;
    let sheet = scene.desk.offers().sheet(&offer.id).unwrap();
    // The app ends between handing the sheet in and putting its results out.
    let received = scene.desk.host().await.unwrap().submit(&handing(sheet)).await.unwrap();
    let id = received.request_id.parse().unwrap();
    Expected::open(folder.path().join("data/expected.json")).unwrap().note(id, &Way::Here).unwrap();
    scene.desk.close().await;
    drop(scene);

    let scene = Scene::open(folder.path()).await;
    scene.around.until_notices(1).await;
    let out = folder_of(&folder.path().join("Documents/Pixmill"), Some("shop.csv"), id);
    assert!(out.join("shop.results.csv").is_file());
    let expected = || Expected::open(folder.path().join("data/expected.json")).unwrap();
    scene.around.until(|_| expected().of(&Way::Here).is_empty().then_some(())).await;
    scene.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_watched_until_it_is_taken_away_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let watched = folder.path().join("watched");
    fs::create_dir(&watched).unwrap();
    let scene = Scene::open(folder.path()).await;
    assert!(!scene.desk.is_busy());
    let set = scene.desk.folders().add(watched.clone(), None, Recipe::default()).unwrap();
    assert!(set.beside && scene.desk.is_busy());
    assert!(scene.desk.folders().add(watched.clone(), None, Recipe::default()).is_err());
    scene.desk.folders().pause(&set.id, true).unwrap();
    scene.desk.close().await;
    drop(scene);

    let scene = Scene::open(folder.path()).await;
    let folders = scene.desk.folders();
    assert_eq!(serde_json::json!(folders.list()[0].status.state), "paused");
    folders.pause(&set.id, false).unwrap();
    sheet_of_files(&watched);
    let notices = scene.around.until_notices(1).await;
    assert_eq!((&*notices[0].title, &*notices[0].body), ("watched", "1 sheet done."));
    assert!(watched.join("shop.results.csv").is_file());
    scene.around.until_said(|said| matches!(said, Said::WatchedSheet(_))).await;
    let request = folders.sheets()[0].request_id.clone().unwrap();
    assert_eq!(folders.results_of(&request), Some(watched.clone()));

    folders.remove(&set.id).unwrap();
    assert!(folders.list().is_empty() && folders.pause(&set.id, true).is_err());
    scene.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_open_elsewhere_is_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene::open(folder.path()).await;
    let again = Desk::open(places(folder.path()), scene.around.clone()).await;
    let why = again.err().expect("it is open already").to_string();
    assert!(why.contains("process"), "{why}");
    scene.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_needs_no_network() {
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene::open(folder.path()).await;
    let host = scene.desk.host().await.unwrap();
    let offer = scene.desk.offer_sample().await.unwrap();
    let sheet = scene.desk.offers().sheet(&offer.id).unwrap();
    let checked = host.check(&sheet).await.unwrap();
    assert!(checked.faults.is_empty() && checked.images >= 10, "{checked:?}");
    scene.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn results_that_cannot_be_written_are_told_of_and_written_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene::open(folder.path()).await;
    // Something lies where their folder belongs.
    let documents = folder.path().join("Documents");
    fs::write(&documents, "").unwrap();
    let offer = scene.offer(sheet_of_files(&folder.path().join("shop"))).await;
    scene.submit(&offer).await;
    let notices = scene.around.until_notices(1).await;
    assert!(notices[0].body.contains("its results are not written: "), "{}", notices[0].body);
    scene.desk.close().await;
    drop(scene);

    fs::remove_file(&documents).unwrap();
    let scene = Scene::open(folder.path()).await;
    let notices = scene.around.until_notices(1).await;
    assert!(notices[0].body.ends_with("smaller."), "{}", notices[0].body);
    assert_eq!(fs::read_dir(documents.join("Pixmill")).unwrap().count(), 1);
    scene.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_is_told_beside_what_can() {
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene::open(folder.path()).await;
    let sheet = sheet_of_files(&folder.path().join("shop"));
    let offers = scene.desk.take(vec![folder.path().join("gone.csv"), sheet]).await;
    assert_eq!(offers.iter().map(|offer| &*offer.name).collect::<Vec<_>>(), ["shop.csv"]);
    let said = scene.around.until_said(|said| matches!(said, Said::LeftOut(_))).await;
    let Said::LeftOut(left_out) = said else { panic!("{said:?}") };
    assert!(left_out.len() == 1 && left_out[0].contains("gone.csv was left out: "), "{left_out:?}");
    scene.desk.close().await;
}

/// What the page sends for a request.
#[test]
fn what_is_no_id_is_not_taken_for_one() {
    let asked =
        |id: &str| serde_json::from_value::<OfRequest>(serde_json::json!({"requestId": id}));
    assert!(asked("01890a5d-ac96-774b-bcce-b302099a8057").is_ok());
    assert!(asked("../../etc").is_err());
}
