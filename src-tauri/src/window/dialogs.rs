//! The system's dialogs for files. In a debug build a file can answer in the place of a person, for no
//! test can reach these dialogs: `PIXMILL_TEST_DIALOGS` names it, and each of its lines is a path.

use std::path::PathBuf;

use tauri::{AppHandle, Manager, Runtime};
use tauri_plugin_dialog::{DialogExt, FileDialogBuilder, FilePath};
use tokio::sync::oneshot;

use super::MAIN;
use crate::wire::Choice;

/// What ends like an image that can be read.
const IMAGES: [&str; 9] = ["jpg", "jpeg", "png", "webp", "gif", "tif", "tiff", "bmp", "avif"];

/// Has the person choose files or a folder.
pub(super) async fn choose<R: Runtime>(app: &AppHandle<R>, what: Choice) -> Vec<PathBuf> {
    #[cfg(debug_assertions)]
    if let Some(answers) = seam::answers() {
        return answers;
    }
    let dialog = dialog(app);
    let (answer, chosen) = oneshot::channel();
    // Where nobody waits for the answer any more, nobody needs it.
    let many = |paths: Option<Vec<FilePath>>| drop(answer.send(paths.unwrap_or_default()));
    match what {
        Choice::Sheets => dialog.add_filter("Sheets", &["csv", "tsv"]).pick_files(many),
        Choice::Images => dialog.add_filter("Images", &IMAGES).pick_files(many),
        Choice::Folder => dialog.pick_folder(|path| many(path.map(|path| vec![path]))),
    }
    let paths = chosen.await.unwrap_or_default();
    paths.into_iter().filter_map(|path| path.into_path().ok()).collect()
}

/// Has the person choose where a file is saved.
pub(super) async fn save_as<R: Runtime>(app: &AppHandle<R>, name: &str) -> Option<PathBuf> {
    #[cfg(debug_assertions)]
    if let Some(answers) = seam::answers() {
        return answers.first().map(|folder| folder.join(name));
    }
    let mut dialog = dialog(app).set_file_name(name);
    if let Ok(downloads) = app.path().download_dir() {
        dialog = dialog.set_directory(downloads);
    }
    let (answer, chosen) = oneshot::channel();
    dialog.save_file(|path| drop(answer.send(path)));
    chosen.await.ok().flatten()?.into_path().ok()
}

fn dialog<R: Runtime>(app: &AppHandle<R>) -> FileDialogBuilder<R> {
    let dialog = app.dialog().file();
    match app.get_webview_window(MAIN) {
        Some(window) => dialog.set_parent(&window),
        None => dialog,
    }
}

#[cfg(debug_assertions)]
mod seam {
    use std::{env, fs, path::PathBuf};

    /// What the file says by now, if there is to be one.
    pub(super) fn answers() -> Option<Vec<PathBuf>> {
        let file = env::var_os("PIXMILL_TEST_DIALOGS")?;
        let text = fs::read_to_string(file).unwrap_or_default();
        Some(text.lines().filter(|line| !line.is_empty()).map(PathBuf::from).collect())
    }
}
