//! Sees one sheet through: handed in, worked on, results written, moved.

use std::{ffi::OsString, io, path::PathBuf, sync::Arc, time::Duration};

use tokio::{
    sync::broadcast::{self, error::RecvError},
    task::spawn_blocking,
    time::sleep,
};
use tokio_util::sync::CancellationToken;

use super::{
    Folder,
    disk::{self, Moved},
    lost::Watched,
    names::{self, FAILED},
    report,
    settling::Whole,
    sight::Sight,
    status::Status,
    taken::{Outcome, Taken},
};
use crate::{
    engine::{Engine, Outlet, Upload},
    error::Error,
    model::RequestId,
    sheet::Faults,
    store::Lasting,
    wire::{RequestView, WatchedSheetState, WatchedSheetView},
    worker::Event,
};

/// How often is looked whether a request has ended, even if no event says so.
const LOOK: Duration = Duration::from_secs(1);

/// What the sheets of one folder are seen through with.
#[derive(Clone)]
pub(super) struct Hand {
    pub(super) engine: Engine,
    pub(super) folder: Arc<Folder>,
    pub(super) sight: Arc<Sight>,
    pub(super) status: Arc<Status>,
    pub(super) stop: CancellationToken,
}

/// What came of handing a sheet in.
pub(super) enum Came {
    /// It was accepted.
    Request(RequestId),
    /// It has faults.
    Refused(Faults),
}

/// A sheet that has been seen through, or as far as it goes.
pub(super) struct Ended {
    pub(super) taken: Taken,
    /// The file that was moved away, or is gone.
    pub(super) moved: Option<OsString>,
    /// The file that is there still, and another one by now.
    pub(super) changed: Option<OsString>,
}

impl Hand {
    /// Hands a sheet in; doing it again changes nothing.
    pub(super) async fn hand_in(&self, taken: &Taken, sheet: PathBuf) -> Result<Came, Error> {
        let upload = Upload {
            sheet,
            folder: Some(self.folder.path.clone()),
            file_name: Some(taken.file_name.clone()),
            recipe: taken.recipe,
            owner: None,
            hook: None,
            idempotency_key: Some(taken.key()),
        };
        match self.engine.submit(upload).await {
            Ok(submitted) => Ok(Came::Request(submitted.id)),
            Err(Error::Faults(faults)) => Ok(Came::Refused(faults)),
            Err(error) => Err(error),
        }
    }

    /// Sees a sheet through that was handed in. `None` where it was stopped: it goes on after a
    /// restart.
    ///
    /// 1. It is waited for.
    /// 2. What has come of it is written, however often it takes.
    /// 3. That it is written is noted: from here on it is never done again.
    /// 4. Its file is moved, if it is known; otherwise whoever finds it does that.
    pub(super) async fn see_through(
        &self,
        taken: Taken,
        came: Came,
        file: Option<(Whole, String)>,
    ) -> Option<Ended> {
        let watched = self.watched();
        let (request, why) = match came {
            Came::Request(id) => (Some(id), self.publish(&taken, id, watched).await?),
            Came::Refused(faults) => {
                let text = report::of_faults(&taken.file_name, &faults);
                self.write_report(&taken, text).await?;
                (None, Some(faults.to_string()))
            }
        };
        let outcome = if why.is_none() { Outcome::Done } else { Outcome::Failed };
        let publish = |kept: &mut Taken, turn| kept.publish(turn, outcome);
        self.insist(|| self.change(&taken, publish)).await?;
        let mut ended = Ended { taken, moved: None, changed: None };
        if let Some((whole, content)) = file {
            let put_away = || self.put_away(&ended.taken, &whole, &content, outcome);
            match self.insist(put_away).await? {
                Moved::Away | Moved::Gone => ended.moved = Some(whole.name),
                Moved::Changed => ended.changed = Some(whole.name),
            }
            self.tell(&ended.taken, state(outcome), request, why);
        }
        Some(ended)
    }

    /// Moves a file whose results are written, and notes that there is nothing more to do.
    pub(super) async fn put_away(
        &self,
        taken: &Taken,
        whole: &Whole,
        content: &str,
        outcome: Outcome,
    ) -> Result<Moved, Error> {
        let (sight, whole) = (Arc::clone(&self.sight), whole.clone());
        let (content, name) = (content.to_owned(), taken.name.clone());
        let put_away = move || {
            let moved = disk::put_away(&sight, &whole, &content, outcome, &name);
            // The folder's state tells it, and there may be many sheets in the folder.
            moved.map_err(|error| {
                io::Error::new(error.kind(), format!("{}: {error}", whole.name.display()))
            })
        };
        let moved = blocking("move the sheet", put_away).await?;
        self.note_moved(taken).await?;
        Ok(moved)
    }

    /// Notes that the results are to be written once more.
    pub(super) async fn reopen(&self, taken: &Taken) -> Result<(), Error> {
        self.change(taken, |kept, turn| kept.reopen(turn)).await
    }

    /// Notes that there is nothing more to do.
    pub(super) async fn note_moved(&self, taken: &Taken) -> Result<(), Error> {
        self.change(taken, |kept, turn| kept.put_away(turn)).await
    }

    /// Makes sure that the folder is there.
    pub(super) async fn see(&self) -> Result<(), Error> {
        let sight = Arc::clone(&self.sight);
        blocking("look into the folder", move || sight.see().map(|_| ())).await
    }

    /// Tells what has become of a sheet.
    pub(super) fn tell(
        &self,
        taken: &Taken,
        state: WatchedSheetState,
        request: Option<RequestId>,
        why: Option<String>,
    ) {
        self.status.tell_sheet(WatchedSheetView {
            folder: self.folder.path.display().to_string(),
            file_name: taken.file_name.clone(),
            name: taken.name.clone(),
            state,
            request_id: request.map(|id| id.to_string()),
            why,
        });
    }

    /// Writes that nothing more will come of a sheet.
    async fn was_deleted(&self, taken: &Taken, when: &str) -> Option<Option<String>> {
        let why = format!("its request was deleted {when}");
        self.write_report(taken, format!("{}: {why}.\n", taken.file_name)).await?;
        Some(Some(why))
    }

    /// Waits for a request and writes what has come of it; gives what went wrong, if anything did.
    async fn publish(
        &self,
        taken: &Taken,
        id: RequestId,
        mut watched: Watched,
    ) -> Option<Option<String>> {
        let view = loop {
            let Some(view) = self.until_ended(id).await? else {
                return self.was_deleted(taken, "before it had ended").await;
            };
            if view.status != "error" || !self.send_round_again(id, &mut watched).await? {
                break view;
            }
        };
        // Where a drive was, an empty folder may be left behind, in which nobody would find anything.
        self.insist(|| self.see()).await?;
        let outlet = Outlet {
            folder: taken.destination.clone(),
            results: names::results(&taken.name),
            images: names::images(&taken.name),
        };
        // What is half written then is written anew after the next start.
        let export = || self.unless_stopped(unless_deleted(self.engine.export(id, &outlet)));
        if self.insist(export).await?.is_none() {
            return self.was_deleted(taken, "before its results were written").await;
        }
        let why = match view.status.as_str() {
            "completed" => return Some(None),
            "cancelled" => "its request was cancelled".to_owned(),
            status => view.error_message.unwrap_or_else(|| status.to_owned()),
        };
        let report =
            || unless_deleted(report::of_failures(&self.engine, id, &taken.file_name, &why));
        let Some(text) = self.insist(report).await? else {
            return self.was_deleted(taken, "before its results were written").await;
        };
        self.write_report(taken, text).await?;
        Some(Some(why))
    }

    /// Waits until a request has ended; gives it, or nothing where it was deleted.
    async fn until_ended(&self, id: RequestId) -> Option<Option<RequestView>> {
        let mut events = self.engine.events();
        loop {
            match self.engine.show(id).await {
                Ok(view) if view.status == "cancelled" => {
                    return self.rests(id, &mut events).await.map(|rests| rests.then_some(view));
                }
                Ok(view) if !view.is_open() => return Some(Some(view)),
                Err(Error::NotFound(_)) => return Some(None),
                // Whatever it is, a store that is away or work that goes on: look again.
                Ok(_) | Err(_) => {}
            }
            tokio::select! {
                () = Event::heard(&mut events, |event| is_of_status(event, id)) => {}
                () = sleep(LOOK) => {}
                () = self.stop.cancelled() => return None,
            }
        }
    }

    /// Whether a request that was cancelled stays: whoever deletes one cancels it first.
    async fn rests(&self, id: RequestId, events: &mut broadcast::Receiver<Event>) -> Option<bool> {
        tokio::select! {
            () = heard_of_removal(events, id) => Some(false),
            () = sleep(LOOK) => {
                Some(!matches!(self.engine.show(id).await, Err(Error::NotFound(_))))
            }
            () = self.stop.cancelled() => None,
        }
    }

    async fn write_report(&self, taken: &Taken, text: String) -> Option<()> {
        let path = self.folder.path.join(FAILED).join(names::faults(&taken.name));
        self.insist(|| {
            let (path, text) = (path.clone(), text.clone());
            blocking("write what was wrong", move || disk::write_text(&path, &text))
        })
        .await
    }

    async fn change(
        &self,
        taken: &Taken,
        change: impl Fn(&mut Taken, u32) + Send + Sync,
    ) -> Result<(), Error> {
        let change = |kept: &mut Taken| {
            change(kept, taken.turn);
            Ok(())
        };
        self.engine.store().change(&taken.id, Lasting::Now, change).await?;
        Ok(())
    }
}

pub(super) fn state(outcome: Outcome) -> WatchedSheetState {
    match outcome {
        Outcome::Done => WatchedSheetState::Done,
        Outcome::Failed => WatchedSheetState::Failed,
    }
}

/// Nothing, where the request is no more: trying again would not help.
pub(super) async fn unless_deleted<T>(
    done: impl Future<Output = Result<T, Error>>,
) -> Result<Option<T>, Error> {
    match done.await {
        Err(Error::NotFound(_)) => Ok(None),
        done => done.map(Some),
    }
}

/// Whether the status of a request has changed, or it is no more.
fn is_of_status(event: Event, id: RequestId) -> bool {
    matches!(event, Event::Status(of) | Event::Removed(of) if of == id)
}

/// Waits until a request was deleted, as far as that is told.
async fn heard_of_removal(events: &mut broadcast::Receiver<Event>, id: RequestId) {
    loop {
        match events.recv().await {
            Ok(Event::Removed(of)) if of == id => return,
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// Does something with files, away from the threads that wait for others.
pub(super) async fn blocking<T: Send + 'static>(
    action: &'static str,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Error> {
    let done = spawn_blocking(work).await;
    done.map_err(|error| Error::io(action)(error.into()))?.map_err(Error::io(action))
}
