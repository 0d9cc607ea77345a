//! The order of the modules: each imports only from those above it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The modules in the order in which the data flows. What stands on one line knows nothing of the
/// others there.
const LAYERS: &[&[&str]] = &[
    // For tests only.
    &["deployment"],
    &["backoff", "blame"],
    &["model"],
    &["sheet"],
    &["wire"],
    &["fetch", "compress", "gather"],
    &["gallery", "vault"],
    &["store"],
    &["webhook"],
    &["worker"],
    &["error", "config"],
    &["told"],
    &["engine"],
    &["watch", "sync"],
];

fn sources(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            sources(&entry.unwrap().path(), found);
        }
    } else if path.extension().is_some_and(|ending| ending == "rs") {
        found.push(path.to_owned());
    }
}

/// The modules of this crate that some source names, by `crate::name` or in a list `crate::{...}`.
fn named(source: &str) -> Vec<String> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let first_word = |text: &str| text.trim().split(|c| !is_word(c)).next().unwrap().to_owned();
    let mut names = Vec::new();
    for (at, _) in source.match_indices("crate::") {
        if at > 0 && source[..at].ends_with(is_word) {
            continue;
        }
        let rest = &source[at + "crate::".len()..];
        let Some(list) = rest.strip_prefix('{') else {
            names.push(first_word(rest));
            continue;
        };
        let (mut depth, mut from) = (0, 0);
        for (at, c) in list.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth > 0 => depth -= 1,
                ',' | '}' if depth == 0 => {
                    names.push(first_word(&list[from..at]));
                    from = at + 1;
                    if c == '}' {
                        break;
                    }
                }
                _ => {}
            }
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

#[test]
fn each_module_imports_only_from_those_above_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    sources(&src, &mut found);
    let mut wrong = Vec::new();
    for path in found {
        let relative = path.strip_prefix(&src).unwrap();
        let top = relative.iter().next().unwrap().to_str().unwrap();
        let module = top.trim_end_matches(".rs");
        if module == "lib" {
            continue;
        }
        let own = layer(module).unwrap_or_else(|| panic!("{module} is in no layer"));
        for name in named(&fs::read_to_string(&path).unwrap()) {
            let Some(other) = layer(&name) else {
                wrong.push(format!("{} names crate::{name}, which is no module", path.display()));
                continue;
            };
            if name != module && other >= own {
                wrong.push(format!("{} imports {name}", relative.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_are_found_in_lists_and_alone() {
    let source = "use crate::{a::{b, c}, d, e as f}; fn x() { crate::g::h() } mycrate::i";
    assert_eq!(named(source), ["a", "d", "e", "g"]);
}

#[test]
fn the_engine_knows_no_host() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    for host in ["rocket", "tauri", "clap", "figment"] {
        assert!(!manifest.contains(host), "the engine depends on {host}");
    }
    let mut found = Vec::new();
    sources(&root.join("src"), &mut found);
    for path in found {
        let source = fs::read_to_string(&path).unwrap();
        assert!(!source.contains("std::env"), "{} reads the environment", path.display());
    }
}
