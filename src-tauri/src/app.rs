//! The app with its window: how it begins, what comes to it from outside, how it ends.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use pixmill_engine::{Error, fetch::Access, store::StoreError};
use tauri::{
    App, AppHandle, Builder, DragDropEvent, Manager, RunEvent, Runtime, WindowEvent,
    async_runtime::{block_on, spawn},
};
use tauri_plugin_autostart::MacosLauncher;
use tauri_plugin_dialog::{DialogExt, MessageDialogKind};
use tauri_plugin_window_state::StateFlags;
use tracing::{error, info};

use crate::{
    arrivals::Arrivals,
    commands,
    desk::{Desk, DeskError, Places},
    keyring::Ring,
    log, scheme, tray, updates,
    window::{self, Window},
    wire::Said,
};

/// What the system starts the app with at the begin of a session.
const HIDDEN: &str = "--hidden";

/// Runs the app until somebody quits it.
pub fn run() -> ExitCode {
    match build(Builder::default()).build(context()) {
        Ok(app) => {
            app.run(happen);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: Pixmill cannot start: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What the build has put into the app: its settings, its page, its permissions.
pub(crate) fn context<R: Runtime>() -> tauri::Context<R> {
    tauri::generate_context!()
}

/// Puts the app together.
fn build<R: Runtime>(builder: Builder<R>) -> Builder<R> {
    let state = StateFlags::all() & !StateFlags::VISIBLE;
    builder
        // The first of all: where the app runs already, nothing else is to happen.
        .plugin(tauri_plugin_single_instance::init(|app, arguments, folder| {
            if !arguments.iter().any(|argument| argument == HIDDEN) {
                if !is_ending() {
                    window::show(app);
                }
                arrive(app, named(arguments.into_iter().map(OsString::from), Path::new(&folder)));
            }
        }))
        .manage(Arrivals::default())
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_autostart::init(MacosLauncher::LaunchAgent, Some(vec![HIDDEN])))
        .plugin(tauri_plugin_window_state::Builder::new().with_state_flags(state).build())
        .register_asynchronous_uri_scheme_protocol(scheme::NAME, scheme::answer)
        .invoke_handler(commands::handler())
        .on_window_event(|window, event| happen_to_window(window.app_handle(), event))
        .setup(|app| begin(app).map_err(Into::into))
}

/// Begins: opens what the app keeps, then shows the window.
fn begin<R: Runtime>(app: &mut App<R>) -> tauri::Result<()> {
    let handle = app.handle().clone();
    let places = places(&handle)?;
    if let Err(error) = log::begin(&places.data.join("log")) {
        eprintln!("there is no log: {error}");
    }
    info!(version = env!("CARGO_PKG_VERSION"), data = %places.data.display(), "begun");
    let around = Arc::new(Window::of(handle.clone()));
    let desk = match block_on(Desk::open(places, around)) {
        Ok(desk) => desk,
        Err(error) => {
            excuse(&handle, &error);
            return Ok(());
        }
    };
    handle.manage(desk);
    // They may be in any encoding.
    let arguments: Vec<OsString> = std::env::args_os().collect();
    tray::begin(&handle);
    updates::begin(&handle)?;
    window::open(&handle, arguments.iter().any(|argument| argument == HIDDEN))?;
    let folder = std::env::current_dir().unwrap_or_default();
    let early = handle.state::<Arrivals>().open();
    arrive(&handle, named(arguments, &folder).chain(early));
    Ok(())
}

/// Where the app keeps things.
fn places<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<Places> {
    let documents = app.path().document_dir().or_else(|_| app.path().home_dir())?;
    Ok(Places {
        data: app.path().app_data_dir()?,
        out: documents.join("Pixmill"),
        pictures: scheme::base(),
        access: access(),
        ring: Ring::System,
    })
}

/// Which addresses may be reached: public ones. Tests of a debug build have their origin elsewhere.
fn access() -> Access {
    let mut access = Access::default();
    if cfg!(debug_assertions)
        && let Ok(allowed) = std::env::var("PIXMILL_TEST_ALLOW_ADDRESSES")
    {
        access.allowed = allowed.split(',').filter_map(|network| network.parse().ok()).collect();
    }
    access
}

/// Says why the app cannot begin, and ends it.
fn excuse<R: Runtime>(app: &AppHandle<R>, why: &DeskError) {
    error!(error = %why, "the app cannot begin");
    let words = match why {
        DeskError::Engine(Error::Store(StoreError::InUse(_))) => {
            "Another program has open what Pixmill keeps on this computer. End it, then start Pixmill \
             again."
                .to_owned()
        }
        DeskError::Engine(_) | DeskError::Files { .. } => format!("Pixmill cannot begin: {why}."),
    };
    let ended = app.clone();
    app.dialog()
        .message(words)
        .title("Pixmill")
        .kind(MessageDialogKind::Error)
        .show(move |_| ended.exit(1));
}

/// The files that a command line names, seen from a folder.
fn named(
    arguments: impl IntoIterator<Item = OsString>,
    folder: &Path,
) -> impl Iterator<Item = PathBuf> {
    let is_file = |argument: &OsString| !argument.as_encoded_bytes().starts_with(b"--");
    arguments.into_iter().skip(1).filter(is_file).map(move |file| folder.join(file))
}

/// Offers files that come from outside to the page, as soon as that can be done.
fn arrive<R: Runtime>(app: &AppHandle<R>, files: impl Iterator<Item = PathBuf>) {
    let files = app.state::<Arrivals>().arrive(files.collect());
    let desk = app.try_state::<Desk>().map(|desk| Desk::clone(&desk));
    if let Some(desk) = desk.filter(|_| !files.is_empty()) {
        spawn(async move { desk.offer(files).await });
    }
}

fn happen_to_window<R: Runtime>(app: &AppHandle<R>, event: &WindowEvent) {
    let Some(desk) = app.try_state::<Desk>() else { return };
    if let WindowEvent::DragDrop(drag) = event {
        match drag {
            DragDropEvent::Enter { .. } => desk.around().tell(Said::Held(true)),
            DragDropEvent::Leave => desk.around().tell(Said::Held(false)),
            DragDropEvent::Drop { paths, .. } => {
                desk.around().tell(Said::Held(false));
                arrive(app, paths.iter().cloned());
            }
            DragDropEvent::Over { .. } | _ => {}
        }
    }
    if let WindowEvent::CloseRequested { api, .. } = event
        && desk.is_busy()
        && let Some(window) = app.get_webview_window(window::MAIN)
    {
        // Folders stay watched, and what is open is worked on.
        match window.hide() {
            Ok(()) => api.prevent_close(),
            Err(error) => error!(%error, "the window cannot be hidden: Pixmill ends"),
        }
    }
}

fn happen<R: Runtime>(app: &AppHandle<R>, event: RunEvent) {
    match event {
        // Without a code it is because the last window was closed.
        RunEvent::ExitRequested { code: None, api, .. } => {
            api.prevent_exit();
            quit(app);
        }
        RunEvent::Exit => leave(app),
        #[cfg(target_os = "macos")]
        RunEvent::Opened { urls } => {
            arrive(app, urls.iter().filter_map(|url| url.to_file_path().ok()));
        }
        #[cfg(target_os = "macos")]
        RunEvent::Reopen { .. } => window::show(app),
        _ => {}
    }
}

/// Whether the app ends: once is enough, however often somebody says so.
static IS_ENDING: AtomicBool = AtomicBool::new(false);

fn is_ending() -> bool {
    IS_ENDING.load(Ordering::SeqCst)
}

/// Ends all work in order, then the app.
pub(crate) fn quit<R: Runtime>(app: &AppHandle<R>) {
    if IS_ENDING.swap(true, Ordering::SeqCst) {
        return;
    }
    if let Some(window) = app.get_webview_window(window::MAIN)
        && let Err(error) = window.hide()
    {
        error!(%error, "the window is still to be seen");
    }
    let app = app.clone();
    spawn(async move {
        close(&app).await;
        app.exit(0);
    });
}

/// Ends all work in order, unless that is done or under way. What comes from outside from then on is
/// for the next app.
pub(crate) async fn end_work<R: Runtime>(app: &AppHandle<R>) {
    if !IS_ENDING.swap(true, Ordering::SeqCst) {
        close(app).await;
    }
}

async fn close<R: Runtime>(app: &AppHandle<R>) {
    app.state::<Arrivals>().end();
    let desk = app.try_state::<Desk>().map(|desk| Desk::clone(&desk));
    if let Some(desk) = desk {
        desk.close().await;
    }
    info!("ended");
}

/// The last that happens. Some systems end an app without asking it first.
fn leave<R: Runtime>(app: &AppHandle<R>) {
    block_on(end_work(app));
    // From here on, whoever starts the app starts one.
    tauri_plugin_single_instance::destroy(app);
    let Some(files) = app.state::<Arrivals>().late() else { return };
    let started = tauri::process::current_binary(&app.env())
        .and_then(|program| Command::new(program).args(files).spawn());
    match started {
        Ok(_) => info!("begun again: it was asked for while it ended"),
        Err(error) => error!(%error, "it was asked for while it ended, and does not begin again"),
    }
}
