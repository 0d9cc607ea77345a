//! What somebody has set, in a file.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use pixmill_engine::model::Recipe;
use serde::{Deserialize, Serialize};
use tracing::warn;

use crate::{files::write_now, wire::Way};

/// The form in which settings are written.
const VERSION: u32 = 1;

/// What somebody has set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Settings {
    /// The form of the file.
    pub(crate) version: u32,
    /// Where the work is done. Default: on this computer.
    #[serde(default)]
    pub(crate) way: Way,
    /// The address of the server that was worked with last. Default: there was none.
    #[serde(default)]
    pub(crate) last_server: Option<String>,
    /// The watched folders. Default: none.
    #[serde(default)]
    pub(crate) folders: Vec<FolderSetting>,
    /// Where the database is that requests are shared with, without user and password. Default: there
    /// is none.
    #[serde(default)]
    pub(crate) sync: Option<String>,
}

/// A folder that is watched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FolderSetting {
    /// By what the page names it: a UUID.
    pub(crate) id: String,
    /// The folder.
    pub(crate) path: PathBuf,
    /// Where results are put; beside the sheets where nothing is said.
    pub(crate) destination: Option<PathBuf>,
    /// How the images of its sheets are compressed.
    pub(crate) recipe: Recipe,
    /// Whether nothing is taken from it for now.
    pub(crate) is_paused: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            version: VERSION,
            way: Way::default(),
            last_server: None,
            folders: Vec::new(),
            sync: None,
        }
    }
}

/// The settings and the file that they are in.
pub(crate) struct SettingsFile {
    path: PathBuf,
    settings: Mutex<Settings>,
}

impl SettingsFile {
    /// Reads the settings; the defaults where there are none. A file that cannot be read is put aside,
    /// so that nothing of it is lost.
    ///
    /// # Errors
    /// Where the file is there and cannot be opened, or not be put aside.
    pub(crate) fn open(path: PathBuf) -> io::Result<Self> {
        let settings = match fs::read(&path) {
            Ok(text) => match read(&text) {
                Ok(settings) => settings,
                Err(why) => {
                    let aside = path.with_extension("json.unread");
                    fs::rename(&path, &aside)?;
                    warn!(%why, aside = %aside.display(), "the settings cannot be read: begun anew");
                    Settings::default()
                }
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Settings::default(),
            Err(error) => return Err(error),
        };
        Ok(SettingsFile { path, settings: Mutex::new(settings) })
    }

    /// The settings as they are.
    pub(crate) fn get(&self) -> Settings {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes the settings; they are as before where the file cannot be written.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Settings)) -> io::Result<()> {
        let mut settings = self.settings.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = settings.clone();
        change(&mut changed);
        if changed != *settings {
            write(&self.path, &changed)?;
            *settings = changed;
        }
        Ok(())
    }
}

fn read(text: &[u8]) -> Result<Settings, String> {
    let settings: Settings = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    if settings.version > VERSION {
        return Err(format!("they are of version {}, made by a newer Pixmill", settings.version));
    }
    Ok(settings)
}

fn write(path: &Path, settings: &Settings) -> io::Result<()> {
    write_now(path, &serde_json::to_vec_pretty(settings)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        let file = SettingsFile::open(path.clone()).unwrap();
        assert_eq!(file.get(), Settings::default());
        let setting = FolderSetting {
            id: "1".to_owned(),
            path: "in".into(),
            destination: Some("out".into()),
            recipe: Recipe::default(),
            is_paused: true,
        };
        let way = Way::Server { address: "http://pixmill.test/".to_owned() };
        let sync = Some("mongodb://db.test/pixmill".to_owned());
        file.change(|settings| {
            settings.folders.push(setting.clone());
            settings.way = way.clone();
            settings.sync = sync.clone();
        })
        .unwrap();
        let read = SettingsFile::open(path).unwrap().get();
        let wanted = Settings { way, folders: vec![setting], sync, ..Settings::default() };
        assert_eq!(read, wanted);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_put_aside_and_not_lost() {
        for text in ["{", r#"{"version": 99}"#] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("settings.json");
            fs::write(&path, text).unwrap();
            assert_eq!(SettingsFile::open(path).unwrap().get(), Settings::default());
            let aside = folder.path().join("settings.json.unread");
            assert_eq!(fs::read_to_string(aside).unwrap(), text);
        }
    }

    #[test]
    fn settings_of_the_first_form_are_read() {
        let text = r#"{"version":1,"way":{"is":"here"},"folders":[{"id":"1","path":"/in",
            "destination":null,"recipe":{"format":"webp","quality":75,"maxWidth":null,
            "maxHeight":null,"metadata":"drop"},"isPaused":false}]}"#;
        let settings = read(text.as_bytes()).unwrap();
        assert_eq!(settings.folders[0].recipe.quality.map(u8::from), Some(75));
    }
}
