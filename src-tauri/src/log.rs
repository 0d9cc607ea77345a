//! The log of the app, in a folder of what it keeps: also of what should never happen.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::Path,
    sync::Mutex,
};

use tracing::error;
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, registry, util::SubscriberInitExt};

/// What is logged: what libraries say of each of their steps is not.
const FILTER: &str = "info,zbus=warn,hyper=warn,reqwest=warn,notify=warn,wry=warn,tao=warn";
/// How large a log may be when the app starts; a larger one is put aside, in bytes.
const LARGE: u64 = 4 << 20;

/// Begins to log into a file of a folder, panics included.
///
/// # Errors
/// Where the file cannot be written.
pub(crate) fn begin(folder: &Path) -> io::Result<()> {
    let file = open(folder)?;
    let layer = fmt::layer().with_ansi(false).with_writer(Mutex::new(file));
    let begun = registry().with(layer).with(EnvFilter::new(FILTER)).try_init();
    begun.map_err(io::Error::other)?;
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let backtrace = std::backtrace::Backtrace::force_capture();
        error!(%panic, %backtrace, "a part of the app failed");
        usual(panic);
    }));
    Ok(())
}

fn open(folder: &Path) -> io::Result<File> {
    fs::create_dir_all(folder)?;
    let path = folder.join("pixmill.log");
    if fs::metadata(&path).is_ok_and(|there| there.len() > LARGE) {
        fs::rename(&path, folder.join("pixmill.before.log"))?;
    }
    OpenOptions::new().create(true).append(true).open(path)
}
