//! What goes on with one deployment: round after round, until stopped.
//!
//! 1. What is deleted is passed on first, so that it is not sent once more.
//! 2. What was made here is sent.
//! 3. Every now and then is looked for what others have done.
//! 4. Then their renditions are fetched, a few in each round.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
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
    courier::Courier,
    hold::Holds,
    journal::Journal,
    keep::Wanted,
    look::{REFRESH, Sight},
    news::Seen,
    passage::Way,
    settled::Settled,
    side::{Deployment, Side},
    status::Status,
    trouble::{Result, Trouble, here, there as of_there},
};
use crate::{
    backoff::Backoff,
    engine::Engine,
    error::Error,
    model::{RequestId, Timestamp},
    wire::{SyncState, SyncView},
};

/// The first wait after the deployment could not be reached.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest of those.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// How old what is noted of the last sync may be.
const SYNCED_NOTED: Duration = Duration::from_secs(60);

/// What goes on with one deployment.
pub(super) struct Session {
    pub(super) engine: Engine,
    pub(super) deployment: Deployment,
    pub(super) here: Side,
    there: Mutex<Option<Arc<Side>>>,
    pub(super) journal: Journal,
    pub(super) status: Status,
    pub(super) sight: Sight,
    pub(super) settled: Settled,
    /// What was seen of the deployment.
    pub(super) seen: Seen,
    /// Whose renditions are in use.
    pub(super) holds: Holds,
    /// Whether there may be renditions to be fetched.
    pub(super) wanted: Wanted,
    /// When all was the same, as far as that is noted.
    synced_noted: Mutex<Option<Timestamp>>,
    /// Rung when there may be something to do.
    pub(super) bell: Notify,
    stop: CancellationToken,
}

/// How far it has come in its rounds.
#[derive(Default)]
struct Progress {
    /// When was last looked for what others have done.
    looked: Option<Instant>,
    /// The request that was sent last, where others are to be sent behind it.
    sent: Option<RequestId>,
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
        holds: Holds,
    ) -> Result<Self, Error> {
        let here = Side::here(&engine).await?;
        let journal = Journal::new(Arc::clone(&here.store));
        let synced = here.store.noted(&synced_with(&deployment)).await?;
        let synced = synced.and_then(|synced| synced.parse().ok()).map(Timestamp::from_millis);
        Ok(Session {
            engine,
            deployment,
            here,
            there: Mutex::default(),
            journal,
            status: Status::new(told, synced),
            sight: Sight::default(),
            settled: Settled::default(),
            seen: Seen::default(),
            holds,
            wanted: Wanted::default(),
            synced_noted: Mutex::new(synced),
            bell: Notify::new(),
            stop: CancellationToken::new(),
        })
    }

    /// The deployment, once it has been reached.
    pub(super) fn there(&self) -> Option<Arc<Side>> {
        self.reached().clone()
    }

    /// Who copies from one side to the other.
    pub(super) fn courier<'a>(&'a self, from: &'a Side, to: &'a Side, way: Way) -> Courier<'a> {
        Courier { from, to, way, journal: &self.journal, settled: &self.settled }
    }

    fn reached(&self) -> MutexGuard<'_, Option<Arc<Side>>> {
        self.there.lock().unwrap_or_else(PoisonError::into_inner)
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
        if let Err(trouble) = self.note_synced(Duration::ZERO).await {
            debug!(?trouble, "cannot note when it last synced");
        }
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
        let mut progress = Progress::default();
        loop {
            self.while_it_stands(|state| [SyncState::Paused, SyncState::Refused].contains(&state))
                .await;
            let left = select! {
                left = self.round(&mut progress) => left,
                // What is cut off by that goes on where it was.
                () = self.status.until_paused() => continue,
            };
            let wait = match left {
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
                () = self.told_by_others() => progress.looked = None,
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

    /// One round.
    async fn round(&self, progress: &mut Progress) -> Result<Left> {
        self.look().await?;
        let is_due = progress.looked.is_none_or(|looked| looked.elapsed() >= self.deployment.every);
        let has_some = !self.status.waiting().is_empty();
        let there = self.connected(is_due || has_some).await?;
        self.bury_there(&there).await?;
        progress.sent = self.send_some(&there, progress.sent).await?;
        if is_due {
            self.bring_news(&there).await?;
            progress.looked = Some(Instant::now());
        }
        let are_more_images = self.fetch_some_images(&there).await?;
        if are_more_images || progress.sent.is_some() {
            return Ok(Left::More);
        }
        self.look().await?;
        let now = self.here.store.now().await.map_err(here)?;
        self.status.rest(now);
        self.note_synced(SYNCED_NOTED).await?;
        Ok(if self.status.waiting().is_empty() { Left::Nothing } else { Left::Soon })
    }

    /// The deployment, which is reached anew where its servers keep images elsewhere by now; that is
    /// looked at where it `is_due`, so that nothing is sent where nobody looks for it.
    async fn connected(&self, is_due: bool) -> Result<Arc<Side>> {
        let before = self.there();
        if let Some(there) = &before
            && (!is_due || there.has_its_gallery().await.map_err(of_there)?)
        {
            return Ok(Arc::clone(there));
        }
        let there = Arc::new(Side::there(&self.deployment).await.map_err(of_there)?);
        info!(database = %self.deployment.database, "syncs");
        *self.reached() = Some(Arc::clone(&there));
        if let Some(before) = before {
            before.store.close().await;
        }
        // What was sent to another deployment has yet to be sent to this one.
        self.sight.forget();
        self.look().await?;
        Ok(there)
    }

    /// Notes when all was the same, for who looks after a restart; not before what is noted is so old.
    async fn note_synced(&self, age: Duration) -> Result<()> {
        let synced = self.status.last_synced_at();
        let noted = *self.noted();
        let is_due = |synced: &Timestamp| noted.is_none_or(|noted| noted.after(age) < *synced);
        let Some(synced) = synced.filter(is_due) else { return Ok(()) };
        let name = synced_with(&self.deployment);
        let noted = self.here.store.note(&name, &synced.as_millis().to_string()).await;
        noted.map_err(here)?;
        *self.noted() = Some(synced);
        Ok(())
    }

    fn noted(&self) -> MutexGuard<'_, Option<Timestamp>> {
        self.synced_noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows that something is being sent or fetched.
    pub(super) fn begins_work(&self) {
        self.status.enter(SyncState::Working, None);
    }
}

/// Under what is noted when all was the same as in a deployment. It goes by the address, which is
/// known offline too, and is shown without its password.
fn synced_with(deployment: &Deployment) -> String {
    format!("synced-with-{}", deployment.database)
}
