//! The window, and what the app asks of the system by way of it.

mod dialogs;
mod task_bar;

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use pixmill_engine::wire::ProgressView;
use task_bar::TaskBar;
use tauri::{
    AppHandle, Emitter, Manager, Runtime, WebviewWindow, WebviewWindowBuilder,
    webview::PageLoadEvent,
};
use tauri_plugin_autostart::ManagerExt;
use tauri_plugin_dialog::DialogExt;
use tracing::warn;
use url::Url;

use crate::{
    around::{Around, Notice, Shown},
    desk::Desk,
    notice,
    refusal::{Answer, Refusal},
    tray,
    wire::{Choice, Said},
};

/// The name of the one window.
pub(crate) const MAIN: &str = "main";

/// The system, by way of the window.
pub(crate) struct Window<R: Runtime> {
    app: AppHandle<R>,
    task_bar: TaskBar,
    /// How far the work was when it was last shown, in percent.
    percent: Mutex<Option<u64>>,
}

impl<R: Runtime> Window<R> {
    pub(crate) fn of(app: AppHandle<R>) -> Self {
        Window { task_bar: TaskBar::of(&app), app, percent: Mutex::default() }
    }
}

#[async_trait]
impl<R: Runtime> Around for Window<R> {
    fn tell(&self, said: Said) {
        if let Err(error) = self.app.emit_to(MAIN, said.name(), &said) {
            warn!(%error, event = said.name(), "the page was not told");
        }
    }

    fn show_progress(&self, progress: Option<&ProgressView>) {
        let percent = progress.map(|sum| (sum.done + sum.failed) * 100 / sum.total.max(1));
        let mut shown = self.percent.lock().unwrap_or_else(PoisonError::into_inner);
        if *shown == percent {
            return;
        }
        *shown = percent;
        drop(shown);
        self.task_bar.show(&self.app, percent);
        tray::show_progress(&self.app, progress);
    }

    fn notify(&self, notice: Notice) {
        let (app, shown) = (self.app.clone(), notice.shown.clone());
        notice::show(notice, move || {
            let Some(desk) = app.try_state::<Desk>().map(|desk| Desk::clone(&desk)) else { return };
            tauri::async_runtime::spawn(async move {
                let shown = match shown {
                    Shown::Results(id) => desk.show_results(id).await,
                    Shown::Folder(folder) => desk.around().show_folder(&folder),
                };
                if let Err(refusal) = shown {
                    warn!(why = refusal.words(), "the results are not shown");
                    let words = format!("The results cannot be shown: {}.", refusal.words());
                    app.dialog().message(words).title("Pixmill").show(drop);
                }
            });
        });
    }

    async fn choose(&self, what: Choice) -> Vec<PathBuf> {
        dialogs::choose(&self.app, what).await
    }

    async fn choose_folder(&self) -> Option<PathBuf> {
        dialogs::choose(&self.app, Choice::Folder).await.into_iter().next()
    }

    async fn save_as(&self, name: &str) -> Option<PathBuf> {
        dialogs::save_as(&self.app, name).await
    }

    fn show_folder(&self, folder: &Path) -> Answer<()> {
        let failed = |error: tauri_plugin_opener::Error| {
            Refusal::failed("show the folder")(std::io::Error::other(error))
        };
        tauri_plugin_opener::open_path(folder, None::<&str>).map_err(failed)
    }

    fn starts_with_session(&self) -> bool {
        self.app.autolaunch().is_enabled().unwrap_or_default()
    }

    fn start_with_session(&self, on: bool) -> Answer<()> {
        let manager = self.app.autolaunch();
        let changed = if on { manager.enable() } else { manager.disable() };
        let failed = |error: tauri_plugin_autostart::Error| {
            Refusal::failed("change what starts with the session")(std::io::Error::other(error))
        };
        changed.map_err(failed)
    }
}

/// Opens the window; it can be left hidden, as when the app starts with the session.
///
/// # Errors
/// Where the system cannot show one.
pub(crate) fn open<R: Runtime>(app: &AppHandle<R>, is_hidden: bool) -> tauri::Result<()> {
    let config = app.config().app.windows.iter().find(|window| window.label == MAIN);
    let Some(config) = config else { return Err(tauri::Error::WindowNotFound) };
    WebviewWindowBuilder::from_config(app, config)?
        .visible(!is_hidden)
        .on_navigation(is_page)
        .on_page_load(|window: WebviewWindow<R>, load| {
            if load.event() == PageLoadEvent::Started
                && let Some(desk) = window.try_state::<Desk>()
            {
                desk.offers().page_begins();
                desk.following().leave_all();
            }
        })
        .build()?;
    Ok(())
}

/// Shows the window, from wherever it is.
pub(crate) fn show<R: Runtime>(app: &AppHandle<R>) {
    let Some(window) = app.get_webview_window(MAIN) else { return };
    for shown in [window.unminimize(), window.show(), window.set_focus()] {
        if let Err(error) = shown {
            warn!(%error, "the window is not shown");
        }
    }
}

/// Whether the window may go to an address: to the app's own page and nowhere else.
fn is_page(url: &Url) -> bool {
    url.scheme() == "tauri" || url.host_str() == Some("tauri.localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_stays_with_its_page() {
        let goes = |url: &str| is_page(&Url::parse(url).unwrap());
        assert!(goes("tauri://localhost/index.html#/"));
        assert!(goes("http://tauri.localhost/"));
        for away in
            ["https://example.com/", "file:///etc/passwd", "pixmill://localhost/", "data:,x"]
        {
            assert!(!goes(away), "{away}");
        }
    }
}
