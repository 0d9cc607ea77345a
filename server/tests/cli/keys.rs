//! `pixmill keys`: keys are made and taken back where no server runs.

use std::path::Path;

use crate::{Called, pixmill};

fn keys(folder: &Path, arguments: &[&str]) -> Called {
    pixmill(folder, &[&["keys"], arguments, &["--data", "data"]].concat())
}

/// The lines of the list without its heading, by their words.
fn listed(folder: &Path) -> Vec<Vec<String>> {
    let called = keys(folder, &["list"]);
    assert_eq!(called.code, 0, "{}", called.err);
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect();
    called.out.lines().skip(1).map(words).collect()
}

#[test]
fn a_new_token_is_told_on_stdout_alone_and_never_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let added = keys(path, &["add", "shop", "--role", "uploader", "--expires", "90d"]);
    assert_eq!(added.code, 0, "{}", added.err);
    let token = added.out.trim();
    assert!(added.out.lines().count() == 1 && token.starts_with("pxm_") && token.len() == 76);
    assert!(added.err.contains("shop") && !added.err.contains("pxm_"), "{}", added.err);
    let list = keys(path, &["list"]).out;
    assert!(!list.contains("pxm_"), "{list}");
    let listed = listed(path);
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0][1..3], ["uploader", "good"]);
    assert_ne!(listed[0][3], "never");
}

#[test]
fn a_key_is_revoked_and_rotated_by_its_name_or_id() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let first = keys(path, &["add", "shop", "--role", "admin"]).out;
    let rotated = keys(path, &["rotate", "shop", "--grace", "1h"]);
    assert_eq!(rotated.code, 0, "{}", rotated.err);
    assert!(rotated.out.starts_with("pxm_") && rotated.out != first);
    keys(path, &["add", "shop", "--role", "viewer", "--of-all"]);
    let ambiguous = keys(path, &["revoke", "shop"]);
    let id = listed(path).remove(0).remove(0);
    assert_eq!(ambiguous.code, 2);
    assert!(ambiguous.err.contains(&id), "{}", ambiguous.err);
    assert_eq!(keys(path, &["revoke", &id]).code, 0);
    let revoked = keys(path, &["revoke", "shop"]);
    assert_eq!(revoked.code, 0, "{}", revoked.err);
    assert!(listed(path).iter().all(|line| line[2] == "revoked"));
    let gone = keys(path, &["rotate", "shop"]);
    assert_eq!((gone.code, gone.out.as_str()), (2, ""));
    assert!(gone.err.contains("the key `shop` is over"), "{}", gone.err);
}

#[test]
fn a_key_that_cannot_be_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["add", "shop"][..],
        &["add", "shop", "--role", "boss"],
        &["add", "", "--role", "admin"],
        &["add", "shop", "--role", "admin", "--expires", "soon"],
        &["add", "shop", "--role", "viewer", "--of", "nobody"],
        &["add", "shop", "--role", "viewer", "--of", "nobody", "--of-all"],
        &["add", "shop", "--role", "uploader", "--of-all"],
    ] {
        let called = keys(folder.path(), arguments);
        assert_eq!((called.code, called.out.as_str()), (2, ""), "{arguments:?}");
    }
    let of_whom = keys(folder.path(), &["add", "shop", "--role", "viewer"]);
    assert_eq!(of_whom.code, 2, "nobody is to see what all hand in by accident");
    assert!(of_whom.err.contains("--of KEY") && of_whom.err.contains("--of-all"));
    keys(folder.path(), &["add", "shop", "--role", "uploader"]);
    let of = keys(folder.path(), &["add", "eye", "--role", "viewer", "--of", "shop"]);
    assert_eq!(of.code, 0, "{}", of.err);
    let wrong = keys(folder.path(), &["add", "two", "--role", "admin", "--of", "shop"]);
    assert_eq!(wrong.code, 2);
}

#[test]
fn the_list_says_whose_requests_a_viewer_sees() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    keys(path, &["add", "shop", "--role", "uploader"]);
    let shop = listed(path)[0][0].clone();
    keys(path, &["add", "eye", "--role", "viewer", "--of", "shop"]);
    keys(path, &["add", "wide", "--role", "viewer", "--of-all"]);
    keys(path, &["add", "boss", "--role", "admin"]);
    let mut sees: Vec<(String, String)> =
        listed(path).into_iter().map(|mut line| (line.remove(5), line.remove(4))).collect();
    sees.sort();
    let expected = [("boss", "all"), ("eye", &shop), ("shop", "own"), ("wide", "all")];
    assert_eq!(sees, expected.map(|(name, sees)| (name.to_owned(), sees.to_owned())));
}
