//! What a sheet says is printed, and never acted on by the terminal.

use crate::{Called, pixmill};

const ESCAPE: &str = "\u{1b}]0;owned\u{7}\u{9b}2J";

fn assert_harmless(called: &Called) {
    for text in [&called.out, &called.err] {
        let is_harmless = |c: char| !c.is_control() || c == '\n';
        assert!(text.chars().all(is_harmless), "{text:?}");
    }
}

#[test]
fn faults_pass_no_control_characters_on() {
    let folder = tempfile::tempdir().unwrap();
    let sheet = format!(
        "S.\u{1b} No.,Product Name,Input Image Urls,Format,Extra\n\
         1{ESCAPE},Mug,ftp://{ESCAPE},{ESCAPE},\n\
         1{ESCAPE},Mug,x{ESCAPE}.jpg,,\n"
    );
    let name = format!("shop{ESCAPE}.csv");
    std::fs::write(folder.path().join(&name), sheet).unwrap();
    for call in [&["check", name.as_str()][..], &["run", &name, "--out", "out"]] {
        let called = pixmill(folder.path(), call);
        assert_eq!(called.code, 2);
        assert!(called.out.contains("[duplicate_serial_number]"), "{}", called.out);
        assert_harmless(&called);
    }
}

#[test]
fn what_failed_passes_no_control_characters_on() {
    let folder = tempfile::tempdir().unwrap();
    let sheet = format!(
        "S. No.,Product Name,Input Image Urls\n\"1{ESCAPE}\n2\",Mug,none.jpg\n2,Mug,http://127.0.0.1/{ESCAPE}\n"
    );
    std::fs::write(folder.path().join("shop.csv"), sheet).unwrap();
    let out = format!("out{ESCAPE}");
    let called = pixmill(folder.path(), &["run", "shop.csv", "--out", &out]);
    assert_eq!(called.code, 1, "{}", called.err);
    assert!(called.out.contains("none.jpg: the file cannot be read"), "{}", called.out);
    assert_eq!(called.out.lines().count(), 7, "{}", called.out);
    assert_harmless(&called);
}

#[test]
fn what_cannot_be_done_passes_no_control_characters_on() {
    let folder = tempfile::tempdir().unwrap();
    let name = format!("none{ESCAPE}.csv");
    for call in [&["check", name.as_str()][..], &["run", &name, "--out", "out"]] {
        let called = pixmill(folder.path(), call);
        assert_eq!(called.code, 2);
        assert!(called.err.contains("none"), "{}", called.err);
        assert_harmless(&called);
    }
}
