//! What goes on with one deployment: round after round, until stopped.
//!
//! 1. What is deleted is passed on first, so that it is not sent once more.
//! 2. What was made here is sent.
//! 3. Every now and then is looked for what others have done.
//! 4. Then their renditions are fetched, a few in each round.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    select,
    sync::{Notify, watch},
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use super::{
    journal::Journal,
    look::{REFRESH, Sight},
    side::{Deployment, Side},
    status::Status,
    trouble::{Result, Trouble, here, there as of_there},
};
use crate::{
    backoff::Backoff,
    engine::Engine,
    error::Error,
    model::{RequestId, Timestamp},
    store::{Kind, Mark},
    wire::{SyncState, SyncView},
};

/// The first wait after the deployment could not be reached.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest of those.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// So far back is looked for what others have done: what bears an earlier time than what was seen may
/// have been written later.
const OVERLAP: Duration = Duration::from_secs(600);
/// How many changes are asked for in one go.
const ASKED_AT_ONCE: usize = 100;
/// How many changes are remembered, so as not to be looked at twice.
const SEEN_KEPT: usize = 20_000;

/// What goes on with one deployment.
pub(super) struct Session {
    pub(super) engine: Engine,
    pub(super) deployment: Deployment,
    pub(super) here: Side,
    there: OnceLock<Side>,
    pub(super) journal: Journal,
    pub(super) status: Status,
    pub(super) sight: Sight,
    /// What was seen of the deployment, by its mark.
    seen: Mutex<HashMap<(Kind, RequestId), String>>,
    /// Whether there may be renditions to be fetched.
    images_wait: AtomicBool,
    /// Rung when there may be something to do.
    pub(super) bell: Notify,
    stop: CancellationToken,
}

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

/// What a round has left to do.
enum Left {
    Nothing,
    /// Something is held back for a moment.
    Soon,
    /// It can go on at once.
    More,
}

impl Session {
    pub(super) async fn new(
        engine: Engine,
        deployment: Deployment,
        told: watch::Sender<SyncView>,
    ) -> Result<Self, Error> {
        let here = Side::here(&engine).await?;
        let journal = Journal::new(Arc::clone(&here.store));
        Ok(Session {
            engine,
            deployment,
            here,
            there: OnceLock::new(),
            journal,
            status: Status::new(told),
            sight: Sight::default(),
            seen: Mutex::default(),
            images_wait: AtomicBool::new(true),
            bell: Notify::new(),
            stop: CancellationToken::new(),
        })
    }

    /// The deployment, once it has been reached.
    pub(super) fn there(&self) -> Option<&Side> {
        self.there.get()
    }

    pub(super) fn pause(&self) {
        self.status.pause();
    }

    pub(super) fn resume(&self) {
        self.status.resume();
        self.bell.notify_one();
    }

    pub(super) fn retry_parked(&self) {
        self.sight.retry();
        self.bell.notify_one();
    }

    pub(super) fn stop(&self) {
        self.stop.cancel();
    }

    /// Takes leave of the deployment.
    pub(super) async fn close(&self) {
        if let Some(there) = self.there() {
            there.store.close().await;
        }
    }

    /// Hears of what changes here, until stopped.
    pub(super) async fn listen(self: Arc<Self>) {
        self.stop.run_until_cancelled(self.listen_on()).await;
    }

    /// Goes round until stopped. Whatever is cut off by that goes on after the next start.
    pub(super) async fn run(self: Arc<Self>) {
        self.stop.run_until_cancelled(self.go_round()).await;
    }

    async fn go_round(&self) {
        let mut away = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
        let mut looked = None;
        loop {
            self.while_it_stands(|state| [SyncState::Paused, SyncState::Refused].contains(&state))
                .await;
            let wait = match self.round(&mut looked).await {
                Ok(left) => {
                    away.reset();
                    match left {
                        Left::More => continue,
                        Left::Soon => REFRESH.min(self.deployment.every),
                        Left::Nothing => self.deployment.every,
                    }
                }
                Err(Trouble::Away(why) | Trouble::Record(why)) => {
                    let wait = away.wait();
                    info!(%why, wait_s = wait.as_secs(), "cannot sync at the moment");
                    self.status.enter(SyncState::Offline, Some(why));
                    // What changes here makes nothing better there.
                    select! {
                        () = sleep(wait) => {}
                        () = self.while_it_stands(|state| state == SyncState::Offline) => {}
                    }
                    continue;
                }
                Err(Trouble::Refused(why)) => {
                    warn!(%why, "the deployment refuses this computer: nothing is synced");
                    self.status.enter(SyncState::Refused, Some(why));
                    continue;
                }
            };
            select! {
                () = sleep(wait) => {}
                () = self.bell.notified() => {}
                () = self.told_by_others() => looked = None,
            }
        }
    }

    /// Waits as long as it stands so. Meanwhile it shows all the same what waits.
    async fn while_it_stands(&self, is_so: impl Fn(SyncState) -> bool) {
        while is_so(self.status.view().state) {
            if let Err(trouble) = self.look().await {
                debug!(?trouble, "cannot find out what waits");
            }
            self.bell.notified().await;
        }
    }

    /// Waits until somebody may have changed something in the deployment.
    async fn told_by_others(&self) {
        match self.there() {
            Some(there) => there.store.changed().await,
            None => std::future::pending().await,
        }
    }

    /// One round; `looked` is when was last looked for what others have done.
    async fn round(&self, looked: &mut Option<Instant>) -> Result<Left> {
        self.look().await?;
        let there = self.connected().await?;
        self.bury_there(there).await?;
        self.send_all(there).await?;
        let is_due = looked.is_none_or(|looked| looked.elapsed() >= self.deployment.every);
        if is_due {
            self.bring_news(there).await?;
            *looked = Some(Instant::now());
        }
        let has_more = self.images_wait.swap(false, Ordering::SeqCst);
        if has_more
            && self.fetch_some_images(there).await.inspect_err(|_| self.images_may_come())?
        {
            self.images_may_come();
            return Ok(Left::More);
        }
        self.look().await?;
        let now = self.here.store.now().await.map_err(here)?;
        self.status.rest(now);
        Ok(if self.status.waiting().is_empty() { Left::Nothing } else { Left::Soon })
    }

    async fn connected(&self) -> Result<&Side> {
        if let Some(there) = self.there() {
            return Ok(there);
        }
        let side = Side::there(&self.deployment).await.map_err(of_there)?;
        info!(database = %self.deployment.database, "syncs");
        let there = self.there.get_or_init(|| side);
        // What was sent to another deployment has yet to be sent to this one.
        self.sight.forget();
        self.look().await?;
        Ok(there)
    }

    /// Looks for what others have done since that was last looked for, and for what may have been
    /// missed then.
    async fn bring_news(&self, there: &Side) -> Result<()> {
        let name = format!("seen-of-{}", there.name);
        let noted = self.here.store.noted(&name).await.map_err(here)?;
        let noted = noted.and_then(|noted| noted.parse().ok()).map(Timestamp::from_millis);
        let now = there.store.now().await.map_err(of_there)?;
        let since = noted.map(|noted| Mark::moment(noted.before(OVERLAP)));
        self.bury_here(there, since.as_deref().unwrap_or_default()).await?;
        self.bring_all(there, since.as_deref()).await?;
        if noted.is_none_or(|noted| noted.after(OVERLAP / 2) < now) {
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
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = found.into_iter().filter_map(|marked| {
            let id = marked.id.parse().ok()?;
            (seen.get(&(news.kind, id)) != Some(&marked.value)).then_some((id, marked.value))
        });
        Ok(Some(fresh.collect()))
    }

    /// Notes that a change was dealt with.
    pub(super) fn has_seen(&self, kind: Kind, id: RequestId, value: String) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= SEEN_KEPT {
            seen.clear();
        }
        seen.insert((kind, id), value);
    }

    /// Notes that there may be renditions to be fetched.
    pub(super) fn images_may_come(&self) {
        self.images_wait.store(true, Ordering::SeqCst);
    }

    /// Shows that something is being sent or fetched.
    pub(super) fn begins_work(&self) {
        self.status.enter(SyncState::Working, None);
    }
}
