//! What has yet to be sent: found by looking at all requests once, and then at those that are heard
//! of, or that may still change.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::{
    sync::broadcast::error::RecvError,
    time::{Duration, Instant},
};

use super::{
    passage::{Parked, Passage, Way},
    session::Session,
    trouble::{Result, here},
};
use crate::{
    model::{Request, RequestId, Tally},
    store::{Kind, Lasting, StoreError},
};

/// How many requests are looked at in one go.
const LOOKED_AT: usize = 200;
/// How often a request is sent again, at most, while it is being worked on.
pub(super) const REFRESH: Duration = Duration::from_secs(1);

/// What is known of this computer's requests.
#[derive(Default)]
pub(super) struct Sight(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    /// Whether all have been looked at, and every change since then was heard.
    is_whole: bool,
    heard: BTreeSet<RequestId>,
    /// Whether what is parked is to be tried again.
    is_to_retry: bool,
    /// The requests that may still change, as they were when they were last sent, and when that was.
    open: HashMap<RequestId, (u64, Tally, Instant)>,
    /// When those were last looked at.
    looked: Option<Instant>,
    /// The requests whose deletion this deployment has been told of, and others have not.
    for_others: HashSet<RequestId>,
}

impl Seen {
    /// The requests that are to be looked at: those that were heard of, and every now and then those
    /// that may have changed without a word.
    fn due(&mut self) -> BTreeSet<RequestId> {
        let mut due = std::mem::take(&mut self.heard);
        if self.looked.is_none_or(|looked| looked.elapsed() >= REFRESH) {
            due.extend(self.open.keys());
            self.looked = Some(Instant::now());
        }
        due
    }
}

impl Sight {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has what is parked tried again.
    pub(super) fn retry(&self) {
        self.seen().is_to_retry = true;
    }

    /// Has all requests looked at once more.
    pub(super) fn forget(&self) {
        self.seen().is_whole = false;
    }

    /// Notes that a request which may still change was sent as it was.
    pub(super) fn was_sent(&self, id: RequestId, revision: u64, tally: Tally) {
        self.seen().open.insert(id, (revision, tally, Instant::now()));
    }

    /// Notes that a request will not change any more by itself.
    pub(super) fn is_over(&self, id: RequestId) {
        self.seen().open.remove(&id);
    }

    /// Whether a request was sent a moment ago.
    pub(super) fn is_fresh(&self, id: RequestId) -> bool {
        self.seen().open.get(&id).is_some_and(|(.., at)| at.elapsed() < REFRESH)
    }

    /// Notes that the deletion of a request is for other deployments to hear.
    pub(super) fn leave_to_others(&self, id: RequestId) {
        self.seen().for_others.insert(id);
    }

    /// Whether the deletion of a request is for other deployments to hear.
    pub(super) fn is_for_others(&self, id: RequestId) -> bool {
        self.seen().for_others.contains(&id)
    }

    fn is_as_sent(&self, id: RequestId, revision: u64, tally: &Tally) -> bool {
        let seen = self.seen();
        seen.open.get(&id).is_some_and(|(sent, then, _)| *sent == revision && then == tally)
    }
}

/// A look at some requests. Should it be cut off, all are looked at once more.
struct Look<'a> {
    sight: &'a Sight,
    has_ended: bool,
}

impl Drop for Look<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            self.sight.forget();
        }
    }
}

impl Session {
    /// Hears of what changes in the engine, until stopped.
    pub(super) async fn listen_on(&self) {
        let mut events = self.engine.events();
        // What has changed before this was not heard.
        self.sight.forget();
        loop {
            match events.recv().await {
                Ok(event) => drop(self.sight.seen().heard.insert(event.request())),
                Err(RecvError::Lagged(_)) => self.sight.forget(),
                Err(RecvError::Closed) => return,
            }
            self.bell.notify_one();
        }
    }

    /// Finds out what has yet to be sent.
    pub(super) async fn look(&self) -> Result<()> {
        let (is_whole, ids, is_to_retry) = {
            let mut seen = self.sight.seen();
            // Set first: what is missed meanwhile has all looked at again.
            let is_whole = std::mem::replace(&mut seen.is_whole, true);
            (is_whole, seen.due(), seen.is_to_retry)
        };
        let mut look = Look { sight: &self.sight, has_ended: false };
        if is_to_retry {
            self.unpark().await?;
            self.sight.seen().is_to_retry = false;
        }
        if !is_whole {
            self.look_at_all().await?;
        }
        for id in ids {
            self.look_at(id).await?;
        }
        look.has_ended = true;
        Ok(())
    }

    async fn look_at_all(&self) -> Result<()> {
        let with = self.there().map(|there| there.name);
        let mut before = None;
        loop {
            let page = self.journal.page(before).await?;
            let Some(last) = page.last() else { break };
            before = Some(last.id);
            for passage in page {
                if passage.way == Way::There {
                    continue;
                }
                let is_of_this = with.is_none_or(|with| passage.with == with);
                match passage.parked.filter(|_| is_of_this) {
                    Some(parked) => self.status.park(passage.id, parked),
                    None => self.status.is_done(passage.id),
                }
            }
        }
        let mut before: Option<String> = None;
        loop {
            let store = &self.here.store;
            let page = store.list(Kind::Request, None, before.as_deref(), LOOKED_AT).await;
            let page = page.map_err(here)?;
            let Some(last) = page.last() else { return Ok(()) };
            before = Some(last.id.clone());
            for document in page {
                if let Ok(id) = document.id.parse() {
                    self.look_at(id).await?;
                }
            }
        }
    }

    /// Finds out whether a request has yet to be sent.
    async fn look_at(&self, id: RequestId) -> Result<()> {
        let kept = match self.here.requests.read(id).await {
            Ok(kept) if is_to_be_sent(&kept.value) => kept,
            // What came from elsewhere may be parked all the same.
            Ok(kept) if kept.value.origin.is_some() => return Ok(()),
            Ok(_) | Err(StoreError::NotFound(_)) => {
                self.sight.is_over(id);
                self.status.is_done(id);
                return Ok(());
            }
            Err(error @ StoreError::Unreadable { .. }) => {
                let parked = Parked { why: error.to_string(), file_name: None, revision: None };
                self.status.park(id, parked);
                return Ok(());
            }
            Err(error) => return Err(here(error)),
        };
        let passage = self.journal.find(id).await?;
        let with = self.there().map(|there| there.name);
        let passage = passage.filter(|passage| with.is_none_or(|with| passage.with == with));
        let revision = kept.revision();
        if passage.as_ref().is_some_and(|passage| passage.is_over(revision)) {
            match passage.and_then(|passage| passage.parked) {
                Some(parked) => self.status.park(id, parked),
                None => self.status.is_done(id),
            }
            return Ok(());
        }
        let tally = self.engine.tally(&kept.value).await.map_err(here)?;
        if self.sight.is_as_sent(id, revision, &tally) {
            self.status.is_done(id);
        } else {
            let has_sheet = passage.is_some_and(|passage| passage.has_sheet);
            let sheet = if has_sheet { 0 } else { kept.value.sheet.bytes };
            self.status.wait_for(id, sheet + tally.bytes_out);
        }
        Ok(())
    }

    /// Has the passages that are parked go on.
    async fn unpark(&self) -> Result<()> {
        for id in self.status.parked() {
            let passage = self.journal.find(id).await?;
            if let Some(passage) = passage {
                self.journal.save(&Passage { parked: None, ..passage }, Lasting::Now).await?;
            }
            match self.here.requests.show(id).await {
                Ok(request) if is_to_be_sent(&request) => self.look_at(id).await?,
                Err(StoreError::Unreadable { .. }) => self.look_at(id).await?,
                // What others have made is looked for in the deployment again.
                Ok(_) | Err(_) => self.status.is_done(id),
            }
        }
        Ok(())
    }
}

/// Whether a request is to be sent: it was made here, and is not about to be deleted.
pub(super) fn is_to_be_sent(request: &Request) -> bool {
    request.origin.is_none() && !request.is_closed
}
