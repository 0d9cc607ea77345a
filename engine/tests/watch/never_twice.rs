//! The same content is never done twice.

use std::fs;

use pixmill_engine::{
    watch::{Folder, WatchError},
    wire::FolderState,
};

use crate::{Answer, Origin, Scene, file_sheet, names, picture, scene::LOOKS};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_content_is_only_moved_whatever_it_is_called() {
    let scene = Scene::begin().await;
    let sheet = file_sheet(["a.png"]);
    scene.write("a.csv", &sheet);
    // While the first is in hand, or just behind it.
    scene.write("b.csv", &sheet);
    scene.until_there("done/b.csv", true).await;
    scene.write("a.csv", &sheet);
    scene.until_there("done/a-2.csv", true).await;
    assert_eq!(scene.requests().await.len(), 1);
    assert_eq!(names(&scene.path("done")), ["a-2.csv", "a.csv", "b.csv"]);
    let there = ["a.images", "a.png", "a.results.csv", "done", "failed"];
    assert_eq!(names(&scene.path("")), there);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_content_of_the_same_name_writes_over_nothing() {
    let scene = Scene::begin().await;
    scene.write("shop.csv", file_sheet(["a.png"]));
    scene.until_ended(1, 0).await;
    let before = scene.read("shop.results.csv");
    scene.write("shop.csv", file_sheet(["a.png", "a.png"]));
    scene.until_ended(2, 0).await;
    assert_eq!(scene.read("shop.results.csv"), before);
    assert!(scene.read("shop-2.results.csv").contains(",shop-2.images/1-mug-1.webp\n"));
    assert_eq!(names(&scene.path("done")), ["shop-2.csv", "shop.csv"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sheet_whose_files_have_changed_is_another_one() {
    let scene = Scene::begin().await;
    scene.write("shop.csv", file_sheet(["a.png"]));
    scene.until_ended(1, 0).await;
    scene.write("a.png", [picture(2), vec![0; 9]].concat());
    scene.write("shop.csv", file_sheet(["a.png"]));
    scene.until_ended(2, 0).await;
    assert_eq!(scene.requests().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn our_own_results_are_never_taken() {
    let scene = Scene::begin().await;
    scene.write("shop.csv", file_sheet(["a.png"]));
    scene.until_ended(1, 0).await;
    // Nor where one folder's results come into another one.
    let second = Folder { looks: LOOKS, ..Folder::new(scene.beside("second")) };
    fs::create_dir(&second.path).unwrap();
    scene.watch.add(second).unwrap();
    fs::copy(scene.path("shop.results.csv"), scene.beside("second/shop.results.csv")).unwrap();
    scene.settle().await;
    assert_eq!(scene.requests().await.len(), 1);
    // Handed in under another name, it is a sheet as any other.
    fs::copy(scene.path("shop.results.csv"), scene.path("again.csv")).unwrap();
    scene.until_ended(2, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_failed_is_done_again_when_it_is_put_back() {
    let origin = Origin::start().await;
    origin.serve("/b.png", [Answer::status(404), Answer::ok(picture(1))]);
    let scene = Scene::begin().await;
    let sheet = file_sheet(["a.png", &origin.url("/b.png")]);
    scene.write("shop.csv", &sheet);
    scene.until_ended(0, 1).await;
    assert_eq!(names(&scene.path("failed")), ["shop.csv", "shop.faults.txt"]);
    let told = scene.read("failed/shop.faults.txt");
    assert!(told.starts_with("shop.csv: 1 of 2 images failed"), "{told}");
    assert!(told.contains(&format!("line 3: {}: HTTP 404", origin.url("/b.png"))), "{told}");
    assert!(scene.read("shop.results.csv").contains("shop.images/0-mug-1.webp,"));
    fs::rename(scene.path("failed/shop.csv"), scene.path("shop.csv")).unwrap();
    scene.until_ended(1, 1).await;
    assert_eq!(names(&scene.path("done")), ["shop-2.csv"]);
    assert_eq!(origin.hits("/b.png"), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_the_same_as_a_sheet_that_fails_is_moved_with_a_word_why() {
    let (origin, scene) = (Origin::start().await, Scene::begin().await);
    let gate = scene.hold(&["none.png"], &origin).await;
    scene.write("copy.csv", scene.read("shop.csv"));
    scene.settle().await;
    gate.wait().await;
    scene.until_ended(0, 2).await;
    let there = ["copy.csv", "copy.faults.txt", "shop.csv", "shop.faults.txt"];
    assert_eq!(names(&scene.path("failed")), there);
    assert_eq!(
        scene.read("failed/copy.faults.txt"),
        "copy.csv: it is the same as shop.csv, which has failed: see shop.faults.txt.\n"
    );
    assert_eq!(scene.requests().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn results_that_are_taken_away_are_there_again_when_their_sheet_is() {
    let scene = Scene::begin().await;
    for turn in 1..=3 {
        scene.write("shop.csv", file_sheet(["a.png"]));
        scene.until_ended(turn, 0).await;
        assert_eq!(names(&scene.path("shop.images")), ["0-mug-1.webp"]);
        let requests = scene.requests().await;
        assert_eq!(requests.len(), 1, "what is known is not done again");
        fs::remove_file(scene.path("shop.results.csv")).unwrap();
        fs::remove_dir_all(scene.path("shop.images")).unwrap();
        if turn == 2 {
            let id = requests[0].request_id.parse().unwrap();
            scene.house.engine.remove(id).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_is_the_same_however_it_is_spelled() {
    let scene = Scene::begin().await;
    scene.write("shop.csv", file_sheet(["a.png"]));
    scene.until_ended(1, 0).await;
    for spelled in ["", ".", "../in", "done/../"] {
        scene.watch.remove(&scene.path("")).unwrap();
        scene.watch.add(Folder { looks: LOOKS, ..Folder::new(scene.path(spelled)) }).unwrap();
        scene.write("shop.csv", file_sheet(["a.png"]));
        scene.until_there("shop.csv", false).await;
    }
    assert_eq!(names(&scene.path("done")).len(), 5);
    assert_eq!(scene.requests().await.len(), 1);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_to_a_watched_folder_is_not_watched_as_well() {
    let scene = Scene::begin().await;
    scene.until(|view| view.state == FolderState::Waiting).await;
    scene.write("shop.csv", file_sheet(["a.png"]));
    scene.until_ended(1, 0).await;
    std::os::unix::fs::symlink(scene.path(""), scene.beside("link")).unwrap();
    // Whether it is one cannot be told before the drive has answered.
    scene.watch.add(Folder { looks: LOOKS, ..Folder::new(scene.beside("link")) }).unwrap();
    let link = || scene.watch.list().remove(1);
    scene.until(|_| link().state == FolderState::Unreachable).await;
    assert!(link().why.is_some_and(|why| why.ends_with("is watched already")));
    // It takes over when it is the only one.
    scene.watch.remove(&scene.path("")).unwrap();
    scene.write("other.csv", file_sheet(["a.png"; 2]));
    scene.until_ended(1, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_is_watched_once_and_none_that_sheets_are_moved_to() {
    let scene = Scene::begin().await;
    let add = |name: &str| scene.watch.add(Folder::new(scene.path(name)));
    assert!(matches!(add("."), Err(WatchError::AlreadyWatched(_))));
    assert!(matches!(add("done"), Err(WatchError::Output(_))));
    assert!(matches!(add("failed/more"), Err(WatchError::Output(_))));
    let into =
        Folder { destination: Some(scene.beside("x/done")), ..Folder::new(scene.beside("x")) };
    assert!(matches!(scene.watch.add(into), Err(WatchError::Output(_))));
    assert!(matches!(scene.watch.remove(&scene.beside("x")), Err(WatchError::NotWatched(_))));
    scene.watch.remove(&scene.path("")).unwrap();
    assert_eq!(scene.watch.list(), []);
    add("").unwrap();
}
