//! One try to deliver: one POST to an address that may be anything.
//!
//! The same guard as for images decides what may be reached. No redirect is followed, no more than
//! a little of the answer is read, and all of it together takes no longer than a try may take.

use std::time::Duration;

use reqwest::{Client, Response, header::CONTENT_TYPE};
use tokio::time::{Instant, timeout_at};

use crate::{
    fetch::{Guard, build, guarded, no_answer, retry_after},
    model::{HookUrl, TryOutcome},
};

/// How Pixmill names itself to receivers.
const USER_AGENT: &str = concat!("Pixmill-Webhooks/", env!("CARGO_PKG_VERSION"));
/// How much of an answer is read, in bytes.
const EXCERPT_BYTES: usize = 1_024;
/// How many idle connections are kept for each host.
const IDLE_CONNECTIONS: usize = 4;

/// Sends deliveries; cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    client: Client,
    guard: Guard,
    within: Duration,
}

/// What came of a POST.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) outcome: TryOutcome,
    pub(super) latency: Duration,
    /// How long the receiver asks to be left alone (RFC 9110, section 10.2.3).
    pub(super) retry_after: Option<Duration>,
}

impl Sender {
    /// A sender that reaches what `guard` lets through; a try may take as long as `within`.
    pub(super) fn new(guard: Guard, within: Duration) -> Result<Self, reqwest::Error> {
        let client = build(|| {
            guarded(&guard)
                .user_agent(USER_AGENT)
                .connect_timeout(within)
                .pool_max_idle_per_host(IDLE_CONNECTIONS)
        })?;
        Ok(Sender { client, guard, within })
    }

    /// Sends a body of JSON once.
    pub(super) async fn post(
        &self,
        url: &HookUrl,
        headers: impl IntoIterator<Item = (&'static str, String)>,
        body: String,
    ) -> Sent {
        let begun = Instant::now();
        let (outcome, retry_after) = match self.try_post(url, headers, body, begun).await {
            Ok(answered) => answered,
            Err(reason) => (TryOutcome::Unanswered { reason }, None),
        };
        Sent { outcome, latency: begun.elapsed(), retry_after }
    }

    async fn try_post(
        &self,
        url: &HookUrl,
        headers: impl IntoIterator<Item = (&'static str, String)>,
        body: String,
        begun: Instant,
    ) -> Result<(TryOutcome, Option<Duration>), String> {
        let address = url.url();
        self.guard.verdict_on_url(address).map_err(|refused| refused.to_string())?;
        let mut request = self.client.post(address.clone()).body(body);
        request = request.header(CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let until = begun + self.within;
        let host = address.host_str().unwrap_or_default();
        let answer = match timeout_at(until, request.send()).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return Err(no_answer(error, host, self.within).to_string()),
            Err(_) => return Err(format!("no answer within {} s", self.within.as_secs_f64())),
        };
        let (status, asked) = (answer.status().as_u16(), retry_after(answer.headers()));
        let excerpt = excerpt(answer, until).await;
        Ok((TryOutcome::Answered { status, excerpt }, asked))
    }
}

/// How the body of an answer begins, as far as it comes in time. The status has decided already.
async fn excerpt(mut answer: Response, until: Instant) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < EXCERPT_BYTES
        && let Ok(Ok(Some(chunk))) = timeout_at(until, answer.chunk()).await
    {
        let room = EXCERPT_BYTES - bytes.len();
        bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    let mut text = String::from_utf8_lossy(&bytes).into_owned();
    // What stands in for bytes that are not UTF-8 may be longer than they were.
    while text.len() > EXCERPT_BYTES {
        text.pop();
    }
    text
}
