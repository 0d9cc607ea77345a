//! New versions of the app: looked for only where the build was told who signs them and where they are,
//! by `tauri build --config updater.conf.json` once both are filled in there.

use std::time::Duration;

use tauri::{
    AppHandle, Runtime,
    async_runtime::{block_on, spawn},
};
use tauri_plugin_dialog::{DialogExt, MessageDialogButtons, MessageDialogKind};
use tauri_plugin_updater::{Builder, UpdaterExt};
use tokio::{sync::oneshot, time::sleep};
use tracing::{info, warn};

use crate::app;

/// How often is looked.
const LOOK: Duration = Duration::from_secs(24 * 3_600);

/// Looks for new versions from now on, where the build was told where.
///
/// # Errors
/// Where what it was told cannot be used.
pub(crate) fn begin<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<()> {
    let told = app.config().plugins.0.get("updater");
    let key = told.and_then(|told| told["pubkey"].as_str()).unwrap_or_default();
    if key.is_empty() {
        return Ok(());
    }
    app.plugin(Builder::new().build())?;
    let app = app.clone();
    spawn(async move {
        loop {
            if let Err(error) = look(&app).await {
                warn!(%error, "no new version was looked for");
            }
            sleep(LOOK).await;
        }
    });
    Ok(())
}

/// Installs a new version if there is one and the person wants it.
async fn look<R: Runtime>(app: &AppHandle<R>) -> tauri_plugin_updater::Result<()> {
    let ending = app.clone();
    // Windows ends the app while it installs.
    let updater = app.updater_builder().on_before_exit(move || block_on(app::end_work(&ending)));
    let Some(update) = updater.build()?.check().await? else { return Ok(()) };
    info!(version = update.version, "there is a new version");
    let words = format!(
        "Pixmill {} is there. Install it now? Pixmill then starts anew, and work goes on where it was.",
        update.version
    );
    let (answer, wanted) = oneshot::channel();
    app.dialog()
        .message(words)
        .title("Pixmill")
        .buttons(MessageDialogButtons::OkCancelCustom("Install".to_owned(), "Later".to_owned()))
        // Where nobody waits for the answer any more, nobody needs it.
        .show(move |is_wanted| answer.send(is_wanted).unwrap_or_default());
    if wanted.await.unwrap_or_default() {
        if let Err(error) = update.download_and_install(|_, _| {}, || {}).await {
            let words = format!(
                "Pixmill {} was not installed: {error}. Pixmill asks again tomorrow, or when it is \
                 started.",
                update.version
            );
            app.dialog().message(words).title("Pixmill").kind(MessageDialogKind::Error).show(drop);
            return Err(error);
        }
        app::end_work(app).await;
        app.restart();
    }
    Ok(())
}
