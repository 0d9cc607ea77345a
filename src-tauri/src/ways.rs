//! The way of working: with the engine of this computer, or with a server that is tried again and again
//! while it is away.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use pixmill_engine::{Backoff, model::RequestId};
use tokio::{sync::RwLock, task::AbortHandle, time::sleep};
use tracing::warn;

use crate::{
    around::Around,
    host::{Away, Handing, Here, Host, address},
    keyring::{Kept, Keys},
    queue::{Queue, Sent, is_passing},
    refusal::{Answer, Refusal},
    settings::SettingsFile,
    wire::{Handed, Said, Way, WayState, WayView},
    work::{AtEnd, Work},
};

/// How often a server is asked whether it is there, and what waits is tried again.
const LOOK: Duration = Duration::from_secs(20);
/// How soon a server that is away is asked again at first.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The way of working. A clone is another handle on the same.
#[derive(Clone)]
pub(crate) struct Ways(Arc<Inner>);

struct Inner {
    here: Arc<Here>,
    settings: Arc<SettingsFile>,
    keys: Arc<Keys>,
    queue: Arc<Queue>,
    work: Arc<Work>,
    around: Arc<dyn Around>,
    server: Arc<RwLock<Option<Server>>>,
}

/// A server that is worked with.
struct Server {
    address: String,
    away: Arc<Away>,
    has_key: bool,
    /// Something to know of it although all is well.
    note: Option<String>,
    tending: AbortHandle,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.tending.abort();
    }
}

impl Ways {
    /// Takes up the way that is set.
    pub(crate) async fn begin(
        here: Arc<Here>,
        settings: Arc<SettingsFile>,
        keys: Arc<Keys>,
        queue: Arc<Queue>,
        work: Arc<Work>,
        around: Arc<dyn Around>,
    ) -> Self {
        let server = Arc::new(RwLock::new(None));
        let way = settings.get().way;
        let ways = Ways(Arc::new(Inner { here, settings, keys, queue, work, around, server }));
        if let Way::Server { address } = way {
            // Whoever asks for the server waits until the keyring has answered.
            let mut guard = Arc::clone(&ways.0.server).write_owned().await;
            let begun = ways.clone();
            tokio::spawn(async move {
                let key = begun.0.keys.find(&address).await;
                match begun.server(&address, key, None) {
                    Ok(server) => *guard = Some(server),
                    Err(refusal) => {
                        warn!(why = refusal.words(), "the server cannot be worked with")
                    }
                }
            });
        }
        ways
    }

    /// Who does the work.
    pub(crate) async fn host(&self) -> Arc<dyn Host> {
        match &*self.0.server.read().await {
            Some(server) => server.away.clone(),
            None => self.0.here.clone(),
        }
    }

    /// How it stands.
    pub(crate) async fn view(&self) -> WayView {
        let queued = self.0.queue.list().len();
        match &*self.0.server.read().await {
            None => WayView { way: Way::Here, state: WayState::Ok, why: None, queued },
            Some(server) => {
                let stand = server.away.reach().stand();
                let way = Way::Server { address: server.address.clone() };
                WayView { way, state: stand.state, why: stand.why.or(server.note.clone()), queued }
            }
        }
    }

    /// Whether there is a key for the server.
    pub(crate) async fn has_key(&self) -> bool {
        self.0.server.read().await.as_ref().is_some_and(|server| server.has_key)
    }

    /// Changes the way of working; a server is asked first. Without a key the one that is kept stays;
    /// none forgets it.
    ///
    /// # Errors
    /// Where the server cannot be worked with: everything stays as it was.
    pub(crate) async fn change(&self, way: Way, key: Option<Option<String>>) -> Answer<WayView> {
        let (way, server) = match way {
            Way::Here => (Way::Here, None),
            Way::Server { address: typed } => {
                let url = address(&typed)?;
                let address = url.to_string();
                let given = key.map(|key| key.filter(|key| !key.trim().is_empty()));
                let used = match &given {
                    Some(key) => key.as_ref().map(|key| key.trim().to_owned()),
                    None => self.0.keys.find(&address).await,
                };
                Away::new(url, used.clone())?.session().await?;
                let note = match given {
                    Some(_) => self.keep(&address, used.clone()).await,
                    None => None,
                };
                let server = self.server(&address, used, note)?;
                (Way::Server { address }, Some(server))
            }
        };
        let changed = self.0.settings.change(|settings| settings.way = way);
        changed.map_err(Refusal::failed("write the settings"))?;
        *self.0.server.write().await = server;
        self.tell().await;
        Ok(self.view().await)
    }

    /// Hands a sheet in; where the server cannot be reached it waits.
    pub(crate) async fn submit(&self, handing: Handing) -> Answer<(Handed, Arc<dyn Host>)> {
        let host = self.host().await;
        let server = self.0.server.read().await.as_ref().map(|server| server.address.clone());
        let Some(address) = server else {
            return Ok((Handed::Received { received: host.submit(&handing).await? }, host));
        };
        // What came earlier is sent earlier.
        if !self.0.queue.is_waiting_for(&address) {
            match host.submit(&handing).await {
                Ok(received) => return Ok((Handed::Received { received }, host)),
                Err(refusal) if !is_passing(&refusal) => return Err(refusal),
                // Somebody has to do something about the key first.
                Err(refusal @ Refusal::Problem { .. }) if !is_busy(&refusal) => {
                    return Err(refusal);
                }
                Err(_) => {}
            }
        }
        let queued = self.0.queue.add(&address, &handing)?;
        self.tell().await;
        Ok((Handed::Queued { queued }, host))
    }

    /// Asks no server any more.
    pub(crate) async fn stop(&self) {
        *self.0.server.write().await = None;
    }

    /// Tells the page how it stands, and what waits.
    pub(crate) async fn tell(&self) {
        self.0.around.tell(Said::Queued(self.0.queue.list()));
        self.0.around.tell(Said::Way(self.view().await));
    }

    /// Keeps a key; gives what there is to know of how it is kept.
    async fn keep(&self, address: &str, key: Option<String>) -> Option<String> {
        let is_key = key.is_some();
        match self.0.keys.keep(address, key).await {
            Kept::ForThisRun if is_key => Some(
                "There is no keyring on this computer, or it is locked: the key is forgotten when \
                 Pixmill ends."
                    .to_owned(),
            ),
            Kept::ForThisRun | Kept::InKeyring => None,
        }
    }

    fn server(&self, at: &str, key: Option<String>, note: Option<String>) -> Answer<Server> {
        let has_key = key.is_some();
        let away = Arc::new(Away::new(address(at)?, key)?);
        let tending = tokio::spawn(tend(Arc::downgrade(&self.0), at.to_owned(), Arc::clone(&away)));
        let (address, tending) = (at.to_owned(), tending.abort_handle());
        Ok(Server { address, away, has_key, note, tending })
    }
}

/// Whether a server is only busy or broken.
fn is_busy(refusal: &Refusal) -> bool {
    match refusal {
        Refusal::Problem { problem } => {
            problem.status >= 500 || matches!(problem.status, 408 | 429)
        }
        Refusal::Unreachable { .. } => true,
    }
}

/// Asks a server again and again whether it is there, and sends what waits for it.
async fn tend(ways: Weak<Inner>, address: String, away: Arc<Away>) {
    let mut changes = away.reach().changes();
    let mut pause = Backoff::new(FIRST_PAUSE, LOOK);
    while let Some(inner) = ways.upgrade() {
        let held = Ways(inner);
        let queue = Arc::clone(&held.0.queue);
        let sent = if queue.is_waiting_for(&address) {
            let host: Arc<dyn Host> = away.clone();
            let sent = queue.send(&address, &*away, |received| {
                if let Ok(id) = received.request_id.parse::<RequestId>() {
                    held.0.work.follow(Arc::clone(&host), id, AtEnd::Tell);
                }
            });
            let sent = sent.await;
            held.tell().await;
            sent
        } else {
            // What comes of it is noted by whoever calls.
            drop(away.session().await);
            Sent::All
        };
        let is_well = away.reach().stand().state == WayState::Ok && sent == Sent::All;
        if is_well {
            pause.reset();
        }
        drop(held);
        let until = sleep(if is_well { LOOK } else { pause.wait() });
        tokio::pin!(until);
        loop {
            tokio::select! {
                () = &mut until => break,
                () = queue.rung() => break,
                changed = changes.changed() => {
                    let Some(inner) = ways.upgrade().filter(|_| changed.is_ok()) else { return };
                    Ways(inner).tell().await;
                }
            }
        }
    }
}
