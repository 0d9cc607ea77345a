//! What others have done in the deployment: found by the times at which it was written there, as its
//! own clock tells them.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{
    session::Session,
    side::Side,
    trouble::{Result, here, there as of_there},
};
use crate::{
    model::{RequestId, Timestamp},
    store::{Kind, Mark, WRITTEN_WITHIN},
};

/// So far back is looked for what others have done: what bears an earlier time than what was seen may
/// have been written later. It is as much longer again as the time of the last look may be old.
const OVERLAP: Duration = Duration::from_secs(2 * WRITTEN_WITHIN.as_secs());
/// How many changes are asked for in one go.
const ASKED_AT_ONCE: usize = 100;
/// How many changes are remembered, so as not to be looked at twice.
const SEEN_KEPT: usize = 20_000;

/// Changes in the order of their times, as far as they have been asked for.
pub(super) struct News {
    kind: Kind,
    from: String,
}

impl News {
    /// The changes since a moment.
    pub(super) fn since(kind: Kind, since: &str) -> Self {
        News { kind, from: since.to_owned() }
    }
}

/// The changes that were dealt with, by the values of their marks.
#[derive(Default)]
pub(super) struct Seen(Mutex<HashMap<(Kind, RequestId), String>>);

impl Seen {
    fn changes(&self) -> MutexGuard<'_, HashMap<(Kind, RequestId), String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    /// Looks for what others have done since that was last looked for, and for what may have been
    /// missed then.
    pub(super) async fn bring_news(&self, there: &Side) -> Result<()> {
        let name = format!("seen-of-{}", there.name);
        let noted = self.here.store.noted(&name).await.map_err(here)?;
        let noted = noted.and_then(|noted| noted.parse().ok()).map(Timestamp::from_millis);
        let now = there.store.now().await.map_err(of_there)?;
        // What was written while a clock was wrong is found by looking at everything.
        let noted = noted.filter(|noted| *noted <= now.after(WRITTEN_WITHIN));
        let since = noted.map(|noted| Mark::moment(noted.before(OVERLAP)));
        self.bury_here(there, since.as_deref().unwrap_or_default()).await?;
        self.bring_all(there, since.as_deref()).await?;
        if noted.is_none_or(|noted| noted.after(WRITTEN_WITHIN) < now) {
            let now = now.as_millis().to_string();
            self.here.store.note(&name, &now).await.map_err(here)?;
        }
        Ok(())
    }

    /// The next changes that were not seen yet; `None` where there are no more.
    pub(super) async fn next_news(
        &self,
        there: &Side,
        news: &mut News,
    ) -> Result<Option<Vec<(RequestId, String)>>> {
        let values = Mark::values_from(news.from.clone());
        let found = there.store.marked(news.kind, Mark::Changed, values, ASKED_AT_ONCE).await;
        let found = found.map_err(of_there)?;
        let Some(last) = found.last() else { return Ok(None) };
        // Others may bear the same time as the last.
        news.from = if found.first().is_some_and(|first| first.value == last.value) {
            Mark::behind(&last.value)
        } else {
            last.value.clone()
        };
        if found.len() < ASKED_AT_ONCE {
            news.from = Mark::behind(&last.value);
        }
        let seen = self.seen.changes();
        let fresh = found.into_iter().filter_map(|marked| {
            let id = marked.id.parse().ok()?;
            (seen.get(&(news.kind, id)) != Some(&marked.value)).then_some((id, marked.value))
        });
        Ok(Some(fresh.collect()))
    }

    /// Notes that a change was dealt with.
    pub(super) fn has_seen(&self, kind: Kind, id: RequestId, value: String) {
        let mut seen = self.seen.changes();
        if seen.len() >= SEEN_KEPT {
            seen.clear();
        }
        seen.insert((kind, id), value);
    }
}
