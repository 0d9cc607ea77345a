//! What the project depends on: only what `.deny.toml` allows.
//!
//! `cargo deny` reads the same file and knows more; this needs nothing but cargo, so that nobody
//! can forget it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use serde_json::Value;

/// The strings of a list in `.deny.toml`, from the line that begins it to its closing bracket.
fn listed(file: &str, begin: &str) -> BTreeSet<String> {
    let (_, list) = file.split_once(begin).unwrap_or_else(|| panic!("no {begin} in .deny.toml"));
    let (list, _) = list.split_once("\n]").unwrap();
    let quoted = list.lines().filter_map(|line| line.split('"').nth(1));
    quoted.map(str::to_owned).collect()
}

/// Whether a licence expression (SPDX 2.3, annex D) can be met with the licences that are allowed.
fn is_allowed(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let expression = expression.replace('/', " OR ");
    let (mut depth, mut from) = (0, 0);
    let mut parts: Vec<(&str, &str)> = Vec::new();
    let mut joiner = "";
    for (at, c) in expression.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ if depth > 0 || at < from => {}
            _ => {
                for word in [" OR ", " AND "] {
                    if expression[at..].starts_with(word) {
                        parts.push((joiner, &expression[from..at]));
                        joiner = word.trim();
                        from = at + word.len();
                    }
                }
            }
        }
    }
    parts.push((joiner, &expression[from..]));
    if let [(_, single)] = parts.as_slice() {
        let single = single.trim();
        let inner = single.strip_prefix('(').and_then(|inner| inner.strip_suffix(')'));
        return inner.map_or_else(|| allowed.contains(single), |inner| is_allowed(inner, allowed));
    }
    // AND binds tighter than OR.
    let mut is_met = false;
    let mut group = true;
    for (joiner, part) in parts {
        if joiner == "OR" {
            is_met |= group;
            group = true;
        }
        group &= is_allowed(part, allowed);
    }
    is_met || group
}

#[test]
fn every_dependency_is_one_that_we_may_use() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let file = fs::read_to_string(root.join(".deny.toml")).unwrap();
    let (allowed, denied) = (listed(&file, "\nallow = ["), listed(&file, "\ndeny = ["));
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--format-version", "1"])
        .current_dir(&root)
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&metadata.stderr);
    let metadata: Value = serde_json::from_slice(&metadata.stdout).expect(&complaint);
    let mut wrong = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        let (name, licence) = (&package["name"], &package["license"]);
        let name = name.as_str().unwrap();
        if denied.contains(name) {
            wrong.push(format!("{name} is denied"));
        }
        let is_clarified = file.contains(&format!("[[licenses.clarify]]\nname = \"{name}\""));
        if !is_clarified && !is_allowed(licence.as_str().unwrap_or("none"), &allowed) {
            wrong.push(format!("{name} has the licence {licence}"));
        }
        let source = package["source"].as_str().unwrap_or_default();
        if !source.is_empty() && !source.contains("crates.io-index") {
            wrong.push(format!("{name} comes from {source}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn licence_expressions_are_read_as_they_are_meant() {
    let allowed: BTreeSet<String> = ["MIT", "ISC"].map(str::to_owned).into();
    for (expression, expected) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("GPL-3.0 OR MIT", true),
        ("GPL-3.0/MIT", true),
        ("GPL-3.0 AND MIT", false),
        ("MIT AND (GPL-3.0 OR ISC)", true),
        ("(MIT OR Apache-2.0) AND BSD-3-Clause", false),
        ("MIT AND ISC OR GPL-3.0", true),
        ("MITX", false),
    ] {
        assert_eq!(is_allowed(expression, &allowed), expected, "{expression}");
    }
}
