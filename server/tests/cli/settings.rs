//! Command line over environment over `pixmill.toml` over defaults.

use crate::{pixmill, pixmill_with};

/// A folder with a sheet of three products, and a settings file that may say how many it may have.
fn folder(settings: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let sheet = "S. No.,Product Name,Input Image Urls\n1,Mug,a.jpg\n2,Cup,b.jpg\n3,Jug,c.jpg\n";
    std::fs::write(folder.path().join("shop.csv"), sheet).unwrap();
    std::fs::write(folder.path().join("pixmill.toml"), settings).unwrap();
    folder
}

const CHECK: [&str; 2] = ["check", "shop.csv"];

#[test]
fn the_command_line_comes_before_the_environment_and_that_before_the_file() {
    let folder = folder("max-rows = 2\n");
    let path = folder.path();
    assert_eq!(pixmill(path, &CHECK).code, 2, "the file");
    assert_eq!(pixmill_with(path, &CHECK, &[("PIXMILL_MAX_ROWS", "3")]).code, 0, "environment");
    let said = ["check", "shop.csv", "--max-rows", "1"];
    assert_eq!(pixmill_with(path, &said, &[("PIXMILL_MAX_ROWS", "3")]).code, 2, "command line");
    std::fs::remove_file(path.join("pixmill.toml")).unwrap();
    assert_eq!(pixmill(path, &CHECK).code, 0, "the default");
}

#[test]
fn sizes_and_times_may_be_numbers_or_text_in_the_file() {
    for (settings, code) in
        [("max-sheet-size = 10\n", 2), ("max-sheet-size = '1 KiB'\nstall-timeout = 3\n", 0)]
    {
        let folder = folder(settings);
        assert_eq!(pixmill(folder.path(), &CHECK).code, code, "{settings}");
    }
}

#[test]
fn a_key_that_means_nothing_is_named() {
    let folder = folder("max-rows = 2\nmax-cows = 3\n");
    let called = pixmill(folder.path(), &CHECK);
    assert_eq!((called.code, called.out.as_str()), (2, ""));
    assert!(called.err.contains("pixmill.toml: `max-cows` is not a setting"), "{}", called.err);
}

#[test]
fn a_value_that_cannot_be_is_named() {
    let folder = folder("max-rows = 'many'\n");
    let called = pixmill(folder.path(), &CHECK);
    assert_eq!(called.code, 2);
    assert!(called.err.contains("max-rows"), "{}", called.err);
}

#[test]
fn what_is_wrong_in_the_file_is_named_by_its_place_and_not_shown() {
    let serve = ["serve", "--port", "0"];
    for (settings, told) in [
        ("port = 'abc'\n", "pixmill.toml: `port`: "),
        ("port = 1\nstore = [1]\n", "pixmill.toml: `store`: "),
        ("port = 1\nstore = \"mongodb://bob:s3cret@127.0.0.1:1/x\n", "pixmill.toml:2:"),
        ("secret-key = s3cret\n", "pixmill.toml:1:"),
        ("gallery = 'ftp://bob:s3cret@127.0.0.1/x'\n", "--gallery: "),
    ] {
        let folder = folder(settings);
        let called = pixmill(folder.path(), &serve);
        assert_eq!(called.code, 2, "{}", called.err);
        assert!(called.err.contains(told) && !called.err.contains("s3cret"), "{}", called.err);
    }
}

#[test]
fn a_call_that_is_wrong_is_not_repeated_where_it_has_a_password_in_it() {
    let folder = folder("");
    let address = "mongodb://bob:s3cret@127.0.0.1:1/x";
    let (long, variable) = (format!("--port={address}"), [("PIXMILL_PORT", address)]);
    for called in [
        pixmill(folder.path(), &["serve", address]),
        pixmill(folder.path(), &["serve", "--port", address]),
        pixmill(folder.path(), &["serve", &long]),
        pixmill(folder.path(), &["serve", "--gallery", address]),
        pixmill_with(folder.path(), &["serve"], &variable),
    ] {
        assert_eq!((called.code, called.out.as_str()), (2, ""));
        assert!(called.err.contains("error: ") && !called.err.contains("s3cret"), "{}", called.err);
    }
}

#[test]
fn a_settings_file_can_be_named_and_must_be_there_then() {
    let folder = folder("max-rows = 2\n");
    std::fs::write(folder.path().join("other.toml"), "max-rows = 3\n").unwrap();
    let path = folder.path();
    assert_eq!(pixmill(path, &["check", "shop.csv", "--config", "other.toml"]).code, 0);
    assert_eq!(pixmill_with(path, &CHECK, &[("PIXMILL_CONFIG", "other.toml")]).code, 0);
    let called = pixmill(path, &["check", "shop.csv", "--config", "none.toml"]);
    assert_eq!(called.code, 2);
    assert!(called.err.contains("there is no settings file none.toml"), "{}", called.err);
}

#[test]
fn the_help_of_serve_tells_every_setting_with_its_default_and_its_variable() {
    let folder = tempfile::tempdir().unwrap();
    let help = pixmill(folder.path(), &["serve", "--help"]).out;
    for part in [
        "[default: 127.0.0.1]",
        "[env: PIXMILL_MAX_SOURCE_SIZE=]",
        "[default: \"64 MiB\"]",
        "--allow-private-addresses",
        "--log-format",
    ] {
        assert!(help.contains(part), "{part}: {help}");
    }
}
