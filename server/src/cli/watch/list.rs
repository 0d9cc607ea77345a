//! A file that names folders to be watched.

use std::{
    fmt::Display,
    path::{Path, PathBuf},
    str::FromStr,
};

use figment::{Figment, providers::Serialized};
use pixmill_engine::model::{FormatChoice, MaxSide, Metadata, Quality, RecipeChange};
use serde::{Deserialize, Deserializer, de::Error as _};
use thiserror::Error;

use super::Poll;
use crate::settings::{self, SettingsError};

/// Why a list of folders is of no use.
#[derive(Debug, Error)]
pub(in crate::cli) enum ListError {
    #[error("there is no file {}", .0.display())]
    NoFile(PathBuf),
    #[error(transparent)]
    Toml(#[from] SettingsError),
    #[error("{}: {source}", file.display())]
    Wrong { file: PathBuf, source: Box<figment::Error> },
}

/// A folder of the list.
pub(super) struct Listed {
    pub(super) path: PathBuf,
    pub(super) into: Option<PathBuf>,
    pub(super) poll: Option<Poll>,
    pub(super) recipe: RecipeChange,
    pub(super) metadata: Option<Metadata>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    folder: Vec<Entry>,
}

/// A folder as the file has it.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Entry {
    path: PathBuf,
    into: Option<PathBuf>,
    #[serde(default, deserialize_with = "as_on_the_command_line")]
    poll: Option<Poll>,
    #[serde(default, deserialize_with = "as_on_the_command_line")]
    format: Option<FormatChoice>,
    #[serde(default, deserialize_with = "as_on_the_command_line")]
    quality: Option<Quality>,
    #[serde(default, deserialize_with = "as_on_the_command_line")]
    max_width: Option<MaxSide>,
    #[serde(default, deserialize_with = "as_on_the_command_line")]
    max_height: Option<MaxSide>,
    #[serde(default, deserialize_with = "as_on_the_command_line")]
    metadata: Option<Metadata>,
}

/// Reads the folders that a file names; their paths are relative to the file's own folder.
pub(super) fn read(file: &Path) -> Result<Vec<Listed>, ListError> {
    if !file.is_file() {
        return Err(ListError::NoFile(file.to_owned()));
    }
    let read = Figment::from(Serialized::defaults(settings::table(file)?)).extract::<List>();
    let wrong = |error| ListError::Wrong { file: file.to_owned(), source: Box::new(error) };
    let beside = file.parent().unwrap_or(Path::new(""));
    let listed = |entry: Entry| {
        let Entry { path, into, poll, format, quality, max_width, max_height, metadata } = entry;
        Listed {
            path: beside.join(path),
            into: into.map(|into| beside.join(into)),
            poll,
            recipe: RecipeChange { format, quality, max_width, max_height },
            metadata,
        }
    };
    Ok(read.map_err(wrong)?.folder.into_iter().map(listed).collect())
}

/// A word or a number, read as the option of that name is.
fn as_on_the_command_line<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: FromStr<Err: Display>,
    D: Deserializer<'de>,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(u32),
        Text(String),
    }
    let text = match Written::deserialize(deserializer)? {
        Written::Number(number) => number.to_string(),
        Written::Text(text) => text,
    };
    text.parse().map(Some).map_err(D::Error::custom)
}
