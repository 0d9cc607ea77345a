//! Tells Tauri which commands there are, so that none can be called that no capability lists.

use std::{fs, io, path::Path};

include!("src/commands/table.rs");

macro_rules! names {
    ($($room:ident::$name:ident($asked:ty) -> $answer:ty;)*) => { &[$(stringify!($name)),*] };
}

/// Where the page is built.
const PAGE: &str = "../ui/dist-desktop";
/// What is shown where it was not.
const NO_PAGE: &str =
    "<!doctype html><title>Pixmill</title><p>The page is missing: run make desktop.";

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=src/commands/table.rs");
    println!("cargo:rerun-if-changed={PAGE}");
    let index = Path::new(PAGE).join("index.html");
    if !index.exists() {
        fs::create_dir_all(PAGE)?;
        fs::write(index, NO_PAGE)?;
    }
    let manifest = tauri_build::AppManifest::new().commands(commands!(names));
    let attributes = tauri_build::Attributes::new().app_manifest(manifest);
    tauri_build::try_build(attributes).map_err(io::Error::other)
}
