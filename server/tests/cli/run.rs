//! `pixmill run`.

use std::path::Path;

use crate::{
    origin::{Answer, Origin},
    pixmill, pixmill_meanwhile,
};

const CAPS: &[u8] = include_bytes!("../../../examples/caps.jpg");

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
    assert!(results.contains("images/1-mug-1.webp") && !results.contains("404"), "{results}");
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
    let fence = include_bytes!("../../../examples/lighthouse-fence.jpg");
    std::fs::write(folder.path().join("fence.jpg"), fence).unwrap();
    for (photo, width) in [("caps.jpg", 768), ("fence.jpg", 512), ("caps.jpg", 768)] {
        write_sheet(folder.path(), &[photo]);
        let called = pixmill(folder.path(), &["run", "shop.csv", "--out", "out"]);
        assert_eq!(called.code, 0, "{}", called.err);
        let image = std::fs::read(folder.path().join("out/images/0-mug-1.webp")).unwrap();
        assert_eq!(image::load_from_memory(&image).unwrap().width(), width, "{photo}");
    }
}
