//! Takes one sheet from a folder: finds out whether it was taken before, notes that it is, and hands
//! it in.

use std::{io, sync::Arc};

use super::{
    disk::{self, Copied, Moved},
    hand::{Came, blocking, state},
    names,
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
        let Some(Copied { file, content }) = self.copy(sheet).await else { return Ok(()) };
        let id = Taken::id_of(&self.key, &content);
        if self.hold(&id, sheet) {
            return Ok(());
        }
        let folder = Arc::clone(&self.hand.folder);
        let (path, options) = (file.path().to_owned(), self.hand.engine.sheet_options());
        let recipe = folder.recipe;
        let beside = folder.path.clone();
        let work =
            blocking("read the sheet", move || sheet::work(&path, options, &beside, &recipe));
        let work = work.await?;
        let known = self.hand.engine.store().load::<Taken>(&id).await?.map(|kept| kept.value);
        let taken = match known.as_ref().map(|known| (known, known.next(&work, *seen))) {
            Some((known, Next::PutAway(outcome))) => {
                return self.put_away(known, sheet, &content, outcome).await;
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
        self.hand.tell(&taken, WatchedSheetState::Taken, request, None);
        self.see_through(taken, came, Some((sheet.clone(), content)));
        Ok(())
    }

    /// Copies a sheet; `None` where that cannot be done now, and it will be found again.
    async fn copy(&mut self, sheet: &Whole) -> Option<Copied> {
        let (path, whole) = (self.hand.folder.path.clone(), sheet.clone());
        let max_bytes = self.hand.engine.sheet_options().limits.max_bytes;
        let copied = blocking("read the sheet", move || disk::copy(&path, &whole, max_bytes)).await;
        match copied {
            Ok(Some(copied)) => return Some(copied),
            Ok(None) => self.settle_again(&sheet.name),
            Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                self.settling.forget(&sheet.name);
            }
            Err(error) => self.leave_alone(&sheet.name, &error),
        }
        None
    }

    /// Notes that a content is taken, for the first time or once more.
    async fn take(
        &self,
        id: String,
        sheet: &Whole,
        work: String,
        before: Option<&Taken>,
    ) -> Result<Taken, Error> {
        let store = self.hand.engine.store();
        let folder = Arc::clone(&self.hand.folder);
        let (names, name) = (Arc::clone(&self.names), sheet.name.clone());
        let choose = move || {
            let stem = names::stem(&name);
            Ok(names.choose(&stem, &name, &folder.path, folder.destination()))
        };
        let taken = Taken {
            id,
            folder: self.key.clone(),
            at: store.now().await?,
            turn: before.map_or(0, |before| before.turn + 1),
            file_name: sheet.name.to_string_lossy().into_owned(),
            name: blocking("look for a name", choose).await?,
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
            self.names.give_back(&taken.name, &taken.destination);
            return Err(error.into());
        }
        Ok(taken)
    }

    /// Moves a sheet whose content has been done.
    async fn put_away(
        &mut self,
        known: &Taken,
        sheet: &Whole,
        content: &str,
        outcome: Outcome,
    ) -> Result<(), Error> {
        let known = match known.state {
            TakenState::Working | TakenState::Moving { .. } => known.clone(),
            // Its results are another's: it keeps the name that it came by.
            TakenState::Over { .. } => Taken {
                name: names::stem(&sheet.name),
                file_name: sheet.name.to_string_lossy().into_owned(),
                ..known.clone()
            },
        };
        let moved = self.hand.put_away(&known, sheet, content, outcome).await?;
        match moved {
            Moved::Away | Moved::Gone => self.settling.forget(&sheet.name),
            Moved::Changed => self.settle_again(&sheet.name),
        }
        if moved == Moved::Away {
            let state = match known.state {
                TakenState::Over { .. } => WatchedSheetState::Repeated,
                TakenState::Working | TakenState::Moving { .. } => state(outcome),
            };
            self.hand.tell(&known, state, None, None);
        }
        Ok(())
    }
}
