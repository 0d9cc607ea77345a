//! `pixmill run`.

use std::path::Path;

use crate::{
    origin::{Answer, Origin},
    pixmill, pixmill_meanwhile, pixmill_with,
};

/// A photo that is 768 pixels wide.
const CAPS: &[u8] = include_bytes!("../../../examples/caps.jpg");
/// A photo that is 512 pixels wide.
const FENCE: &[u8] = include_bytes!("../../../examples/lighthouse-fence.jpg");

/// Writes a sheet of products with one image each.
fn write_sheet(folder: &Path, links: &[&str]) {
    let rows = links.iter().enumerate().map(|(n, link)| format!("{n},Mug,{link}\n"));
    let sheet = format!("S. No.,Product Name,Input Image Urls\n{}", rows.collect::<String>());
    std::fs::write(folder.join("shop.csv"), sheet).unwrap();
}

fn results(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("out/results.csv")).unwrap()
}

#[test]
fn files_beside_the_sheet_are_compressed_without_a_server() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("photos")).unwrap();
    std::fs::write(folder.path().join("photos/caps.jpg"), CAPS).unwrap();
    write_sheet(folder.path(), &["photos/caps.jpg"]);
    let called = pixmill(
        folder.path(),
        &["run", "shop.csv", "--out", "out", "--format", "jpeg", "--max-width", "300"],
    );
    assert_eq!(called.code, 0, "{}", called.err);
    assert!(called.out.contains("1 image compressed, 79 KB -> "), "{}", called.out);
    assert!(called.out.ends_with("results: out/results.csv\n"), "{}", called.out);
    assert_eq!(
        results(folder.path()),
        "S. No.,Product Name,Input Image Urls,Output Image Urls\n\
         0,Mug,photos/caps.jpg,images/0-mug-1.jpg\n"
    );
    let image = std::fs::read(folder.path().join("out/images/0-mug-1.jpg")).unwrap();
    assert_eq!(image::load_from_memory(&image).unwrap().width(), 300);
}

#[tokio::test]
async fn what_failed_is_told_and_tried_again_by_the_same_call() {
    let origin = Origin::start().await;
    origin.serve("/caps.jpg", [Answer::ok(CAPS)]);
    origin.serve("/mug.jpg", [Answer::status(404), Answer::status(404), Answer::ok(CAPS)]);
    let folder = tempfile::tempdir().unwrap();
    write_sheet(folder.path(), &[&origin.url("/caps.jpg"), &origin.url("/mug.jpg")]);
    let call = ["run", "shop.csv", "--out", "out", "--allow-addresses", "127.0.0.0/8", "--quiet"];
    for _ in 0..2 {
        let called = pixmill_meanwhile(folder.path(), &call).await;
        assert_eq!((called.code, called.err.as_str()), (1, ""));
        assert!(called.out.contains("1 of 2 images failed: 1x HTTP 404"), "{}", called.out);
        assert!(called.out.contains(&format!("1: {}: HTTP 404", origin.url("/mug.jpg"))));
        assert!(results(folder.path()).contains(",1: HTTP 404"), "{}", results(folder.path()));
    }
    let called = pixmill_meanwhile(folder.path(), &call).await;
    assert_eq!(called.code, 0, "{}", called.err);
    assert_eq!((origin.hits("/caps.jpg"), origin.hits("/mug.jpg")), (1, 3));
    let results = results(folder.path());
    assert!(results.contains("images/1-mug-1.webp") && !results.contains("HTTP 404"), "{results}");
    let leftovers = std::fs::read_dir(folder.path().join("out")).unwrap();
    let mut names: Vec<_> = leftovers.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, [".pixmill", "images", "results.csv"]);
}

#[tokio::test]
async fn a_run_that_is_stopped_goes_on_with_the_same_call() {
    let origin = Origin::start().await;
    origin.serve("/caps.jpg", [Answer::ok(CAPS)]);
    origin.serve("/mug.jpg", [Answer::silent(), Answer::ok(CAPS)]);
    let folder = tempfile::tempdir().unwrap();
    write_sheet(folder.path(), &[&origin.url("/caps.jpg"), &origin.url("/mug.jpg")]);
    let call = ["run", "shop.csv", "--out", "out", "--allow-addresses", "127.0.0.0/8"];
    let mut process = std::process::Command::new(env!("CARGO_BIN_EXE_pixmill"))
        .args(call)
        .current_dir(folder.path())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let asked = tokio::time::timeout(std::time::Duration::from_secs(120), async {
        while origin.hits("/mug.jpg") == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    });
    asked.await.unwrap();
    let id = process.id().to_string();
    let interrupt = std::process::Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert!(interrupt.success());
    let stopped = tokio::task::spawn_blocking(move || {
        let mut told = String::new();
        std::io::Read::read_to_string(process.stderr.as_mut().unwrap(), &mut told).unwrap();
        (process.wait().unwrap().code(), told)
    });
    let (code, told) = stopped.await.unwrap();
    assert_eq!(code, Some(130), "{told}");
    assert!(told.contains("stopped: the same call goes on from here"), "{told}");
    assert_eq!(pixmill_meanwhile(folder.path(), &call).await.code, 0);
    assert!(results(folder.path()).contains("images/1-mug-1.webp"));
}

#[tokio::test]
async fn another_sheet_in_the_same_folder_takes_the_place_of_one_that_was_stopped() {
    let origin = Origin::start().await;
    origin.serve("/caps.jpg", [Answer::ok(CAPS)]);
    origin.serve("/mug.jpg", [Answer::status(404)]);
    let folder = tempfile::tempdir().unwrap();
    let call = ["run", "shop.csv", "--out", "out", "--allow-addresses", "127.0.0.0/8"];
    write_sheet(folder.path(), &[&origin.url("/mug.jpg")]);
    assert_eq!(pixmill_meanwhile(folder.path(), &call).await.code, 1);
    write_sheet(folder.path(), &[&origin.url("/caps.jpg")]);
    assert_eq!(pixmill_meanwhile(folder.path(), &call).await.code, 0);
    assert!(results(folder.path()).contains("/caps.jpg,images/0-mug-1.webp"));
}

/// The width of the first product's image, when the sheet has been worked on once more.
fn width_after_a_run(folder: &Path) -> u32 {
    let called = pixmill(folder, &["run", "shop.csv", "--out", "out"]);
    assert_eq!(called.code, 0, "{}", called.err);
    let image = std::fs::read(folder.join("out/images/0-mug-1.webp")).unwrap();
    image::load_from_memory(&image).unwrap().width()
}

#[test]
fn a_file_that_has_changed_is_compressed_anew() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.jpg"), CAPS).unwrap();
    write_sheet(folder.path(), &["a.jpg"]);
    assert_eq!(width_after_a_run(folder.path()), 768);
    std::fs::write(folder.path().join("a.jpg"), FENCE).unwrap();
    assert_eq!(width_after_a_run(folder.path()), 512);
    std::fs::remove_file(folder.path().join("a.jpg")).unwrap();
    let called = pixmill(folder.path(), &["run", "shop.csv", "--out", "out"]);
    assert_eq!(called.code, 1, "{}", called.out);
    std::fs::write(folder.path().join("a.jpg"), CAPS).unwrap();
    assert_eq!(width_after_a_run(folder.path()), 768);
}

#[test]
fn an_image_that_has_been_deleted_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.jpg"), CAPS).unwrap();
    std::fs::write(folder.path().join("b.jpg"), FENCE).unwrap();
    write_sheet(folder.path(), &["a.jpg", "b.jpg"]);
    width_after_a_run(folder.path());
    std::fs::remove_file(folder.path().join("out/images/1-mug-1.webp")).unwrap();
    width_after_a_run(folder.path());
    assert!(folder.path().join("out/images/1-mug-1.webp").exists());
    std::fs::remove_dir_all(folder.path().join("out/images")).unwrap();
    assert_eq!(width_after_a_run(folder.path()), 768);
}

#[tokio::test]
async fn what_is_there_and_unchanged_is_not_made_again() {
    let origin = Origin::start().await;
    origin.serve("/caps.jpg", [Answer::ok(CAPS)]);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.jpg"), CAPS).unwrap();
    write_sheet(folder.path(), &["a.jpg", &origin.url("/caps.jpg")]);
    let call = ["run", "shop.csv", "--out", "out", "--allow-addresses", "127.0.0.0/8"];
    for _ in 0..2 {
        assert_eq!(pixmill_meanwhile(folder.path(), &call).await.code, 0);
    }
    assert_eq!(origin.hits("/caps.jpg"), 1);
    // A sheet that says itself what has been made is believed, wherever that is by now.
    let again = results(folder.path()).replace("images/0-mug-1.webp", "images/elsewhere.webp");
    std::fs::write(folder.path().join("shop.csv"), again.replace(",images/1-mug-1.webp", ","))
        .unwrap();
    for _ in 0..2 {
        assert_eq!(pixmill_meanwhile(folder.path(), &call).await.code, 0);
    }
    assert_eq!(origin.hits("/caps.jpg"), 2);
    assert!(results(folder.path()).contains("images/elsewhere.webp"));
}

#[test]
fn files_are_named_with_commas_between_them() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("photos")).unwrap();
    for file in ["photos/a.jpg", "photos/b.jpg", "photos/mug,blue.jpg"] {
        std::fs::write(folder.path().join(file), CAPS).unwrap();
    }
    write_sheet(folder.path(), &["\"photos/a.jpg,photos/b.jpg,photos/mug,blue.jpg\""]);
    let called = pixmill(folder.path(), &["run", "shop.csv", "--out", "out"]);
    assert_eq!(called.code, 0, "{}", called.out);
    let expected = "\"images/0-mug-1.webp,images/0-mug-2.webp,images/0-mug-3.webp\"";
    assert!(results(folder.path()).contains(expected), "{}", results(folder.path()));
}

#[test]
fn a_recipe_can_be_set_in_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.jpg"), CAPS).unwrap();
    write_sheet(folder.path(), &["a.jpg"]);
    let set = [("PIXMILL_FORMAT", "jpeg"), ("PIXMILL_MAX_WIDTH", "300")];
    let call = ["run", "shop.csv", "--out", "out", "--max-width", "200"];
    let called = pixmill_with(folder.path(), &call, &set);
    assert_eq!(called.code, 0, "{}", called.err);
    let image = std::fs::read(folder.path().join("out/images/0-mug-1.jpg")).unwrap();
    assert_eq!(image::load_from_memory(&image).unwrap().width(), 200);
    let wrong = pixmill_with(folder.path(), &call, &[("PIXMILL_QUALITY", "0")]);
    assert_eq!(wrong.code, 2);
}

#[test]
fn a_sheet_with_faults_or_a_wrong_call_ends_with_2() {
    let folder = tempfile::tempdir().unwrap();
    write_sheet(folder.path(), &["ftp://a.example/x.jpg"]);
    let faulty = pixmill(folder.path(), &["run", "shop.csv", "--out", "out"]);
    assert_eq!(faulty.code, 2);
    assert!(faulty.out.starts_with("shop.csv:2:Input Image Urls: "), "{}", faulty.out);
    assert!(!folder.path().join("out/results.csv").exists());
    for call in [
        &["run", "nothing.csv", "--out", "out"][..],
        &["run", "shop.csv"],
        &["run", "shop.csv", "--out", "out", "--quality", "0"],
        &["run", "shop.csv", "--out", "out", "--format", "heic"],
        &["run", "shop.csv", "--out", "shop.csv"],
        &["walk"],
        &[],
    ] {
        let called = pixmill(folder.path(), call);
        assert_eq!((called.code, called.out.as_str()), (2, ""), "{call:?}");
        assert!(!called.err.is_empty(), "{call:?}");
    }
}

#[test]
fn a_sheet_that_comes_back_after_another_gets_its_own_images_again() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("caps.jpg"), CAPS).unwrap();
    std::fs::write(folder.path().join("fence.jpg"), FENCE).unwrap();
    for (photo, width) in [("caps.jpg", 768), ("fence.jpg", 512), ("caps.jpg", 768)] {
        write_sheet(folder.path(), &[photo]);
        assert_eq!(width_after_a_run(folder.path()), width, "{photo}");
    }
}

/// The names of the files in a folder, in order.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn images_and_folders_are_made_into_a_sheet() {
    let folder = tempfile::tempdir().unwrap();
    let photos = folder.path().join("photos");
    std::fs::create_dir_all(photos.join("more")).unwrap();
    for file in ["caps 10.jpg", "caps 2.JPG", "more/hat, blue.jpg", ".hidden.jpg"] {
        std::fs::write(photos.join(file), CAPS).unwrap();
    }
    std::fs::write(photos.join("read me.txt"), "no image").unwrap();
    std::fs::write(folder.path().join("single"), FENCE).unwrap();
    let before = names(&photos);
    // The results lie among the images, and are not taken for some.
    let call = ["run", "photos", "single", "--out", "photos/out", "--quiet"];
    for _ in 0..2 {
        let called = pixmill(folder.path(), &call);
        assert_eq!((called.code, called.err.as_str()), (0, ""), "{}", called.out);
        let results = std::fs::read_to_string(photos.join("out/results.csv")).unwrap();
        assert_eq!(
            results,
            "S. No.,Product Name,Input Image Urls,Output Image Urls\n\
             1,caps 2,photos/caps 2.JPG,images/1-caps-2-1.webp\n\
             2,caps 10,photos/caps 10.jpg,images/2-caps-10-1.webp\n\
             3,\"hat, blue\",\"<photos/more/hat, blue.jpg>\",images/3-hat-blue-1.webp\n\
             4,single,single,images/4-single-1.webp\n"
        );
        assert_eq!(names(&photos.join("out/images")).len(), 4);
    }
    std::fs::remove_dir_all(photos.join("out")).unwrap();
    assert_eq!(names(&photos), before);
    assert_eq!(std::fs::read(photos.join("caps 10.jpg")).unwrap(), CAPS);
}

#[test]
fn what_is_no_image_is_told_of_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.jpg"), CAPS).unwrap();
    std::fs::write(folder.path().join("b.pdf"), "%PDF-1.4").unwrap();
    let called = pixmill(folder.path(), &["run", "a.jpg", "b.pdf", "--out", "out"]);
    assert_eq!(called.code, 1, "{}", called.err);
    assert!(called.out.contains("2: b.pdf: "), "{}", called.out);
    write_sheet(folder.path(), &["a.jpg"]);
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    for (call, why) in [
        (["run", "a.jpg", "shop.csv", "--out", "out"], "shop.csv is a sheet: name it alone"),
        (["run", "empty", "empty", "--out", "out"], "there are no images"),
        (["run", "a.jpg", "none.jpg", "--out", "out"], "cannot read none.jpg: "),
    ] {
        let called = pixmill(folder.path(), &call);
        assert_eq!(called.code, 2, "{call:?}");
        assert!(called.err.contains(why), "{}", called.err);
    }
}
