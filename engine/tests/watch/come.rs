//! How sheets come.

use std::{fs, fs::File, io::Write};

use pixmill_engine::watch::{Hearing, Looks};
use tokio::time::sleep;

use crate::{Scene, file_sheet, names, picture, scene::LOOKS};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sheet_is_done_and_moved_and_its_results_lie_beside_it() {
    let scene = Scene::begin().await;
    scene.write("shop.csv", file_sheet(["a.png"]));
    scene.until_ended(1, 0).await;
    let there = ["a.png", "done", "failed", "shop.images", "shop.results.csv"];
    assert_eq!(names(&scene.path("")), there);
    assert_eq!(scene.read("done/shop.csv"), file_sheet(["a.png"]));
    assert_eq!(
        scene.read("shop.results.csv"),
        "S. No.,Product Name,Input Image Urls,Output Image Urls\n\
         0,Mug,a.png,shop.images/0-mug-1.webp\n"
    );
    let image = fs::read(scene.path("shop.images/0-mug-1.webp")).unwrap();
    assert_eq!(image::load_from_memory(&image).unwrap().width(), 64);
    assert_eq!(fs::read(scene.path("a.png")).unwrap(), picture(1), "originals are not touched");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn results_go_where_they_are_wanted() {
    let scene = Scene::with(|folder| {
        let into = folder.path.with_file_name("out");
        folder.destination = Some(into);
    })
    .await;
    scene.write("shop.csv", file_sheet(["a.png"]));
    scene.until_ended(1, 0).await;
    assert_eq!(names(&scene.path("")), ["a.png", "done", "failed"]);
    assert_eq!(names(&scene.beside("out")), ["shop.images", "shop.results.csv"]);
    assert_eq!(names(&scene.beside("out/shop.images")), ["0-mug-1.webp"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sheet_that_is_written_slowly_is_taken_whole() {
    for hearing in [Hearing::Hints, Hearing::Nothing] {
        let scene = Scene::with(|folder| folder.looks.hearing = hearing).await;
        let sheet = file_sheet(["a.png"; 12]);
        for (n, line) in sheet.split_inclusive('\n').enumerate() {
            // Closed and opened again each time, as some programs do.
            let mut file =
                File::options().create(true).append(true).open(scene.path("slow.csv")).unwrap();
            file.write_all(line.as_bytes()).unwrap();
            drop(file);
            if n < 12 {
                sleep(LOOKS.settle / 2).await;
            }
        }
        scene.until_ended(1, 0).await;
        let requests = scene.requests().await;
        assert_eq!((requests.len(), requests[0].progress.total), (1, 12), "{hearing:?}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sheet_that_somebody_still_writes_is_waited_for_however_long_nothing_comes() {
    let scene = Scene::begin().await;
    scene.write("first.csv", file_sheet(["a.png"]));
    scene.until_ended(1, 0).await;
    let sheet = file_sheet(["a.png"; 12]);
    let mut file = File::create(scene.path("stalled.csv")).unwrap();
    for part in sheet.as_bytes().chunks(sheet.len() / 2 + 1) {
        file.write_all(part).unwrap();
        scene.settle().await;
        assert_eq!((scene.requests().await.len(), scene.view().waiting), (1, 1));
    }
    drop(file);
    scene.until_ended(2, 0).await;
    assert_eq!(scene.requests().await[1].progress.total, 12);
    assert_eq!(scene.read("done/stalled.csv"), sheet);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sheet_is_taken_by_its_last_name() {
    let scene = Scene::begin().await;
    scene.write("shop.csv.part", file_sheet(["a.png"]));
    scene.write(".shop.csv", file_sheet(["a.png"]));
    scene.write("~$shop.csv", file_sheet(["a.png"]));
    scene.settle().await;
    assert_eq!(scene.requests().await, []);
    fs::rename(scene.path("shop.csv.part"), scene.path("shop.csv")).unwrap();
    scene.until_ended(1, 0).await;
    // Into the folder from elsewhere, over a sheet that has yet to settle.
    fs::write(scene.beside("other.csv"), file_sheet(["a.png", "a.png"])).unwrap();
    scene.write("next.csv", "S. No.,");
    fs::rename(scene.beside("other.csv"), scene.path("next.csv")).unwrap();
    scene.until_ended(2, 0).await;
    assert_eq!(names(&scene.path("done")), ["next.csv", "shop.csv"]);
    assert_eq!(names(&scene.path("failed")), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_sheet_is_waited_for() {
    let scene = Scene::begin().await;
    let mut file = File::create(scene.path("shop.csv")).unwrap();
    file.lock().unwrap();
    file.write_all(file_sheet(["a.png"]).as_bytes()).unwrap();
    scene.until(|view| view.waiting == 1).await;
    scene.settle().await;
    assert_eq!((scene.requests().await, scene.view().waiting), (vec![], 1));
    drop(file);
    scene.until_ended(1, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hundreds_at_once_are_taken_in_order_and_each_is_done_once() {
    const SHEETS: usize = 500;
    let scene = Scene::begin().await;
    for n in 0..SHEETS {
        scene.write(
            &format!("{n:03}.csv"),
            file_sheet(["a.png"]).replace("Mug", &format!("Mug {n}")),
        );
    }
    scene.until_ended(SHEETS as u64, 0).await;
    let requests = scene.requests().await;
    let taken: Vec<_> = requests.iter().map(|request| request.file_name.clone().unwrap()).collect();
    let expected: Vec<_> = (0..SHEETS).map(|n| format!("{n:03}.csv")).collect();
    assert_eq!(taken, expected);
    assert_eq!(names(&scene.path("done")), expected);
    let results = (0..SHEETS).filter(|n| scene.path(&format!("{n:03}.results.csv")).is_file());
    assert_eq!(results.count(), SHEETS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_is_watched_without_the_system_telling_of_changes() {
    let looks = Looks { hearing: Hearing::Nothing, ..LOOKS };
    let scene = Scene::with(|folder| folder.looks = looks).await;
    for n in 0..20 {
        scene.write(&format!("{n}.csv"), file_sheet(vec!["a.png"; n + 1]));
    }
    scene.until_ended(20, 0).await;
    assert_eq!(scene.requests().await.len(), 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_folder_is_left_alone_until_it_is_resumed() {
    let scene = Scene::begin().await;
    scene.watch.pause(&scene.path("")).unwrap();
    scene.write("shop.csv", file_sheet(["a.png"]));
    scene.until(|view| view.waiting == 1).await;
    scene.settle().await;
    assert_eq!(scene.requests().await, []);
    scene.watch.resume(&scene.path("")).unwrap();
    scene.until_ended(1, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_name_of_a_sheet_leads_nowhere_and_is_no_command() {
    let scene = Scene::begin().await;
    let name = "a, b\n$(touch x);..\\..\\=1";
    scene.write(&format!("{name}.csv"), file_sheet(["a.png"]));
    let long = "x".repeat(250);
    scene.write(&format!("{long}.csv"), file_sheet(["a.png", "a.png"]));
    scene.until_ended(2, 0).await;
    let results = scene.read(&format!("{name}.results.csv"));
    assert!(results.contains("a%2C b%0A$(touch x);..\\..\\=1.images/0-mug-1.webp"), "{results}");
    assert!(scene.path(&format!("{name}.images/0-mug-1.webp")).is_file());
    assert!(scene.path(&format!("done/{name}.csv")).is_file());
    assert!(scene.path(&format!("{}.images/1-mug-1.webp", &long[..180])).is_file());
    assert_eq!(names(&scene.beside("")), ["in"]);
}
