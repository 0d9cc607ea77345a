//! Command line over environment over file over defaults.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use clap::{Arg, ArgMatches, Command, parser::ValueSource};
use figment::{Figment, Profile, Provider, providers::Serialized, value::Dict};
use pixmill_engine::vault::VaultError;
use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;
use tracing::warn;

use super::Settings;

/// The settings file that is read where none is named.
const FILE: &str = "pixmill.toml";

/// Why settings cannot be used.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// The file that was named is not there.
    #[error("there is no settings file {}", .0.display())]
    NoFile(PathBuf),
    /// The file has a key that means nothing.
    #[error("{}: `{key}` is not a setting; see pixmill serve --help for those there are", file.display())]
    UnknownKey {
        /// The file.
        file: PathBuf,
        /// The key.
        key: String,
    },
    /// The file cannot be read.
    #[error("cannot read {}: {source}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is no TOML. What stands there is not shown: it may be a password.
    #[error("{}:{line}:{column}: {reason}", file.display())]
    Syntax {
        /// The file.
        file: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The column, counted from 1.
        column: usize,
        /// What is wrong there.
        reason: String,
    },
    /// A value in the file is not one that the setting can have.
    #[error("{}: `{key}`: {reason}", file.display())]
    FileValue {
        /// The file.
        file: PathBuf,
        /// The setting.
        key: String,
        /// What is wrong with it.
        reason: Box<figment::Error>,
    },
    /// A value is not one that the setting can have.
    #[error("{0}")]
    Value(Box<figment::Error>),
    /// The secret key is of no use.
    #[error("--secret-key: {0}")]
    Key(#[from] VaultError),
    /// The receiver of all webhooks is none.
    #[error("{0}")]
    Hook(String),
    /// The gallery is no place that is known. It may be the address of a database all the same, so it
    /// is not shown.
    #[error(
        "--gallery: say a folder, s3://bucket/prefix or gridfs; addresses of other kinds mean \
         nothing here"
    )]
    UnknownGallery,
    /// The store is no place that is known.
    #[error(
        "--store: say `folder`, or give the address of a MongoDB deployment, which begins with \
         mongodb:// or mongodb+srv://; what is special in a name, a password or an option is \
         escaped, as %40 for @"
    )]
    UnknownStore,
    /// There is no place to keep anything.
    #[error("this system names no folder for data: say with --data where to keep it")]
    NoDataFolder,
    /// Everybody could use the server.
    #[error(
        "{0} can be reached from other machines, and anybody there could use this server: make a \
         key with `pixmill keys add NAME --role admin`, and the server lets in who has one. Or \
         listen on 127.0.0.1, or add --insecure-no-auth if the network is to be trusted"
    )]
    Exposed(String),
}

impl From<figment::Error> for SettingsError {
    fn from(error: figment::Error) -> Self {
        SettingsError::Value(Box::new(error))
    }
}

/// Gives every setting among the arguments of a command and of those below it the environment variable of its name. What is
/// said last counts.
pub fn with_environment(command: Command) -> Command {
    let keys = Settings::keys();
    let command = command.mut_subcommands(with_environment);
    command.args_override_self(true).mut_args(|arg: Arg| {
        let id = arg.get_id().as_str().to_owned();
        if keys.contains(&id.replace('_', "-")) || id == "config" {
            arg.env(format!("{VARIABLES}{}", id.to_uppercase()))
        } else {
            arg
        }
    })
}

/// What the names of all settings begin with in the environment.
const VARIABLES: &str = "PIXMILL_";
/// What the names of variables begin with that only tests know.
const OF_TESTS: &str = "PIXMILL_TEST_";

/// Warns of variables that look like settings and are none. They are no error: an orchestrator may
/// have set them for reasons of its own.
pub fn warn_of_misspelt_variables() {
    let known = Settings::keys();
    for (name, _) in env::vars_os() {
        let Some(name) = name.to_str().filter(|name| !name.starts_with(OF_TESTS)) else { continue };
        let Some(setting) = name.strip_prefix(VARIABLES) else { continue };
        let key = setting.to_lowercase().replace('_', "-");
        if key != "config" && !known.contains(&key) {
            warn!(
                name,
                "this variable is no setting: see pixmill serve --help for those there are"
            );
        }
    }
}

/// Puts what the settings file says between what the command line or the environment says and the
/// defaults. `parsed` is what clap made of all but the file.
///
/// # Errors
/// [`SettingsError`] where the file names a setting that is none, or a value that it cannot have.
pub fn read<T: Serialize + DeserializeOwned>(
    parsed: &T,
    matches: &ArgMatches,
) -> Result<T, SettingsError> {
    let all = Serialized::defaults(parsed);
    let mut given = dict(&all)?;
    given.retain(|key, _| {
        let source = matches.value_source(&key.replace('-', "_"));
        matches!(source, Some(ValueSource::CommandLine | ValueSource::EnvVariable))
    });
    let mut figment = Figment::from(all);
    if let Some(file) = file(matches)? {
        let table = table(&file)?;
        let known = Settings::keys();
        if let Some(key) = table.keys().find(|key| !known.contains(*key)) {
            return Err(SettingsError::UnknownKey { file, key: key.clone() });
        }
        // All at once, it would not be known which of them is wrong.
        for (key, value) in &table {
            let only = toml::Table::from_iter([(key.clone(), value.clone())]);
            let read: Result<T, _> = figment.clone().merge(Serialized::defaults(only)).extract();
            if let Err(reason) = read {
                let (key, reason) = (key.clone(), Box::new(reason));
                return Err(SettingsError::FileValue { file, key, reason });
            }
        }
        figment = figment.merge(Serialized::defaults(table));
    }
    Ok(figment.merge(Serialized::defaults(given)).extract()?)
}

/// What a file of TOML says.
///
/// # Errors
/// [`SettingsError::Unreadable`], [`SettingsError::Syntax`]
pub fn table(file: &Path) -> Result<toml::Table, SettingsError> {
    let text = fs::read_to_string(file)
        .map_err(|source| SettingsError::Unreadable { file: file.to_owned(), source })?;
    text.parse().map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        SettingsError::Syntax {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column,
            reason: error.message().lines().collect::<Vec<_>>().join(", "),
        }
    })
}

/// The settings file: the one that is named, or the one in the working folder if it is there.
fn file(matches: &ArgMatches) -> Result<Option<PathBuf>, SettingsError> {
    match matches.get_one::<PathBuf>("config") {
        Some(named) if named.is_file() => Ok(Some(named.clone())),
        Some(named) => Err(SettingsError::NoFile(named.clone())),
        None => Ok(Some(PathBuf::from(FILE)).filter(|file: &PathBuf| Path::is_file(file))),
    }
}

/// All that a source of settings says.
pub(super) fn dict(provider: &impl Provider) -> Result<Dict, SettingsError> {
    Ok(provider.data()?.remove(&Profile::Default).unwrap_or_default())
}
