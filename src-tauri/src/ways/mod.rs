//! The way of working: with the engine of this computer, or with a server that is tried again and again
//! while it is away.

mod at;
mod tending;

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use tokio::{
    sync::{Mutex as Turn, watch},
    task::spawn_blocking,
    time::{sleep, timeout},
};

pub(crate) use at::Chosen;
use at::{At, Server};
use tending::tend;

use crate::{
    around::Around,
    host::{Away, Handing, Here, Host, address},
    keyring::{ASK_AGAIN, Found, Kept, Keys},
    queue::{Queue, is_busy},
    refusal::{Answer, Refusal},
    settings::SettingsFile,
    wire::{Handed, Said, Way, WayState, WayView},
    work::Work,
};

/// How long the keyring has at a start before the page is told that it is waited for.
const MOMENT: Duration = Duration::from_secs(2);

/// What is told of a keyring that cannot be read.
const LOCKED: &str = "The key for the server cannot be read: unlock the system's keyring, or give the \
                      key again.";
/// What is told while it is asked.
const ASKING: &str = "The system's keyring is asked for the key.";

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
    /// Taken by whoever changes the way.
    turn: Turn<()>,
    at: watch::Sender<At>,
}

impl Ways {
    /// Takes up the way that is set.
    pub(crate) fn begin(
        here: Arc<Here>,
        settings: Arc<SettingsFile>,
        keys: Arc<Keys>,
        queue: Arc<Queue>,
        work: Arc<Work>,
        around: Arc<dyn Around>,
    ) -> Self {
        let way = settings.get().way;
        let at = match &way {
            Way::Here => At::Here,
            Way::Server { address } => At::Asking(address.clone()),
        };
        let (turn, at) = (Turn::default(), watch::Sender::new(at));
        let inner = Inner { here, settings, keys, queue, work, around, turn, at };
        let ways = Ways(Arc::new(inner));
        if let Way::Server { address } = way {
            tokio::spawn(take_up(Arc::downgrade(&ways.0), address));
        }
        ways
    }

    /// Who does the work. Where it is a server, whoever asks waits until the keyring has answered.
    ///
    /// # Errors
    /// Where no calls can be made to the server.
    pub(crate) async fn chosen(&self) -> Answer<Chosen> {
        let mut at = self.0.at.subscribe();
        loop {
            if let Some(chosen) = at.borrow_and_update().chosen(&self.0.here) {
                return chosen;
            }
            if at.changed().await.is_err() {
                return Err(Refusal::new(503, "ending", "Pixmill is ending"));
            }
        }
    }

    /// How it stands.
    pub(crate) async fn view(&self) -> WayView {
        let mut at = self.0.at.subscribe();
        // It usually answers in no time: the page need not be told that it is asked.
        drop(timeout(MOMENT, at.wait_for(|at| !matches!(at, At::Asking(_)))).await);
        let queued = self.0.queue.list().len();
        let at_server = |address: &String| Way::Server { address: address.clone() };
        match &*at.borrow() {
            At::Here => WayView { way: Way::Here, state: WayState::Ok, why: None, queued },
            At::Asking(address) => {
                let (way, why) = (at_server(address), Some(ASKING.to_owned()));
                WayView { way, state: WayState::Unreachable, why, queued }
            }
            At::Server(Server { address, away, note, .. }) => {
                let stand = away.reach().stand();
                let why = match stand.state {
                    // It refuses that there is no key.
                    WayState::Refused => note.clone().or(stand.why),
                    WayState::Ok | WayState::Unreachable => stand.why.or(note.clone()),
                };
                WayView { way: at_server(address), state: stand.state, why, queued }
            }
            At::Unusable(address, refusal) => {
                let (way, why) = (at_server(address), Some(refusal.words().to_owned()));
                WayView { way, state: WayState::Unreachable, why, queued }
            }
        }
    }

    /// Whether there is a key for the server.
    pub(crate) fn has_key(&self) -> bool {
        matches!(&*self.0.at.borrow(), At::Server(Server { has_key: true, .. }))
    }

    /// Whether anything waits that the server may take.
    pub(crate) fn has_to_send(&self) -> bool {
        match &*self.0.at.borrow() {
            At::Here => false,
            At::Asking(address) | At::Unusable(address, _) | At::Server(Server { address, .. }) => {
                self.0.queue.is_waiting_for(address)
            }
        }
    }

    /// Changes the way of working; a server is asked first. Without a key the one that is kept stays;
    /// none forgets it.
    ///
    /// # Errors
    /// Where the server cannot be worked with: everything stays as it was.
    pub(crate) async fn change(&self, way: Way, key: Option<Option<String>>) -> Answer<WayView> {
        let _turn = self.0.turn.lock().await;
        let (way, at) = match way {
            Way::Here => (Way::Here, At::Here),
            Way::Server { address: typed } => {
                let url = address(&typed)?;
                let address = url.to_string();
                let given = key.map(|key| key.filter(|key| !key.trim().is_empty()));
                let used = match &given {
                    Some(key) => key.as_ref().map(|key| key.trim().to_owned()),
                    None => match self.0.keys.find(&address).await {
                        Found::Key(key) => Some(key),
                        Found::Nothing | Found::Locked => None,
                    },
                };
                Away::new(url, used.clone())?.session().await?;
                let note = match given {
                    Some(_) => self.keep(&address, used.clone()).await,
                    None => None,
                };
                let server = self.server(&address, used, note)?;
                (Way::Server { address }, At::Server(server))
            }
        };
        let changed = self.0.settings.change(|settings| {
            if let Way::Server { address } = &way {
                settings.last_server = Some(address.clone());
            }
            settings.way = way.clone();
        });
        changed.map_err(Refusal::failed("write the settings"))?;
        self.0.at.send_replace(at);
        self.see_through_expected(&way);
        self.tell().await;
        Ok(self.view().await)
    }

    /// Hands a sheet in, and sees through what becomes of it; where the server cannot be reached it
    /// waits.
    pub(crate) async fn submit(&self, handing: Handing) -> Answer<Handed> {
        let Chosen { host, way } = self.chosen().await?;
        let address = match &way {
            Way::Here => None,
            Way::Server { address } => Some(address),
        };
        // What came earlier is sent earlier.
        let is_next = address.is_none_or(|address| !self.0.queue.is_waiting_for(address));
        if is_next {
            match (host.submit(&handing).await, address) {
                (Ok(received), _) => {
                    if let Ok(id) = received.request_id.parse() {
                        self.0.work.see_through(host, id, &way);
                    }
                    return Ok(Handed::Received { received });
                }
                (Err(refusal), Some(_)) if is_busy(&refusal) => {}
                // Somebody has to do something about the sheet or the key first.
                (Err(refusal), _) => return Err(refusal),
            }
        }
        let (queue, address) = (Arc::clone(&self.0.queue), address.cloned().unwrap_or_default());
        let queued = spawn_blocking(move || queue.add(&address, &handing)).await;
        let queued = queued.map_err(|error| Refusal::failed("keep the sheet")(error.into()))??;
        self.tell().await;
        Ok(Handed::Queued { queued })
    }

    /// Asks no server any more.
    pub(crate) fn stop(&self) {
        self.0.at.send_replace(At::Here);
    }

    /// Tells the page how it stands, and what waits.
    pub(crate) async fn tell(&self) {
        self.0.around.tell(Said::Queued(self.0.queue.list()));
        self.0.around.tell(Said::Way(self.view().await));
    }

    /// Goes on with what the person waits for of a server.
    fn see_through_expected(&self, way: &Way) {
        if let (Way::Server { .. }, Some(Ok(Chosen { host, .. }))) =
            (way, self.0.at.borrow().chosen(&self.0.here))
        {
            self.0.work.see_through_expected(&host, way);
        }
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
        Ok(Server { address, away, has_key, is_locked: false, note, tending })
    }

    /// A server of an earlier run, with what the keyring has for it.
    fn server_found(&self, address: &str, found: Found) -> At {
        let is_locked = found == Found::Locked;
        let (key, note) = match found {
            Found::Key(key) => (Some(key), None),
            Found::Nothing => (None, None),
            Found::Locked => (None, Some(LOCKED.to_owned())),
        };
        match self.server(address, key, note) {
            Ok(mut server) => {
                server.is_locked = is_locked;
                At::Server(server)
            }
            Err(refusal) => At::Unusable(address.to_owned(), refusal),
        }
    }
}

/// Takes up a server of an earlier run. A keyring that cannot be read is asked again and again, unless
/// somebody gives the key anew or chooses another way.
async fn take_up(ways: Weak<Inner>, address: String) {
    loop {
        let Some(ways_now) = ways.upgrade().map(Ways) else { return };
        let found = ways_now.0.keys.find(&address).await;
        let is_locked = found == Found::Locked;
        let is_first = matches!(&*ways_now.0.at.borrow(), At::Asking(_));
        // What cannot be read still cannot: nothing has changed.
        if is_first || !is_locked {
            let server = ways_now.server_found(&address, found);
            let is_taken = ways_now.0.at.send_if_modified(|at| {
                let waits = at.waits_for_key(&address);
                if waits {
                    *at = server;
                }
                waits
            });
            if !is_taken {
                return;
            }
            ways_now.see_through_expected(&Way::Server { address: address.clone() });
            ways_now.tell().await;
        }
        drop(ways_now);
        if !is_locked {
            return;
        }
        sleep(ASK_AGAIN).await;
    }
}
