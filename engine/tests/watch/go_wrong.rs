//! What goes wrong with sheets and folders.

use std::fs;

use pixmill_engine::wire::FolderState;

use crate::{Answer, Origin, Scene, file_sheet, names, picture};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sheet_with_faults_is_moved_with_a_list_of_them() {
    let scene = Scene::begin().await;
    scene.write("shop.csv", file_sheet(["a.png", "ftp://a/b.png", "../secret.png", "/etc/passwd"]));
    scene.until_ended(0, 1).await;
    assert_eq!(names(&scene.path("failed")), ["shop.csv", "shop.faults.txt"]);
    let told = scene.read("failed/shop.faults.txt");
    assert!(told.starts_with("shop.csv was refused: nothing has been done.\n\n"), "{told}");
    assert!(told.contains("line 3, Input Image Urls: `ftp://a/b.png` "), "{told}");
    assert_eq!(told.matches("[file_outside]").count(), 2, "{told}");
    assert_eq!(scene.requests().await, []);
    // Whoever may read the sheet may read what is wrong with it.
    let rights = |name: &str| fs::metadata(scene.path(name)).unwrap().permissions();
    assert_eq!(rights("failed/shop.faults.txt"), rights("failed/shop.csv"));
    // An empty one is waited for longer, and then it is a fault too.
    scene.write("empty.csv", "");
    scene.until_ended(0, 2).await;
    assert!(scene.read("failed/empty.faults.txt").contains("[empty_file]"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_is_away_is_told_of_and_comes_back_by_itself() {
    let scene = Scene::begin().await;
    scene.write("one.csv", file_sheet(["a.png"]));
    scene.until_ended(1, 0).await;
    for n in 2..5 {
        fs::rename(scene.path(""), scene.beside("away")).unwrap();
        let view = scene.until(|view| view.state == FolderState::Unreachable).await;
        assert!(view.why.is_some());
        fs::rename(scene.beside("away"), scene.path("")).unwrap();
        scene.write(&format!("{n}.csv"), file_sheet(vec!["a.png"; n]));
        scene.until_ended(n as u64, 0).await;
    }
    // Another folder in its place.
    fs::remove_dir_all(scene.path("")).unwrap();
    scene.until(|view| view.state == FolderState::Unreachable).await;
    fs::create_dir(scene.path("")).unwrap();
    scene.write("a.png", picture(1));
    scene.write("five.csv", file_sheet(["a.png"; 5]));
    scene.until_ended(5, 0).await;
    assert_eq!(names(&scene.path("done")), ["five.csv"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_goes_while_its_sheet_is_in_hand_gets_its_results_when_it_is_back() {
    let (origin, scene) = (Origin::start().await, Scene::begin().await);
    let gate = scene.hold(&[], &origin).await;
    fs::rename(scene.path(""), scene.beside("away")).unwrap();
    scene.until(|view| view.state == FolderState::Unreachable).await;
    gate.wait().await;
    let id = scene.requests().await[0].request_id.parse().unwrap();
    scene.house.until_ended(id).await;
    scene.settle().await;
    fs::rename(scene.beside("away"), scene.path("")).unwrap();
    scene.until_ended(1, 0).await;
    assert_eq!(names(&scene.path("done")), ["shop.csv"]);
    assert!(scene.path("shop.images/0-mug-1.webp").is_file());
    assert_eq!(scene.requests().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_could_not_be_read_while_their_folder_was_away_are_read_when_it_is_back() {
    let (origin, scene) = (Origin::start().await, Scene::begin().await);
    let gate = scene.hold(&["late.png"], &origin).await;
    fs::rename(scene.path(""), scene.beside("away")).unwrap();
    scene.until(|view| view.state == FolderState::Unreachable).await;
    gate.wait().await;
    let id = scene.requests().await[0].request_id.parse().unwrap();
    let ended = scene.house.until_ended(id).await;
    assert_eq!(ended.error_message.as_deref(), Some("1 of 2 images failed: 1x file not readable"));
    scene.settle().await;
    assert_eq!(scene.view().state, FolderState::Unreachable, "nothing is put where it was");
    fs::write(scene.beside("away/late.png"), picture(2)).unwrap();
    fs::rename(scene.beside("away"), scene.path("")).unwrap();
    scene.until_ended(1, 0).await;
    assert_eq!(names(&scene.path("done")), ["shop.csv"]);
    assert_eq!(names(&scene.path("shop.images")), ["0-mug-1.webp", "1-mug-1.webp"]);
    assert_eq!((scene.requests().await.len(), origin.hits("/b.png")), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_cannot_be_written_is_told_of_and_goes_on_by_itself() {
    let scene = Scene::with(|folder| {
        // Even whoever may write everywhere cannot make a folder where a file is.
        fs::write(folder.path.join("done"), "in the way").unwrap();
    })
    .await;
    let view = scene.until(|view| view.state == FolderState::ReadOnly).await;
    assert!(view.why.as_ref().is_some_and(|why| why.contains("done")), "{view:?}");
    scene.write("shop.csv", file_sheet(["a.png"]));
    scene.until(|view| view.waiting == 1).await;
    scene.settle().await;
    assert_eq!(scene.requests().await, [], "nothing is begun that could not be ended");
    fs::remove_file(scene.path("done")).unwrap();
    scene.until_ended(1, 0).await;
    assert_eq!(names(&scene.path("done")), ["shop.csv"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn results_that_cannot_be_written_are_written_when_they_can() {
    let (origin, scene) = (Origin::start().await, Scene::begin().await);
    let gate = scene.hold(&[], &origin).await;
    scene.write("shop.images", "in the way");
    gate.wait().await;
    let view = scene.until(|view| view.state == FolderState::ReadOnly).await;
    assert!(view.why.is_some_and(|why| why.contains("make a folder")));
    assert!(scene.path("shop.csv").is_file());
    fs::remove_file(scene.path("shop.images")).unwrap();
    scene.until_ended(1, 0).await;
    assert_eq!(names(&scene.path("done")), ["shop.csv"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sheet_that_changes_in_hand_is_not_moved_but_taken_again() {
    let (origin, scene) = (Origin::start().await, Scene::begin().await);
    let gate = scene.hold(&[], &origin).await;
    scene.write("shop.csv", file_sheet(["a.png", "a.png"]));
    gate.wait().await;
    scene.until_ended(2, 0).await;
    assert_eq!(names(&scene.path("done")), ["shop-2.csv"]);
    assert_eq!(scene.read("done/shop-2.csv"), file_sheet(["a.png", "a.png"]));
    assert_eq!(names(&scene.path("shop.images")), ["0-mug-1.webp"]);
    assert_eq!(names(&scene.path("shop-2.images")), ["0-mug-1.webp", "1-mug-1.webp"]);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_regular_files_are_taken() {
    let scene = Scene::begin().await;
    fs::write(scene.beside("elsewhere.csv"), file_sheet(["a.png"])).unwrap();
    std::os::unix::fs::symlink(scene.beside("elsewhere.csv"), scene.path("link.csv")).unwrap();
    fs::create_dir(scene.path("folder.csv")).unwrap();
    let pipe = std::process::Command::new("mkfifo").arg(scene.path("pipe.csv")).status();
    assert!(pipe.unwrap().success());
    scene.settle().await;
    assert_eq!((scene.requests().await, scene.view().waiting), (vec![], 0));
    assert!(scene.path("link.csv").exists() && scene.beside("elsewhere.csv").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sheet_whose_request_is_given_up_has_failed() {
    let origin = Origin::start().await;
    origin.serve("/b.png", [Answer::silent()]);
    origin.serve("/c.png", [Answer::silent()]);
    let scene = Scene::begin().await;
    scene.write("cancelled.csv", file_sheet([origin.url("/b.png").as_str()]));
    scene.until(|view| view.working == 1).await;
    let id = scene.requests().await[0].request_id.parse().unwrap();
    scene.house.engine.cancel(id).await.unwrap();
    scene.until_ended(0, 1).await;
    assert!(scene.read("failed/cancelled.faults.txt").contains("its request was cancelled"));
    scene.write("removed.csv", file_sheet([origin.url("/c.png").as_str()]));
    scene.until(|view| view.working == 1).await;
    let id = scene.requests().await[1].request_id.parse().unwrap();
    scene.house.engine.remove(id).await.unwrap();
    scene.until_ended(0, 2).await;
    assert!(scene.read("failed/removed.faults.txt").contains("its request was deleted"));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sheets_are_not_moved_to_where_a_link_leads() {
    let scene = Scene::with(|folder| {
        let elsewhere = folder.path.with_file_name("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        std::os::unix::fs::symlink(elsewhere, folder.path.join("done")).unwrap();
    })
    .await;
    scene.write("shop.csv", file_sheet(["a.png"]));
    let view = scene.until(|view| view.state == FolderState::ReadOnly).await;
    assert!(view.why.is_some_and(|why| why.contains("done: it is there and is no folder")));
    fs::remove_file(scene.path("done")).unwrap();
    scene.until_ended(1, 0).await;
    assert_eq!(names(&scene.beside("elsewhere")), [""; 0]);
}

/// Has nobody move or change a file, where the system lets this process do so.
#[cfg(target_os = "linux")]
fn fix(path: &std::path::Path, how: &str) -> bool {
    let changed = std::process::Command::new("chattr").arg(how).arg(path).output();
    changed.is_ok_and(|changed| changed.status.success())
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sheet_that_cannot_be_moved_is_left_alone_and_holds_up_no_other() {
    let scene = Scene::begin().await;
    scene.write("shop.csv", file_sheet(["a.png"]));
    scene.until_ended(1, 0).await;
    let fixed = scene.path("again.csv");
    scene.write("again.csv", file_sheet(["a.png"]));
    if !fix(&fixed, "+i") {
        return;
    }
    scene.until(|view| view.why.as_ref().is_some_and(|why| why.contains("again.csv"))).await;
    scene.write("other.csv", file_sheet(["a.png"; 2]));
    let view = scene.until(|view| view.done == 2).await;
    let why = view.why.as_deref();
    assert!(fix(&fixed, "-i"));
    assert!(why.is_some_and(|why| why.contains("again.csv: Operation not permitted")), "{why:?}");
    assert_eq!(names(&scene.path("done")), ["other.csv", "shop.csv"]);
    fs::remove_file(&fixed).unwrap();
    scene.until(|view| view.why.is_none()).await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sheet_that_cannot_be_read_is_told_of() {
    use std::os::unix::fs::PermissionsExt;
    let scene = Scene::begin().await;
    scene.write("new.csv.part", file_sheet(["a.png"]));
    fs::set_permissions(scene.path("new.csv.part"), fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(scene.path("new.csv.part")).is_ok() {
        // Whoever may read everything cannot see this.
        return;
    }
    fs::rename(scene.path("new.csv.part"), scene.path("new.csv")).unwrap();
    scene.write("shop.csv", file_sheet(["a.png"]));
    let view = scene.until(|view| view.done == 1 && view.why.is_some()).await;
    assert!(view.why.is_some_and(|why| why.starts_with("new.csv: cannot read the sheet")));
}
