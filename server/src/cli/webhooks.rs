//! `pixmill webhooks`: the endpoints that are told of changes of status.

use clap::{ArgMatches, Args, Subcommand};
use pixmill_engine::{
    Config, Engine, Error,
    model::{
        Delivery, DeliveryState, Endpoint, EndpointId, InvalidId, ReceiverState, Scope, Sight,
        TryOutcome,
    },
    webhook::{Change, InvalidDraft, Secret, WebhookError, Webhooks as EngineWebhooks},
    wire::WebhookDraft,
};
use thiserror::Error as ThisError;

use super::{DONE, SOME_FAILED, plain::plain, refused::Refused};
use crate::{
    out::say,
    settings::{self, Downloads, Hooks, Keeping, Logging, SettingsError},
};

/// How many endpoints are read in one go.
const PAGE: usize = 100;

/// `pixmill webhooks`.
#[derive(Clone, Debug, Args)]
pub(super) struct Webhooks {
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// Register an endpoint; prints its secret, which is not shown again
    Add {
        /// Its name for people
        name: String,
        /// Where events are sent
        url: String,
        /// The events that it wants, such as request.completed,request.error [default: all]
        #[arg(long, value_name = "EVENTS", value_delimiter = ',')]
        events: Option<Vec<String>>,
        /// Send nothing to it until it is enabled
        #[arg(long)]
        disabled: bool,
        #[command(flatten)]
        place: Box<Place>,
    },
    /// Send events to an endpoint again, whyever it was disabled
    Enable {
        /// Its id, as list shows it
        id: String,
        #[command(flatten)]
        place: Box<Place>,
    },
    /// Send no events to an endpoint until it is enabled
    Disable {
        /// Its id, as list shows it
        id: String,
        #[command(flatten)]
        place: Box<Place>,
    },
    /// List the endpoints, newest first
    List {
        #[command(flatten)]
        place: Box<Place>,
    },
    /// Delete an endpoint with all its deliveries
    Remove {
        /// Its id, as list shows it
        id: String,
        #[command(flatten)]
        place: Box<Place>,
    },
    /// Give an endpoint a new secret and print it; the one before is good for another day
    Rotate {
        /// Its id, as list shows it
        id: String,
        #[command(flatten)]
        place: Box<Place>,
    },
    /// Send a test event and tell what came of it
    ///
    /// Ends with 0 if it was delivered, with 1 if it was not.
    Test {
        /// Its id, as list shows it
        id: String,
        #[command(flatten)]
        place: Box<Place>,
    },
}

/// Where the endpoints are kept, and what may be reached.
#[derive(Clone, Debug, Args)]
struct Place {
    #[command(flatten)]
    keeping: Keeping,
    #[command(flatten)]
    downloads: Downloads,
    #[command(flatten)]
    hooks: Hooks,
    #[command(flatten)]
    logging: Logging,
}

/// Why nothing was done.
#[derive(Debug, ThisError)]
pub(super) enum CallError {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error("{0}")]
    Log(String),
    #[error(transparent)]
    Draft(#[from] InvalidDraft),
    #[error(transparent)]
    Id(#[from] InvalidId),
    #[error(transparent)]
    Refused(Refused),
}

impl From<Error> for CallError {
    fn from(error: Error) -> Self {
        CallError::Refused(error.into())
    }
}

impl From<WebhookError> for CallError {
    fn from(error: WebhookError) -> Self {
        CallError::Refused(error.into())
    }
}

impl Webhooks {
    /// Does what was asked for; gives what the program ends with.
    pub(super) async fn perform(self, matches: &ArgMatches) -> Result<u8, CallError> {
        let matches = matches.subcommand().map_or(matches, |(_, below)| below);
        let engine = self.action.place().open(matches).await?;
        let done = self.action.perform(&engine).await;
        engine.close().await;
        done
    }
}

impl Action {
    fn place(&self) -> &Place {
        match self {
            Action::Add { place, .. }
            | Action::Enable { place, .. }
            | Action::Disable { place, .. }
            | Action::List { place }
            | Action::Remove { place, .. }
            | Action::Rotate { place, .. }
            | Action::Test { place, .. } => place,
        }
    }

    async fn perform(self, engine: &Engine) -> Result<u8, CallError> {
        let webhooks = engine.webhooks();
        match self {
            Action::Add { name, url, events, disabled, place: _ } => {
                let draft = WebhookDraft { name, url, events, enabled: Some(!disabled) };
                tell_secret(&webhooks.create(None, Sight::All, draft.try_into()?).await?);
            }
            Action::Enable { id, place: _ } => set(webhooks, &id, true).await?,
            Action::Disable { id, place: _ } => set(webhooks, &id, false).await?,
            Action::List { place: _ } => {
                let mut before = None;
                loop {
                    let page = webhooks.list(Sight::All, before, PAGE).await?;
                    page.iter().for_each(tell);
                    before = page.last().map(|endpoint| endpoint.id);
                    if before.is_none() {
                        break;
                    }
                }
            }
            Action::Remove { id, place: _ } => {
                let id: EndpointId = id.parse()?;
                let scope = webhooks.show(Sight::All, id).await?.scope;
                webhooks.remove(Sight::All, id).await?;
                if scope == Scope::Server {
                    eprintln!("a server that is started with this --webhook-url makes it again");
                }
            }
            Action::Rotate { id, place: _ } => {
                tell_secret(&webhooks.rotate(Sight::All, id.parse()?).await?);
            }
            Action::Test { id, place: _ } => {
                let (_, delivery) = webhooks.test(Sight::All, id.parse()?).await?;
                return Ok(tell_outcome(&delivery));
            }
        }
        Ok(DONE)
    }
}

/// Has events sent to an endpoint, or none.
async fn set(webhooks: &EngineWebhooks, id: &str, is_enabled: bool) -> Result<(), CallError> {
    let change = Change { is_enabled: Some(is_enabled), ..Change::default() };
    tell(&webhooks.update(Sight::All, id.parse()?, change).await?);
    Ok(())
}

impl Place {
    /// Opens what the settings name; no work begins.
    async fn open(&self, matches: &ArgMatches) -> Result<Engine, CallError> {
        let logging = settings::read(&self.logging, matches)?;
        crate::log::begin(&logging).map_err(CallError::Log)?;
        let keeping = settings::read(&self.keeping, matches)?;
        let downloads = settings::read(&self.downloads, matches)?;
        let hooks = settings::read(&self.hooks, matches)?;
        let config = Config {
            access: downloads.access(),
            fetch: downloads.limits(),
            webhooks: hooks.terms()?,
            ..keeping.config()?
        };
        Ok(Engine::open(config).await?)
    }
}

fn tell(endpoint: &Endpoint) {
    let Endpoint { id, name, receiver, .. } = endpoint;
    let (state, why) = match receiver.state {
        ReceiverState::Enabled { .. } => ("enabled", String::new()),
        ReceiverState::Disabled { because, .. } => {
            ("disabled", format!("  ({})", because.sentence()))
        }
    };
    let name = name.to_string();
    say(format_args!("{id}  {state:8}  {}  {}{why}", plain(&name), receiver.url));
}

/// The secret stands on a line of its own, for programs.
fn tell_secret((endpoint, secret): &(Endpoint, Secret)) {
    tell(endpoint);
    say(secret.reveal());
    eprintln!("keep the secret: it is not shown again");
}

fn tell_outcome(delivery: &Delivery) -> u8 {
    let tried = delivery.tries.last();
    let told = match tried.map(|tried| &tried.outcome) {
        Some(TryOutcome::Answered { status, excerpt }) => format!("HTTP {status}: {excerpt}"),
        Some(TryOutcome::Unanswered { reason }) => reason.clone(),
        None => "it was not sent".to_owned(),
    };
    let latency_ms = tried.map_or(0, |tried| tried.latency_ms);
    say(format_args!("{latency_ms} ms  {}", plain(&told)));
    match delivery.state {
        DeliveryState::Delivered { .. } => DONE,
        DeliveryState::Pending { .. } | DeliveryState::Dead { .. } => SOME_FAILED,
    }
}
