//! `pixmill check`.

use crate::pixmill;

#[test]
fn every_fault_is_told_as_compilers_do() {
    let folder = tempfile::tempdir().unwrap();
    let sheet = "S. No.,Product Name,Input Image Urls\n1,Mug,\n1,Cup,http://a.example/x.jpg\n";
    std::fs::write(folder.path().join("shop.csv"), sheet).unwrap();
    let called = pixmill(folder.path(), &["check", "shop.csv"]);
    let lines: Vec<&str> = called.out.lines().collect();
    assert_eq!(called.code, 2);
    assert_eq!(lines.len(), 3, "{}", called.out);
    assert!(lines[0].starts_with("shop.csv:2:Input Image Urls: "), "{}", lines[0]);
    assert!(lines[0].ends_with(" [no_url]"), "{}", lines[0]);
    assert!(lines[1].starts_with("shop.csv:3:S. No.: "), "{}", lines[1]);
    assert_eq!(lines[2], "2 faults");
}

#[test]
fn a_sheet_without_faults_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let sheet = "S. No.,Product Name,Input Image Urls\n1,Mug,\"mug.jpg, http://a.example/x.jpg\"\n";
    std::fs::write(folder.path().join("shop.csv"), sheet).unwrap();
    let called = pixmill(folder.path(), &["check", "shop.csv"]);
    assert_eq!((called.code, called.out.as_str()), (0, "1 product with 2 images, no faults\n"));
    assert_eq!(pixmill(folder.path(), &["check", "--web-only", "shop.csv"]).code, 2);
}

#[test]
fn a_sheet_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let called = pixmill(folder.path(), &["check", "nothing.csv"]);
    assert_eq!((called.code, called.out.as_str()), (2, ""));
    assert!(called.err.starts_with("error: nothing.csv: "), "{}", called.err);
}
