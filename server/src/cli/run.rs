//! `pixmill run`: one sheet without a server.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use pixmill_engine::{
    Config, Engine, Error, GalleryAt, Upload,
    gallery::Layout,
    gather::GatherError,
    model::{Again, RequestId, Sight},
    sheet,
    wire::{Limit, OutputLinks, ProductCursor, RequestView},
};
use thiserror::Error as ThisError;
use tokio::time::sleep;

use super::{
    DONE, REFUSED, SOME_FAILED,
    bar::Shown,
    check::print_faults,
    mark::Mark,
    outputs::{self, longest_page},
    recipe::RecipeOptions,
    source::Source,
    stop::told_to_stop,
    summary::{Failures, summary},
};
use crate::{
    out::say,
    settings::{Logging, Working},
};

/// How often is looked how far the work is.
const LOOK: Duration = Duration::from_millis(200);
/// How long work in hand may take after ctrl-C.
const GRACE: Duration = Duration::from_secs(20);
/// What the program ends with after ctrl-C, as shells have it.
const STOPPED: u8 = 130;

/// `pixmill run`.
#[derive(Clone, Debug, Args)]
pub(super) struct Run {
    /// The sheet, which may also name files, relative to its own folder; or any number of images and
    /// folders with images, which a sheet is made of
    #[arg(value_name = "SHEET.csv | IMAGES", required = true)]
    named: Vec<PathBuf>,
    /// The folder for results.csv and images
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
    #[command(flatten)]
    recipe: RecipeOptions,
    #[command(flatten)]
    pub(super) working: Working,
    #[command(flatten)]
    pub(super) logging: Logging,
}

/// Why a run could not be done.
#[derive(Debug, ThisError)]
pub(super) enum RunError {
    #[error("cannot {action} {}: {source}", path.display())]
    File { action: &'static str, path: PathBuf, source: io::Error },
    #[error(transparent)]
    Engine(#[from] Error),
    #[error(transparent)]
    Gather(#[from] GatherError),
}

/// The error of something that was being done to a file.
fn failed(action: &'static str, path: &Path) -> impl Fn(io::Error) -> RunError {
    move |source| RunError::File { action, path: path.to_owned(), source }
}

impl Run {
    /// Works on the sheet until every image has its rendition or has failed for good.
    pub(super) async fn perform(&self) -> Result<u8, RunError> {
        let config = self.config();
        let options = config.sheet;
        let source = Source::find(&self.named, &self.out, &self.own_folder(), &options.limits)?;
        let Source { sheet, folder } = &source;
        let work = sheet::work(sheet, options, folder, &self.recipe.recipe());
        let work = work.map_err(failed("read", sheet))?;
        let engine = Engine::open(config).await?;
        let id = match self.submit(&engine, options, &source, work).await {
            Ok(id) => id,
            Err(RunError::Engine(Error::Faults(faults))) => {
                print_faults(sheet, &faults);
                return Ok(REFUSED);
            }
            Err(error) => return Err(error),
        };
        engine.start(OutputLinks::BESIDE_SHEET).await?;
        let watched = tokio::select! {
            view = self.watch(&engine, id) => Some(view?),
            () = told_to_stop() => None,
        };
        engine.stop(GRACE).await;
        let Some(view) = watched else {
            eprintln!("stopped: the same call goes on from here");
            return Ok(STOPPED);
        };
        let results = self.out.join("results.csv");
        let written = engine.results(id).await?.write_to(&results).await;
        written.map_err(failed("write", &results))?;
        let failures = failures(&engine, id, &view).await?;
        say(summary(&view, &failures, &results));
        Ok(if view.progress.failed == 0 { DONE } else { SOME_FAILED })
    }

    /// What the engine is told: all that it keeps lies in the folder for the results.
    fn config(&self) -> Config {
        let mut config = self.working.apply(Config::new(self.own_folder()));
        config.gallery = GalleryAt::Folder { path: self.out.clone(), layout: Layout::OneSheet };
        // Images of other sheets lie in the same folder, and may have been replaced.
        config.work.reuse = None;
        config.sheet.links = sheet::Links::WebAndFiles;
        config
    }

    /// Takes up the request that the last call has made of the same sheet, or makes one where
    /// there is none or something that it has made is gone.
    async fn submit(
        &self,
        engine: &Engine,
        options: sheet::Options,
        source: &Source,
        work: String,
    ) -> Result<RequestId, RunError> {
        let folder = self.own_folder();
        if let Some(mark) = Mark::find(&folder).filter(|mark| mark.work == work)
            && let Ok(view) = engine.show(mark.request).await
            && outputs::are_there(engine, mark.request, &source.sheet, options, &self.out).await?
        {
            if matches!(view.status.as_str(), "error" | "cancelled") {
                engine.retry(mark.request, Again::All).await?;
            }
            return Ok(mark.request);
        }
        let file_name = source.sheet.file_name().map(|name| name.to_string_lossy().into_owned());
        let upload = Upload {
            sheet: source.sheet.clone(),
            folder: Some(source.folder.clone()),
            file_name,
            recipe: self.recipe.recipe(),
            owner: None,
            hook: None,
            idempotency_key: None,
        };
        let request = engine.submit(upload).await?.id;
        Mark { work, request }.leave(&folder).map_err(failed("write in", &folder))?;
        give_up_others(engine, request).await?;
        Ok(request)
    }

    /// The folder for what is not a result.
    fn own_folder(&self) -> PathBuf {
        self.out.join(".pixmill")
    }

    /// Shows how far the work is until it has ended.
    async fn watch(&self, engine: &Engine, id: RequestId) -> Result<RequestView, Error> {
        let mut shown = Shown::begin(self.quiet);
        loop {
            let view = engine.show(id).await?;
            shown.update(&view.progress);
            if !view.is_open() {
                shown.end();
                return Ok(view);
            }
            sleep(LOOK).await;
        }
    }
}

/// Gives up what earlier calls have left of other sheets: it would write the same images.
async fn give_up_others(engine: &Engine, id: RequestId) -> Result<(), Error> {
    let mut before = None;
    loop {
        let page = engine.list(Sight::All, before, Limit::default()).await?;
        let others = page.requests.iter().filter(|view| view.is_open());
        for other in others.filter_map(|view| view.request_id.parse::<RequestId>().ok()) {
            if other != id {
                engine.cancel(other).await?;
            }
        }
        before = page.next_cursor.and_then(|cursor| cursor.parse().ok());
        if before.is_none() {
            return Ok(());
        }
    }
}

/// All failures of a request, read a page at a time.
async fn failures(engine: &Engine, id: RequestId, view: &RequestView) -> Result<Failures, Error> {
    let mut failures = Failures::default();
    let mut next = (view.progress.failed > 0).then(ProductCursor::default);
    while let Some(from) = next {
        let page = engine.status(id, from.into(), longest_page()).await?;
        page.processed_data.iter().for_each(|product| failures.add(product));
        next = page.next_cursor.and_then(|cursor| cursor.parse().ok());
    }
    Ok(failures)
}
