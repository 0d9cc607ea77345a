//! What the app's settings and permissions promise, whatever is changed in them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;

fn read(file: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn policy(directive: &str) -> String {
    let policy = &read("tauri.conf.json")["app"]["security"]["csp"][directive];
    policy.as_str().unwrap_or_else(|| panic!("there is no {directive}")).to_owned()
}

#[test]
fn the_page_may_listen_and_call_our_commands_and_no_more() {
    let permissions = read("capabilities/main.json")["permissions"].clone();
    let permissions: BTreeSet<String> = serde_json::from_value(permissions).unwrap();
    let foreign = permissions.iter().filter(|permission| permission.contains(':'));
    assert!(foreign.eq(["core:event:allow-listen", "core:event:allow-unlisten"]));
    assert_eq!(
        read("tauri.conf.json")["app"]["security"]["capabilities"],
        serde_json::json!(["main"])
    );
}

#[test]
fn the_page_loads_nothing_from_anywhere_else() {
    assert_eq!(policy("default-src"), "'none'");
    assert_eq!(policy("script-src"), "'self'");
    assert_eq!(policy("style-src"), "'self'");
    assert_eq!(policy("connect-src"), "ipc: http://ipc.localhost");
    assert_eq!(policy("img-src"), "'self' blob: pixmill: http://pixmill.localhost");
    for nothing in ["base-uri", "form-action", "frame-ancestors"] {
        assert_eq!(policy(nothing), "'none'");
    }
}

#[test]
fn the_app_has_the_version_of_all_else_and_its_icons_are_there() {
    let settings = read("tauri.conf.json");
    assert_eq!(settings["version"], Value::Null, "it comes from Cargo.toml");
    for icon in settings["bundle"]["icon"].as_array().unwrap() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(icon.as_str().unwrap());
        assert!(path.is_file(), "{}", path.display());
    }
}

#[test]
fn nobody_is_asked_for_new_versions_until_somebody_says_who_signs_them() {
    assert_eq!(read("tauri.conf.json")["plugins"], Value::Null);
    let overlay = read("updater.conf.json");
    assert_eq!(overlay["bundle"]["createUpdaterArtifacts"], true);
    assert_eq!(overlay["plugins"]["updater"]["pubkey"], "", "a key of one's own is not for all");
}
