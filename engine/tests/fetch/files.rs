//! Files that lie beside the sheet.

use std::path::Path;

use pixmill_engine::{
    fetch::{Fetcher, Limits, Source},
    model::{Failure, FailureCode, Link},
    sheet::Links,
};
use tokio::time::timeout;

use crate::{HANGS, assert_failure, guard, jpeg, limits};

async fn read(folder: Option<&Path>, path: &str) -> Result<Source, Failure> {
    read_if(Links::WebAndFiles, folder, path).await
}

async fn read_if(links: Links, folder: Option<&Path>, path: &str) -> Result<Source, Failure> {
    let limits = Limits { max_source_bytes: 1024 * 1024, ..limits() };
    let fetcher = Fetcher::new(limits, guard(), links).unwrap();
    let fetched = timeout(HANGS, fetcher.fetch(&Link::File(path.to_owned()), folder)).await;
    fetched.expect("the reading hangs").map_err(Failure::from)
}

#[tokio::test]
async fn a_file_beside_the_sheet_is_read() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("photos")).unwrap();
    std::fs::write(folder.path().join("photos/a.jpg"), jpeg(9_000)).unwrap();
    let source = read(Some(folder.path()), "./photos/a.jpg").await.unwrap();
    assert_eq!(source.bytes, jpeg(9_000));
}

#[tokio::test]
async fn a_file_that_cannot_be_had_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    std::fs::create_dir_all(inner.join("photos")).unwrap();
    std::fs::write(folder.path().join("secret.jpg"), jpeg(900)).unwrap();
    std::fs::write(inner.join("empty.jpg"), "").unwrap();
    std::fs::write(inner.join("page.jpg"), "<html>").unwrap();
    std::fs::write(inner.join("large.jpg"), jpeg(2_000_000)).unwrap();
    let outside = "the file cannot be read: it lies outside of the sheet's folder";
    for (path, code, message) in [
        ("none.jpg", FailureCode::FileNotReadable, "the file cannot be read: there is none"),
        ("photos", FailureCode::FileNotReadable, "the file cannot be read: it is not a file"),
        ("../secret.jpg", FailureCode::FileNotReadable, outside),
        ("photos/../../secret.jpg", FailureCode::FileNotReadable, outside),
        ("/etc/passwd", FailureCode::FileNotReadable, outside),
        ("empty.jpg", FailureCode::EmptySource, "there are no bytes in it"),
        ("large.jpg", FailureCode::SourceTooLarge, "larger than 1 MiB"),
        ("page.jpg", FailureCode::NotAnImage, "got a web page (text/html), not an image"),
    ] {
        assert_failure(&read(Some(&inner), path).await.unwrap_err(), code, message);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_in_the_file_system_does_not_lead_out_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    std::fs::write(folder.path().join("secret.jpg"), jpeg(900)).unwrap();
    std::fs::write(inner.join("a.jpg"), jpeg(900)).unwrap();
    std::os::unix::fs::symlink("../secret.jpg", inner.join("out.jpg")).unwrap();
    std::os::unix::fs::symlink("a.jpg", inner.join("in.jpg")).unwrap();
    assert!(read(Some(&inner), "in.jpg").await.is_ok());
    let failure = read(Some(&inner), "out.jpg").await.unwrap_err();
    let message = "the file cannot be read: it lies outside of the sheet's folder";
    assert_failure(&failure, FailureCode::FileNotReadable, message);
}

#[tokio::test]
async fn no_file_is_read_where_no_folder_is_given() {
    let failure = read(None, "Cargo.toml").await.unwrap_err();
    assert_eq!(failure.code, FailureCode::BadAnswer);
}

#[tokio::test]
async fn no_file_is_read_where_only_the_web_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.jpg"), jpeg(900)).unwrap();
    let failure = read_if(Links::Web, Some(folder.path()), "a.jpg").await.unwrap_err();
    assert_eq!(failure.code, FailureCode::BadAnswer);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_file_is_read_again_where_its_drive_only_says_that_it_cannot() {
    // The system reads no byte of this one: there is nothing at the address 0.
    let failure = read(Some(Path::new("/proc/self")), "mem").await.unwrap_err();
    let message = "the file cannot be read: Input/output error (os error 5), tried 4 times";
    assert_failure(&failure, FailureCode::FileNotReadable, message);
    assert!(failure.is_retryable);
}
