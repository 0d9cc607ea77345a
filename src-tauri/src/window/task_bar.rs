//! How far the work is, on the task bar.

use tauri::{AppHandle, Runtime};

/// Shows it on the task bar.
pub(super) struct TaskBar(imp::Bar);

impl TaskBar {
    pub(super) fn of<R: Runtime>(app: &AppHandle<R>) -> Self {
        TaskBar(imp::Bar::of(app))
    }

    /// Shows how far it is, in percent; none where there is nothing to do.
    pub(super) fn show<R: Runtime>(&self, app: &AppHandle<R>, percent: Option<u64>) {
        self.0.show(app, percent);
    }
}

#[cfg(target_os = "linux")]
mod imp {
    //! Docks and task bars hear of it by a signal on the session's bus, as Unity's launcher did (its
    //! LauncherEntry API). Tauri sends it only where Unity itself runs.

    use std::{
        collections::HashMap,
        sync::mpsc::{Receiver, Sender, channel},
        thread,
    };

    use tauri::{AppHandle, Runtime};
    use tracing::debug;
    use zbus::{blocking::Connection, zvariant::Value};

    const PATH: &str = "/com/canonical/unity/launcherentry/pixmill";
    const INTERFACE: &str = "com.canonical.Unity.LauncherEntry";

    pub(super) struct Bar {
        percents: Sender<Option<u64>>,
    }

    impl Bar {
        pub(super) fn of<R: Runtime>(app: &AppHandle<R>) -> Self {
            let (percents, heard) = channel();
            let entry = format!("application://{}.desktop", app.package_info().name);
            // The bus may be slow, and nobody is to wait for it.
            let telling = thread::Builder::new().name("task-bar".to_owned());
            if let Err(error) = telling.spawn(move || tell(&heard, &entry)) {
                debug!(%error, "the task bar shows no progress");
            }
            Bar { percents }
        }

        pub(super) fn show<R: Runtime>(&self, _: &AppHandle<R>, percent: Option<u64>) {
            // An error says that there is no bus.
            self.percents.send(percent).unwrap_or_default();
        }
    }

    fn tell(heard: &Receiver<Option<u64>>, entry: &str) {
        let bus = match Connection::session() {
            Ok(bus) => bus,
            Err(error) => return debug!(%error, "the task bar shows no progress"),
        };
        for percent in heard {
            let part = percent.unwrap_or_default() as f64 / 100.0;
            let said = HashMap::from([
                ("progress", Value::from(part)),
                ("progress-visible", Value::from(percent.is_some())),
            ]);
            let told = bus.emit_signal(None::<&str>, PATH, INTERFACE, "Update", &(entry, said));
            if let Err(error) = told {
                debug!(%error, "the task bar shows no progress");
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod imp {
    use tauri::{
        AppHandle, Manager, Runtime,
        window::{ProgressBarState, ProgressBarStatus},
    };
    use tracing::debug;

    pub(super) struct Bar;

    impl Bar {
        pub(super) fn of<R: Runtime>(_: &AppHandle<R>) -> Self {
            Bar
        }

        pub(super) fn show<R: Runtime>(&self, app: &AppHandle<R>, percent: Option<u64>) {
            let status = percent.map_or(ProgressBarStatus::None, |_| ProgressBarStatus::Normal);
            let state = ProgressBarState { status: Some(status), progress: percent };
            let window = app.get_webview_window(super::super::MAIN);
            if let Some(Err(error)) = window.map(|window| window.set_progress_bar(state)) {
                debug!(%error, "the task bar shows no progress");
            }
        }
    }
}
