//! Where things are kept.

use std::{convert::Infallible, env, fmt, path::PathBuf, str::FromStr};

use clap::Args;
use pixmill_engine::{
    Config, GalleryAt, StoreAt,
    gallery::Layout,
    store::{MongoUri, NotMongo},
};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{Data, Private, Secrets, SettingsError};

/// Where things are kept.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
#[command(next_help_heading = "Storage")]
#[serde(rename_all = "kebab-case")]
pub struct Keeping {
    /// The folder for all that is kept on this machine.
    #[command(flatten)]
    #[serde(flatten)]
    pub data: Data,
    /// Where requests are kept: `folder`, in the data folder, for one process; or the address of a
    /// MongoDB deployment (mongodb://...) for any number of them. Rather set PIXMILL_STORE than
    /// write a password on the command line
    #[arg(long, value_name = "WHERE", default_value = "folder", hide_env_values = true)]
    pub store: StoreChoice,
    /// Where images are kept: a folder, s3://bucket/prefix (with the usual AWS_* variables for
    /// endpoint, region and keys), or `gridfs`, in the MongoDB deployment [default: gridfs with
    /// MongoDB, else a folder in the data folder]
    #[arg(long, value_name = "WHERE")]
    pub gallery: Option<GalleryChoice>,
    /// The key with which secrets are kept.
    #[command(flatten)]
    #[serde(flatten)]
    pub secrets: Secrets,
}

impl Keeping {
    /// What an engine is told that keeps its things there.
    ///
    /// # Errors
    /// [`SettingsError::NoDataFolder`], [`SettingsError::Key`], [`SettingsError::UnknownStore`],
    /// [`SettingsError::UnknownGallery`]
    pub fn config(&self) -> Result<Config, SettingsError> {
        let mut config = Config::new(self.data.folder()?);
        if let Some(key) = self.secrets.source()? {
            config.key = key;
        }
        match &self.store {
            StoreChoice::Folder => {}
            StoreChoice::Mongo(uri) => {
                config.store = StoreAt::Mongo(uri.clone());
                config.gallery = GalleryAt::GridFs;
            }
            StoreChoice::Unknown(_) => return Err(SettingsError::UnknownStore),
        }
        match &self.gallery {
            None => {}
            Some(GalleryChoice::GridFs) => config.gallery = GalleryAt::GridFs,
            Some(GalleryChoice::S3(url)) => {
                let options = env::vars().filter(|(name, _)| name.starts_with("AWS_")).collect();
                config.gallery = GalleryAt::S3 { url: url.clone(), options };
            }
            Some(GalleryChoice::Unknown(_)) => return Err(SettingsError::UnknownGallery),
            Some(GalleryChoice::Folder(path)) => {
                let layout = Layout::default();
                config.gallery = GalleryAt::Folder { path: path.clone(), layout };
            }
        }
        Ok(config)
    }
}

/// Where requests are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub enum StoreChoice {
    /// In the data folder.
    Folder,
    /// In MongoDB.
    Mongo(MongoUri),
    /// Something that is neither. It may hold a password all the same, so it is never shown.
    Unknown(Private),
}

impl FromStr for StoreChoice {
    type Err = Infallible;

    /// Whoever reads settings shows what cannot be read: so everything can.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text.parse() {
            _ if text == "folder" => StoreChoice::Folder,
            Ok(uri) => StoreChoice::Mongo(uri),
            Err(NotMongo) => StoreChoice::Unknown(Private::from(text)),
        })
    }
}

impl From<String> for StoreChoice {
    fn from(text: String) -> Self {
        let Ok(choice) = text.parse();
        choice
    }
}

impl From<StoreChoice> for String {
    fn from(choice: StoreChoice) -> String {
        match choice {
            StoreChoice::Folder => "folder".to_owned(),
            // Settings are put together in this form, and shown in no other than `Display`'s.
            StoreChoice::Mongo(uri) => uri.expose().to_owned(),
            StoreChoice::Unknown(text) => text.0,
        }
    }
}

impl fmt::Display for StoreChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreChoice::Folder => f.write_str("folder"),
            StoreChoice::Mongo(uri) => uri.fmt(f),
            StoreChoice::Unknown(_) => f.write_str("unknown"),
        }
    }
}

/// Where images are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub enum GalleryChoice {
    /// In a folder.
    Folder(PathBuf),
    /// In S3, or whatever speaks its protocol.
    S3(Url),
    /// In the MongoDB deployment.
    GridFs,
    /// The address of something else. It may hold a password, so it is never shown.
    Unknown(Private),
}

impl From<String> for GalleryChoice {
    fn from(text: String) -> Self {
        match Url::parse(&text) {
            Ok(url) if url.scheme() == "s3" => GalleryChoice::S3(url),
            _ if text == "gridfs" => GalleryChoice::GridFs,
            _ if text.contains("://") => GalleryChoice::Unknown(Private(text)),
            _ => GalleryChoice::Folder(text.into()),
        }
    }
}

impl FromStr for GalleryChoice {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.to_owned().into())
    }
}

impl From<GalleryChoice> for String {
    fn from(choice: GalleryChoice) -> String {
        match choice {
            GalleryChoice::Folder(path) => path.to_string_lossy().into_owned(),
            GalleryChoice::S3(url) => url.into(),
            GalleryChoice::GridFs => "gridfs".to_owned(),
            GalleryChoice::Unknown(text) => text.0,
        }
    }
}
