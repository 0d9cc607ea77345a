//! The icon beside the clock: the app can be reached by it while its window is closed.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pixmill_engine::wire::ProgressView;
use tauri::{
    AppHandle, Manager, Runtime,
    async_runtime::spawn_blocking,
    menu::{Menu, MenuEvent, MenuItem, PredefinedMenuItem},
    tray::TrayIconBuilder,
};
use tracing::{debug, warn};

use crate::{app, desk::Desk, window};

const OPEN: &str = "open";
const PAUSE: &str = "pause";
const RESUME: &str = "resume";
const QUIT: &str = "quit";
const IDLE: &str = "Nothing to do";

/// The line of the menu that says how far the work is.
struct Line<R: Runtime>(MenuItem<R>);

/// Shows the icon, where the system has a place for such.
pub(crate) fn begin<R: Runtime>(app: &AppHandle<R>) {
    // A Linux without the library for it makes a panic of that.
    match catch_unwind(AssertUnwindSafe(|| build(app))) {
        Ok(Ok(())) => {}
        Ok(Err(error)) => warn!(%error, "there is no icon beside the clock"),
        Err(_) => warn!("there is no icon beside the clock: the system has no place for it"),
    }
}

fn build<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<()> {
    let item = |id, text| MenuItem::with_id(app, id, text, true, None::<&str>);
    let line = MenuItem::with_id(app, "progress", IDLE, false, None::<&str>)?;
    let menu = Menu::with_items(
        app,
        &[
            &item(OPEN, "Open Pixmill")?,
            &line,
            &PredefinedMenuItem::separator(app)?,
            &item(PAUSE, "Pause all watched folders")?,
            &item(RESUME, "Resume all watched folders")?,
            &PredefinedMenuItem::separator(app)?,
            &item(QUIT, "Quit")?,
        ],
    )?;
    let icon = TrayIconBuilder::with_id("main").menu(&menu).tooltip("Pixmill");
    let icon = match app.default_window_icon() {
        Some(image) => icon.icon(image.clone()),
        None => icon,
    };
    icon.on_menu_event(act).build(app)?;
    app.manage(Line(line));
    Ok(())
}

fn act<R: Runtime>(app: &AppHandle<R>, event: MenuEvent) {
    let pause = |is_paused| {
        if let Some(desk) = app.try_state::<Desk>().map(|desk| Desk::clone(&desk)) {
            // It is written to the disk, which the window does not wait for.
            spawn_blocking(move || desk.folders().pause_all(is_paused));
        }
    };
    match event.id().as_ref() {
        OPEN => window::show(app),
        PAUSE => pause(true),
        RESUME => pause(false),
        QUIT => app::quit(app),
        _ => {}
    }
}

/// Shows how far the work is; none where there is none.
pub(crate) fn show_progress<R: Runtime>(app: &AppHandle<R>, progress: Option<&ProgressView>) {
    let words = progress.map_or(IDLE.to_owned(), |sum| {
        format!("{} of {} images", sum.done + sum.failed, sum.total)
    });
    let showing = app.clone();
    // Whoever tells does not wait for the thread of the window: it may wait for what they hold.
    let told = app.run_on_main_thread(move || {
        let Some(line) = showing.try_state::<Line<R>>() else { return };
        if let Err(error) = line.0.set_text(&words) {
            debug!(%error, "the icon's menu does not say how far the work is");
        }
        if let Some(icon) = showing.tray_by_id("main")
            && let Err(error) = icon.set_tooltip(Some(format!("Pixmill: {words}")))
        {
            debug!(%error, "the icon does not say how far the work is");
        }
    });
    if let Err(error) = told {
        debug!(%error, "the icon does not say how far the work is");
    }
}
