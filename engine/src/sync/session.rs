//! What goes on with one deployment: round after round, until stopped.
//!
//! 1. What is deleted is passed on first, so that it is not sent once more.
//! 2. What was made here is sent.
//! 3. Every now and then is looked for what others have done.
//! 4. Then their renditions are fetched, a few in each round.

use std::{
    sync::{
        Arc, OnceLock,
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
    news::Seen,
    side::{Deployment, Side},
    status::Status,
    trouble::{Result, Trouble, here, there as of_there},
};
use crate::{
    backoff::Backoff,
    engine::Engine,
    error::Error,
    wire::{SyncState, SyncView},
};

/// The first wait after the deployment could not be reached.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest of those.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// What goes on with one deployment.
pub(super) struct Session {
    pub(super) engine: Engine,
    pub(super) deployment: Deployment,
    pub(super) here: Side,
    there: OnceLock<Side>,
    pub(super) journal: Journal,
    pub(super) status: Status,
    pub(super) sight: Sight,
    /// What was seen of the deployment.
    pub(super) seen: Seen,
    /// Whether there may be renditions to be fetched.
    images_wait: AtomicBool,
    /// Rung when there may be something to do.
    pub(super) bell: Notify,
    stop: CancellationToken,
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
            seen: Seen::default(),
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

    /// Notes that there may be renditions to be fetched.
    pub(super) fn images_may_come(&self) {
        self.images_wait.store(true, Ordering::SeqCst);
    }

    /// Shows that something is being sent or fetched.
    pub(super) fn begins_work(&self) {
        self.status.enter(SyncState::Working, None);
    }
}
