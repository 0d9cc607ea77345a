//! `pixmill watch`: sheets are worked on as they appear in folders.

mod list;
mod news;

use std::{path::PathBuf, str::FromStr, time::Duration};

use clap::{ArgMatches, Args};
use pixmill_engine::{
    Config, Engine, Error,
    model::Recipe,
    sheet::Links,
    store::StoreError,
    watch::{Folder, Hearing, Looks, Watch, WatchError},
    wire::OutputLinks,
};
use thiserror::Error as ThisError;

use super::{DONE, recipe::RecipeOptions, stop::told_to_stop};
use crate::settings::{self, Data, InvalidUnit, Logging, SettingsError, Span, Working};
use list::ListError;
use news::News;

/// How long work in hand may take after ctrl-C.
const GRACE: Duration = Duration::from_secs(20);
/// The least time between two looks that may be asked for.
const LEAST_POLL: Duration = Duration::from_millis(100);

/// `pixmill watch`.
#[derive(Clone, Debug, Args)]
pub(super) struct WatchFolders {
    /// The folders to be watched; sheets may also name files, relative to their folder
    #[arg(value_name = "DIR", required_unless_present = "folders")]
    named: Vec<PathBuf>,
    /// Where results are put [default: beside the sheets]
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
    /// A file that names folders, each with what is said of it alone: a table [[folder]] with `path`
    /// and, if need be, `into`, `poll`, `format`, `quality`, `max-width`, `max-height`, `metadata`
    #[arg(long, value_name = "FILE.toml")]
    folders: Option<PathBuf>,
    /// Look at the folders so often and have the system tell of nothing, as it does not for drives in
    /// a network
    #[arg(long, value_name = "TIME")]
    poll: Option<Poll>,
    /// For how long a sheet must not change before it is taken
    #[arg(long, value_name = "TIME", default_value_t = Span(Looks::default().settle))]
    settle: Span,
    /// How many sheets of a folder are worked on at a time
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..))]
    at_once: u16,
    /// Tell only what goes wrong
    #[arg(long)]
    quiet: bool,
    #[command(flatten)]
    recipe: RecipeOptions,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    working: Working,
    #[command(flatten)]
    pub(super) logging: Logging,
}

/// How often folders are looked at.
#[derive(Clone, Copy, Debug)]
struct Poll(Duration);

impl FromStr for Poll {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Span(every) = text.parse().map_err(|error: InvalidUnit| error.to_string())?;
        if every < LEAST_POLL {
            return Err(format!("a folder is looked at every {} at most", Span(LEAST_POLL)));
        }
        Ok(Poll(every))
    }
}

/// Why nothing is watched.
#[derive(Debug, ThisError)]
pub(super) enum WatchingError {
    #[error(
        "another `pixmill watch` runs on this computer: name all folders in one call, or give each \
         call a folder of its own with --data"
    )]
    InUse,
    #[error(transparent)]
    Engine(Error),
    #[error(transparent)]
    Watch(#[from] WatchError),
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    List(#[from] ListError),
}

impl From<Error> for WatchingError {
    fn from(error: Error) -> Self {
        if matches!(error, Error::Store(StoreError::InUse(_))) {
            WatchingError::InUse
        } else {
            WatchingError::Engine(error)
        }
    }
}

impl WatchFolders {
    /// Takes in what the settings file says.
    pub(super) fn read_settings(&mut self, matches: &ArgMatches) -> Result<(), SettingsError> {
        self.data = settings::read(&self.data, matches)?;
        self.working = settings::read(&self.working, matches)?;
        self.logging = settings::read(&self.logging, matches)?;
        Ok(())
    }

    /// Watches until it is told to stop.
    pub(super) async fn perform(&self) -> Result<u8, WatchingError> {
        let folders = self.folders()?;
        let engine = Engine::open(self.config()?).await?;
        let watch = Watch::new(engine.clone());
        let news = News::tell(watch.events(), self.quiet);
        for folder in folders {
            let view = watch.add(folder)?;
            news.begin(&view);
        }
        engine.start(OutputLinks::BESIDE_SHEET).await?;
        told_to_stop().await;
        watch.stop().await;
        engine.stop(GRACE).await;
        Ok(DONE)
    }

    /// The folders that the call and the file name.
    fn folders(&self) -> Result<Vec<Folder>, ListError> {
        let named = self.named.iter().map(|path| Folder {
            path: path.clone(),
            destination: self.into.clone(),
            recipe: self.recipe.recipe(),
            looks: self.looks(self.poll),
        });
        let mut folders: Vec<Folder> = named.collect();
        if let Some(file) = &self.folders {
            for listed in list::read(file)? {
                let looks = self.looks(listed.poll.or(self.poll));
                let recipe = self.recipe.recipe().changed_by(&listed.recipe);
                let recipe =
                    listed.metadata.map_or(recipe, |metadata| Recipe { metadata, ..recipe });
                let destination = listed.into.or_else(|| self.into.clone());
                folders.push(Folder { path: listed.path, destination, recipe, looks });
            }
        }
        Ok(folders)
    }

    fn looks(&self, poll: Option<Poll>) -> Looks {
        let looks =
            Looks { settle: self.settle.0, at_once: self.at_once.into(), ..Looks::default() };
        match poll {
            Some(every) => Looks { hearing: Hearing::Nothing, every: every.0, ..looks },
            None => looks,
        }
    }

    /// What the engine is told: what it keeps lies apart from what a server keeps.
    fn config(&self) -> Result<Config, SettingsError> {
        let mut config = self.working.apply(Config::new(self.data.folder()?.join("watch")));
        config.sheet.links = Links::WebAndFiles;
        Ok(config)
    }
}
