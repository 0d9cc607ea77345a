//! Puts the page into the binary: what `make ui` has built, or nothing where it was not run.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Where the page is built.
const DIST: &str = "../ui/dist";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={DIST}");
    let built = Path::new(&env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join(DIST);
    let out = Path::new(&env::var("OUT_DIR").map_err(io::Error::other)?).join("page.rs");
    let mut files = Vec::new();
    if built.is_dir() {
        find(&built, &mut files)?;
    }
    files.sort();
    let mut table = fs::File::create(out)?;
    writeln!(table, "&[")?;
    for file in files {
        let name = file.strip_prefix(&built).map_err(io::Error::other)?.to_string_lossy();
        writeln!(table, "    ({:?}, include_bytes!({file:?})),", name.replace('\\', "/"))?;
    }
    writeln!(table, "]")
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
