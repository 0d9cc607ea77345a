//! What a restart finds.

use std::fs;

use pixmill_engine::wire::FolderState;

use crate::{Answer, Origin, Scene, file_sheet, names, picture};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sheets_that_came_meanwhile_are_found() {
    let scene = Scene::begin().await;
    scene.write("one.csv", file_sheet(["a.png"]));
    scene.until_ended(1, 0).await;
    let scene = scene
        .restarted(|folder| {
            fs::write(folder.join("two.csv"), file_sheet(["a.png"; 2])).unwrap();
            fs::write(folder.join("one again.csv"), file_sheet(["a.png"])).unwrap();
        })
        .await;
    scene.until_ended(1, 0).await;
    scene.until_there("one again.csv", false).await;
    assert_eq!(scene.requests().await.len(), 2);
    assert_eq!(names(&scene.path("done")), ["one again.csv", "one.csv", "two.csv"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_in_hand_goes_on() {
    for is_there in [true, false] {
        let origin = Origin::start().await;
        origin.serve("/b.png", [Answer::silent(), Answer::ok(picture(1))]);
        let scene = Scene::begin().await;
        scene.write("shop.csv", file_sheet(["a.png", &origin.url("/b.png")]));
        scene.until(|view| view.working == 1).await;
        let scene = scene
            .restarted(|folder| {
                if !is_there {
                    fs::remove_file(folder.join("shop.csv")).unwrap();
                }
            })
            .await;
        scene.until_there("shop.results.csv", true).await;
        scene.until_there("shop.csv", false).await;
        scene.until(|view| view.working == 0 && view.waiting == 0).await;
        assert_eq!(scene.requests().await.len(), 1);
        let moved: &[&str] = if is_there { &["shop.csv"] } else { &[] };
        assert_eq!(names(&scene.path("done")), moved);
        assert_eq!(names(&scene.path("shop.images")).len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_failed_while_its_sheet_was_away_is_done_again_when_it_is_put_back() {
    let origin = Origin::start().await;
    origin.serve("/b.png", [Answer::silent(), Answer::status(404), Answer::ok(picture(1))]);
    let scene = Scene::begin().await;
    scene.write("shop.csv", file_sheet([origin.url("/b.png").as_str()]));
    scene.until(|view| view.working == 1).await;
    let elsewhere = scene.beside("elsewhere.csv");
    let scene =
        scene.restarted(|folder| fs::rename(folder.join("shop.csv"), &elsewhere).unwrap()).await;
    scene.until_there("failed/shop.faults.txt", true).await;
    scene.until(|view| view.working == 0).await;
    fs::rename(&elsewhere, scene.path("shop.csv")).unwrap();
    scene.until_ended(1, 0).await;
    assert_eq!((scene.requests().await.len(), origin.hits("/b.png")), (2, 3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sheet_that_a_crash_kept_from_being_moved_is_only_moved() {
    let scene = Scene::begin().await;
    scene.write("shop.csv", file_sheet(["a.png"]));
    scene.until_ended(1, 0).await;
    let scene = scene
        .restarted(|folder| {
            // As it was before the move, which the file system may have lost.
            fs::rename(folder.join("done/shop.csv"), folder.join("shop.csv")).unwrap();
        })
        .await;
    scene.until_there("done/shop.csv", true).await;
    assert_eq!(scene.requests().await.len(), 1);
    assert_eq!(
        names(&scene.path("")),
        ["a.png", "done", "failed", "shop.images", "shop.results.csv"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_written_and_not_moved_is_moved_after_a_crash_and_not_done_again() {
    let (origin, scene) = (Origin::start().await, Scene::begin().await);
    let gate = scene.hold(&["a.png"], &origin).await;
    // Results can be written, and the sheet cannot be moved.
    fs::remove_dir(scene.path("done")).unwrap();
    scene.write("done", "in the way");
    gate.wait().await;
    scene.until_there("shop.results.csv", true).await;
    scene.until(|view| view.state == FolderState::ReadOnly).await;
    let scene = scene.restarted(|folder| fs::remove_file(folder.join("done")).unwrap()).await;
    scene.until_ended(1, 0).await;
    assert_eq!(names(&scene.path("done")), ["shop.csv"]);
    assert_eq!((scene.requests().await.len(), origin.hits("/b.png")), (1, 1));
}
