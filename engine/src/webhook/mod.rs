//! Tells whoever asked of each change of a request's status: signed, in order, at least once.
//!
//! 1. A change of status leaves a notice in the request, in the same write.
//! 2. Notices are made into deliveries in the queues of the receivers that asked for them, and then
//!    taken off the request. Doing it twice does nothing.
//! 3. Whichever process comes first leases a queue that is due, tries its first delivery that waits
//!    and writes down what came of it. Nothing overtakes that delivery until it is done.
//! 4. Queues share out their tries by the hosts that they lead to, so that one that does not answer
//!    holds up no other.

mod error;
mod sign;
mod schedule;
mod deliver;
mod stored;
mod draft;
mod endpoints;
mod hook;
mod hearing;
mod deliveries;
mod fan_out;
mod lanes;
mod attempt;
mod dispatch;

#[cfg(test)]
mod tests;

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use deliver::Sender;
use lanes::Lanes;
use tokio::{sync::Notify, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use deliveries::About;
pub use draft::{Change, Draft, InvalidDraft};
pub use error::WebhookError;
pub use schedule::Schedule;
pub use sign::{InvalidSecret, Secret};

use crate::{
    fetch::Guard,
    model::{EndpointId, HookUrl, WorkerId},
    store::{Keys, Store},
    vault::Vault,
    wire::OutputLinks,
};

/// How webhooks are delivered.
#[derive(Clone, Debug)]
pub struct Terms {
    /// When a failed delivery is tried again.
    pub schedule: Schedule,
    /// How long one try may take. Default: 15 s.
    pub timeout: Duration,
    /// How many deliveries are tried at once. As many again may be under way that have gone
    /// unanswered for two seconds, half of them for one owner. Default: 64.
    pub at_once: usize,
    /// How many of them may go to one host for one owner, and of those that have gone unanswered as
    /// many again. Default: 8.
    pub per_host: usize,
    /// How long deliveries are also signed with the secret before, after it was changed.
    /// Default: 24 h.
    pub overlap: Duration,
    /// How long deliveries are kept to be looked at. Default: 30 days.
    pub kept: Duration,
    /// The longest that an idle process waits before it looks again. Default: 5 s.
    pub idle: Duration,
    /// The receiver that the host names for all requests. Default: none.
    pub server: Option<ServerHook>,
}

/// The receiver that a host names for all requests.
#[derive(Clone, Debug)]
pub struct ServerHook {
    /// Where it is.
    pub url: HookUrl,
    /// What its deliveries are signed with.
    pub secret: Secret,
}

impl Default for Terms {
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(86_400);
        Terms {
            schedule: Schedule::default(),
            timeout: Duration::from_secs(15),
            at_once: 64,
            per_host: 8,
            overlap: DAY,
            kept: 30 * DAY,
            idle: Duration::from_secs(5),
            server: None,
        }
    }
}

/// The webhooks of a deployment, as one process sees them. A clone is another handle on the same.
#[derive(Clone)]
pub struct Webhooks(Arc<Inner>);

struct Inner {
    store: Arc<dyn Store>,
    keys: Keys,
    vault: Arc<Vault>,
    guard: Guard,
    sender: Sender,
    terms: Terms,
    /// Who leases.
    worker: WorkerId,
    links: OnceLock<OutputLinks>,
    lanes: Arc<Lanes>,
    /// Rung when there may be something to tell.
    bell: Arc<Notify>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Webhooks {
    /// Prepares webhooks; they are delivered after [`start`](Self::start).
    ///
    /// # Errors
    /// [`WebhookError::Setup`]
    pub fn new(
        store: Arc<dyn Store>,
        keys: Keys,
        vault: Arc<Vault>,
        guard: Guard,
        terms: Terms,
    ) -> Result<Self, WebhookError> {
        let sender = Sender::new(guard.clone(), terms.timeout).map_err(WebhookError::Setup)?;
        let bell = Arc::new(Notify::new());
        Ok(Webhooks(Arc::new(Inner {
            store,
            keys,
            vault,
            guard,
            sender,
            worker: WorkerId::fresh(),
            links: OnceLock::new(),
            lanes: Arc::new(Lanes::new(terms.at_once, terms.per_host, Arc::clone(&bell))),
            bell,
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            terms,
        })))
    }

    /// Begins to deliver. Links in deliveries begin as `links` says.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn start(&self, links: OutputLinks) -> Result<(), WebhookError> {
        self.0.links.get_or_init(|| links);
        self.0.keep_server_hook().await?;
        self.0.free_what_an_earlier_process_held().await?;
        let inner = Arc::clone(&self.0);
        self.0.tasks.spawn(async move { inner.run().await });
        let inner = Arc::clone(&self.0);
        self.0.tasks.spawn(async move { inner.sweep_on().await });
        Ok(())
    }

    /// Says that there may be something to tell.
    pub fn ring(&self) {
        self.0.bell.notify_one();
    }

    /// Waits until no more deliveries are begun.
    pub async fn stopped(&self) {
        self.0.stop.cancelled().await;
    }

    /// Begins no more deliveries and waits for those that are on their way, at most for `grace`;
    /// `false` where it took longer.
    pub async fn stop(&self, grace: Duration) -> bool {
        self.0.stop.cancel();
        self.0.tasks.close();
        timeout(grace, self.0.tasks.wait()).await.is_ok()
    }
}

impl Inner {
    fn links(&self) -> &OutputLinks {
        self.links.get().unwrap_or(&OutputLinks::BESIDE_SHEET)
    }
}

/// The name of the endpoint that stands for the receiver that a host names.
fn server_endpoint(url: &HookUrl) -> EndpointId {
    EndpointId::derived(&format!("pixmill server webhook\n{url}"))
}

/// What the secrets of a receiver are sealed for.
fn label(endpoint: EndpointId) -> String {
    format!("webhook {endpoint}")
}
