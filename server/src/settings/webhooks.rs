//! Who is told of changes of status, and how.

use clap::Args;
use pixmill_engine::webhook::{Schedule, ServerHook, Terms};
use serde::{Deserialize, Serialize};

use super::{Private, SettingsError, Span};

/// Who is told of changes of status, and how.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
#[command(next_help_heading = "Webhooks")]
#[serde(rename_all = "kebab-case")]
pub struct Hooks {
    /// Tell of each change of status of any request at this address, besides those that are
    /// registered; needs PIXMILL_WEBHOOK_SECRET
    #[arg(long, value_name = "URL", hide_env_values = true)]
    pub webhook_url: Option<Private>,
    /// What is sent there is signed with this secret: whsec_ and 24 to 64 bytes in base64. Rather
    /// set PIXMILL_WEBHOOK_SECRET than write it on the command line
    #[arg(long, value_name = "SECRET", hide_env_values = true)]
    pub webhook_secret: Option<Private>,
    /// How long one try to deliver a webhook may take
    #[arg(long, value_name = "TIME", default_value_t = Span(Terms::default().timeout))]
    pub webhook_timeout: Span,
    /// How long to wait after each failed try, at most 300 times; after the last one a webhook is
    /// given up
    #[arg(long, value_name = "TIMES", value_delimiter = ',', default_values_t = waits())]
    pub webhook_retries: Vec<Span>,
    /// After how long of failing an endpoint is disabled
    #[arg(long, value_name = "TIME", default_value_t = Span(Schedule::default().patience))]
    pub webhook_patience: Span,
    /// How many webhooks are delivered at a time
    #[arg(long, value_name = "N", default_value_t = Terms::default().at_once)]
    pub webhook_connections: usize,
    /// How many webhooks are delivered to one host at a time
    #[arg(long, value_name = "N", default_value_t = Terms::default().per_host)]
    pub webhook_connections_per_host: usize,
    /// How long webhooks are also signed with the secret before, after it was changed
    #[arg(long, value_name = "TIME", default_value_t = Span(Terms::default().overlap))]
    pub webhook_overlap: Span,
    /// How long webhooks that were delivered or given up are kept to be looked at
    #[arg(long, value_name = "TIME", default_value_t = Span(Terms::default().kept))]
    pub webhook_history: Span,
}

fn waits() -> Vec<Span> {
    Schedule::default().waits.into_iter().map(Span).collect()
}

impl Hooks {
    /// How webhooks are delivered, as the engine is told.
    ///
    /// # Errors
    /// [`SettingsError::Hook`] where address or secret are none, or one is there without the other,
    /// and where there are too many tries.
    pub fn terms(&self) -> Result<Terms, SettingsError> {
        let usual = Terms::default();
        if self.webhook_retries.len() > Schedule::MOST_WAITS {
            let most = Schedule::MOST_WAITS;
            return Err(SettingsError::Hook(format!("--webhook-retries: at most {most} waits")));
        }
        Ok(Terms {
            schedule: Schedule {
                waits: self.webhook_retries.iter().map(|span| span.0).collect(),
                patience: self.webhook_patience.0,
                ..usual.schedule
            },
            timeout: self.webhook_timeout.0,
            at_once: self.webhook_connections,
            per_host: self.webhook_connections_per_host,
            overlap: self.webhook_overlap.0,
            kept: self.webhook_history.0,
            server: self.server()?,
            ..usual
        })
    }

    fn server(&self) -> Result<Option<ServerHook>, SettingsError> {
        let wrong = |option: &str, reason: &dyn std::fmt::Display| {
            SettingsError::Hook(format!("{option}: {reason}"))
        };
        match (&self.webhook_url, &self.webhook_secret) {
            (None, _) => Ok(None),
            (Some(_), None) => {
                let reason = "it needs a secret as well: set PIXMILL_WEBHOOK_SECRET to whsec_ and \
                              what `openssl rand -base64 32` prints";
                Err(wrong("--webhook-url", &reason))
            }
            (Some(url), Some(secret)) => Ok(Some(ServerHook {
                url: url.0.parse().map_err(|error| wrong("--webhook-url", &error))?,
                secret: secret.0.parse().map_err(|error| wrong("--webhook-secret", &error))?,
            })),
        }
    }
}
