//! The command line.

mod aside;
mod plain;
mod summary;
mod check;
mod recipe;
mod mark;
mod outputs;
mod source;
mod stop;
mod bar;
mod run;
mod watch;
mod refused;
mod wrong;
mod keys;
mod webhooks;

use std::{path::PathBuf, process::ExitCode};

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::{
    out::say,
    routes,
    server::serve,
    settings::{self, Settings},
};
use check::Check;
use keys::KeysVerb;
use run::Run;
use watch::WatchFolders;
use webhooks::Webhooks;

/// What the program ends with when all went well.
const DONE: u8 = 0;
/// What it ends with when some images have no rendition.
const SOME_FAILED: u8 = 1;
/// What it ends with when nothing could be done: the sheet or the call is wrong.
const REFUSED: u8 = 2;

/// A sheet of image links goes in; a sheet of compressed images comes out.
///
/// Every setting of serve can also be given in the environment (PIXMILL_PORT=8080) and in the file
/// pixmill.toml of the working folder (port = 8080); the command line comes first, then the
/// environment, then the file. How run compresses images (PIXMILL_FORMAT=avif) can be given in the
/// environment, but not in the file; what is about one call alone only on the command line.
#[derive(Debug, Parser)]
#[command(name = "pixmill", version, propagate_version = true, max_term_width = 100)]
struct Cli {
    /// The settings file [default: pixmill.toml, if it is there]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Serve the API and work on the sheets that are sent to it
    Serve(Box<Settings>),
    /// Work on one sheet, or on images and folders with images, without a server
    ///
    /// Writes DIR/results.csv and DIR/images. Can be stopped with ctrl-C at any time: the same call
    /// goes on where it stopped. Ends with 0 if every image is there, 1 if some failed, 2 if the
    /// sheet or the call is wrong.
    Run(Box<Run>),
    /// Watch folders, and work on every sheet that appears in them, without a server
    ///
    /// A sheet DIR/NAME.csv (or .tsv) is taken when it does not change any more. Then there are
    /// NAME.results.csv and NAME.images beside it, and it is moved to DIR/done; or to DIR/failed, with
    /// NAME.faults.txt, if it has faults or some of its images failed: put it back to have it done
    /// again. The same sheet is never done twice, also after a restart. Nothing is written over:
    /// where there is a NAME, the next is NAME-2. Folders below DIR are not looked into.
    Watch(Box<WatchFolders>),
    /// Tell what is wrong in a sheet, as FILE:LINE:COLUMN
    ///
    /// Ends with 0 if nothing is, with 2 otherwise.
    Check(Box<Check>),
    /// Say who may use a server: make, list, revoke and rotate API keys
    ///
    /// An embedded store can be used by one process at a time: while a server runs with it, its
    /// API does the same (POST /keys, see /swagger/).
    #[command(subcommand)]
    Keys(KeysVerb),
    /// Register and look after the endpoints that are told of changes of status
    ///
    /// Works on the same store as serve. The store in a folder is for one process at a time: while
    /// a server runs on it, use its API.
    Webhooks(Webhooks),
    /// Print the description of the API (OpenAPI, JSON)
    Openapi,
}

/// Does what the command line says; gives what the program ends with.
pub fn main() -> ExitCode {
    let command = Cli::command()
        .mut_subcommands(settings::with_environment)
        .mut_subcommand("keys", |keys| keys.mut_subcommands(settings::with_environment))
        .mut_subcommand("run", quietly)
        .mut_subcommand("watch", quietly);
    let command = settings::with_environment(command);
    // Where the call is wrong the program ends with 2.
    let matches = command.try_get_matches().unwrap_or_else(|error| wrong::exit(&error));
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| wrong::exit(&error));
    let code = match matches.subcommand() {
        Some((_, verb)) => perform(cli.verb, verb),
        None => Err("say what to do: see pixmill --help".to_owned()),
    };
    ExitCode::from(code.unwrap_or_else(|reason| {
        eprintln!("error: {}", plain::plain(&reason));
        REFUSED
    }))
}

/// Where a command itself shows how far the work is, only what went wrong is worth a line of log.
fn quietly(command: clap::Command) -> clap::Command {
    command.mut_arg("log_level", |level| level.default_value("warn"))
}

fn perform(verb: Verb, matches: &ArgMatches) -> Result<u8, String> {
    match verb {
        Verb::Serve(parsed) => {
            let settings = settings::read(&*parsed, matches).map_err(|e| e.to_string())?;
            crate::log::begin(&settings.logging)?;
            settings::warn_of_misspelt_variables();
            let served = runtime()?.block_on(serve(&settings));
            served.map(|()| DONE).map_err(|error| error.to_string())
        }
        Verb::Run(mut run) => {
            run.working = settings::read(&run.working, matches).map_err(|e| e.to_string())?;
            run.logging = settings::read(&run.logging, matches).map_err(|e| e.to_string())?;
            crate::log::begin(&run.logging)?;
            runtime()?.block_on(run.perform()).map_err(|error| error.to_string())
        }
        Verb::Watch(mut watch) => {
            watch.read_settings(matches).map_err(|e| e.to_string())?;
            crate::log::begin(&watch.logging)?;
            let runtime = runtime()?;
            let watched = runtime.block_on(watch.perform());
            // A drive that does not answer holds threads that nothing can end but the system.
            runtime.shutdown_background();
            watched.map_err(|error| error.to_string())
        }
        Verb::Check(mut check) => {
            check.sheets = settings::read(&check.sheets, matches).map_err(|e| e.to_string())?;
            check.perform().map_err(|error| error.to_string())
        }
        Verb::Keys(mut keys) => {
            let (_, matches) = matches.subcommand().ok_or("say what to do with keys")?;
            let keeping = keys.keeping();
            *keeping = settings::read(keeping, matches).map_err(|e| e.to_string())?;
            runtime()?.block_on(keys.perform()).map_err(|error| error.to_string())
        }
        Verb::Webhooks(webhooks) => {
            let done = runtime()?.block_on(webhooks.perform(matches));
            done.map_err(|error| error.to_string())
        }
        Verb::Openapi => {
            let (_, document) = routes::routes_and_docs();
            let json = serde_json::to_string_pretty(&document).map_err(|e| e.to_string())?;
            say(json);
            Ok(DONE)
        }
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| format!("cannot start: {error}"))
}
