//! Takes one sheet from a folder: finds out whether it was taken before, notes that it is, and hands
//! it in.

use std::{ffi::OsStr, sync::Arc};

use super::{
    disk::{self, Copied, Copying, Moved},
    hand::{Came, state},
    names::{self, FAILED},
    patrol::{Patrol, Waiting},
    settling::Whole,
    taken::{Next, Outcome, Taken, TakenState},
};
use crate::{
    error::Error,
    sheet,
    store::{Lasting, StoreError},
    wire::WatchedSheetState,
};

impl Patrol {
    /// Takes a sheet, if it is still there and was not taken before.
    ///
    /// 1. It is copied, so that nobody can change it any more.
    /// 2. What is known of its content is looked up; it may only have to be moved.
    /// 3. That it is taken is noted, with the name that its results will have.
    /// 4. It is handed in: from here on it is seen through, whatever crashes.
    pub(super) async fn begin(&mut self, waiting: &Waiting) -> Result<(), Error> {
        let Waiting { sheet, seen } = waiting;
        let Some(Copied { file, content }) = self.copy(sheet).await? else { return Ok(()) };
        let id = Taken::id_of(&self.key, &content);
        if self.hold(&id, sheet) {
            self.get_on_with(&sheet.name);
            return Ok(());
        }
        let folder = Arc::clone(&self.hand.folder);
        let (path, options) = (file.path().to_owned(), self.hand.engine.sheet_options());
        let work = move || sheet::work(&path, options, &folder.path, &folder.recipe);
        let work = self.ask("look at the files of the sheet", work).await?;
        let known = self.hand.engine.store().load::<Taken>(&id).await?.map(|kept| kept.value);
        let taken = match known.as_ref().map(|known| (known, known.next(&work, *seen))) {
            Some((known, Next::PutAway(outcome))) => {
                if seen.is_some() || self.has_results(known).await? {
                    return self.put_away(known, sheet, &content, outcome).await;
                }
                self.take_up_again(known, sheet, work).await?
            }
            Some((known, Next::GoOn)) => known.clone(),
            Some((known, Next::TakeAgain)) => self.take(id, sheet, work, Some(known)).await?,
            None => self.take(id, sheet, work, None).await?,
        };
        let came = self.hand.hand_in(&taken, file.path().to_owned()).await?;
        let request = match &came {
            Came::Request(request) => Some(*request),
            Came::Refused(_) => None,
        };
        self.get_on_with(&sheet.name);
        self.hand.tell(&taken, WatchedSheetState::Taken, request, None);
        self.see_through(taken, came, Some((sheet.clone(), content)));
        Ok(())
    }

    /// Copies a sheet; `None` where that cannot be done now, and it will be found again.
    async fn copy(&mut self, sheet: &Whole) -> Result<Option<Copied>, Error> {
        let (path, whole) = (self.hand.folder.path.clone(), sheet.clone());
        let max_bytes = self.hand.engine.sheet_options().limits.max_bytes;
        let copy = move || disk::copy(&path, &whole, max_bytes);
        match self.ask("copy the sheet into the folder for temporary files", copy).await? {
            Copying::Copied(copied) => return Ok(Some(copied)),
            Copying::NotNow => self.settle_again(&sheet.name),
            Copying::Gone => self.settling.forget(&sheet.name),
            Copying::Unreadable(error) => {
                self.leave_alone(&sheet.name, &Error::io("read the sheet")(error));
            }
        }
        Ok(None)
    }

    /// Notes that a content is taken, for the first time or once more.
    async fn take(
        &mut self,
        id: String,
        sheet: &Whole,
        work: String,
        before: Option<&Taken>,
    ) -> Result<Taken, Error> {
        let store = Arc::clone(self.hand.engine.store());
        let taken = Taken {
            id,
            folder: self.key.clone(),
            at: store.now().await?,
            turn: before.map_or(0, |before| before.turn + 1),
            file_name: sheet.name.to_string_lossy().into_owned(),
            name: self.choose(&sheet.name).await?,
            destination: self.hand.folder.destination().to_owned(),
            recipe: self.hand.folder.recipe,
            work,
            state: TakenState::Working,
        };
        let noted = match before {
            None => store.add(std::slice::from_ref(&taken), Lasting::Now).await.map(|_| ()),
            Some(_) => {
                let replace = |kept: &mut Taken| {
                    *kept = taken.clone();
                    Ok::<(), StoreError>(())
                };
                store.change(&taken.id, Lasting::Now, replace).await.map(|_| ())
            }
        };
        if let Err(error) = noted {
            self.neighbours.names.give_back(&taken.name, &taken.destination);
            return Err(error.into());
        }
        Ok(taken)
    }

    /// Whether the results of a sheet that has been done are where they were put.
    async fn has_results(&mut self, known: &Taken) -> Result<bool, Error> {
        match known.state {
            TakenState::Over { outcome: Outcome::Done } => {
                let path = known.destination.join(names::results(&known.name));
                self.ask("look for results", move || names::is_there(&path)).await
            }
            TakenState::Working | TakenState::Moving { .. } | TakenState::Over { .. } => Ok(true),
        }
    }

    /// Has the results of a sheet written once more that somebody has taken away; where they would not
    /// come to the same place it is done again.
    async fn take_up_again(
        &mut self,
        known: &Taken,
        sheet: &Whole,
        work: String,
    ) -> Result<Taken, Error> {
        let is_same_place = known.destination == self.hand.folder.destination();
        if !is_same_place || !self.neighbours.names.keep(&known.name, &known.destination) {
            return self.take(known.id.clone(), sheet, work, Some(known)).await;
        }
        match self.hand.reopen(known).await {
            Ok(()) => Ok(Taken { state: TakenState::Working, ..known.clone() }),
            Err(error) => {
                self.neighbours.names.give_back(&known.name, &known.destination);
                Err(error)
            }
        }
    }

    /// Chooses a name for what comes of a sheet.
    async fn choose(&mut self, sheet: &OsStr) -> Result<String, Error> {
        let folder = Arc::clone(&self.hand.folder);
        let (neighbours, sheet) = (Arc::clone(&self.neighbours), sheet.to_owned());
        let choose = move || {
            let (stem, names) = (names::stem(&sheet), &neighbours.names);
            names.choose(&stem, &sheet, &folder.path, folder.destination())
        };
        self.ask("look for a name", choose).await
    }

    /// Moves a sheet whose content has been done.
    async fn put_away(
        &mut self,
        known: &Taken,
        sheet: &Whole,
        content: &str,
        outcome: Outcome,
    ) -> Result<(), Error> {
        let (own, told) = match (known.state, outcome) {
            (TakenState::Working | TakenState::Moving { .. }, _) => (known.clone(), None),
            // Its results are another's: it keeps the name that it came by.
            (TakenState::Over { .. }, Outcome::Done) => {
                (renamed(known, sheet, names::stem(&sheet.name)), None)
            }
            (TakenState::Over { .. }, Outcome::Failed) => {
                let own = renamed(known, sheet, self.choose(&sheet.name).await?);
                let (before, report) = (&known.file_name, names::faults(&known.name));
                let told = format!("it is the same as {before}, which has failed: see {report}");
                (own, Some(told))
            }
        };
        let moved = self.hand.put_away(&own, sheet, content, outcome).await;
        if told.is_some() {
            self.neighbours.names.give_back(&own.name, self.hand.folder.destination());
        }
        let moved = match moved {
            // Either nothing can be moved, or this one cannot: then others are not to wait for it.
            Err(error @ Error::Io { .. }) => {
                self.probe().await?;
                self.leave_alone(&sheet.name, &error);
                return Ok(());
            }
            moved => moved?,
        };
        match moved {
            Moved::Away | Moved::Gone => self.settling.forget(&sheet.name),
            Moved::Changed => self.settle_again(&sheet.name),
        }
        if moved == Moved::Away {
            let state = match known.state {
                TakenState::Over { outcome: Outcome::Done } => WatchedSheetState::Repeated,
                TakenState::Over { outcome: Outcome::Failed }
                | TakenState::Working
                | TakenState::Moving { .. } => state(outcome),
            };
            if let Some(told) = &told {
                self.write_beside(&own, format!("{}: {told}.\n", own.file_name)).await?;
            }
            self.hand.tell(&own, state, None, told);
        }
        Ok(())
    }

    /// Writes what is to be known of a sheet that has been moved.
    async fn write_beside(&mut self, own: &Taken, text: String) -> Result<(), Error> {
        let path = self.hand.folder.path.join(FAILED).join(names::faults(&own.name));
        self.ask("write what was wrong", move || disk::write_text(&path, &text)).await
    }
}

/// What was taken, for a file of the same content that goes by a name of its own.
fn renamed(known: &Taken, sheet: &Whole, name: String) -> Taken {
    let file_name = sheet.name.to_string_lossy().into_owned();
    Taken { name, file_name, ..known.clone() }
}
