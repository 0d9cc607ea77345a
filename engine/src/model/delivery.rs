//! One event on its way to one receiver, with all that was tried.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{DisabledBecause, EventType, InvalidId, RequestId, TestId, Timestamp};

/// How many tries are kept of a delivery: all that a schedule can have, and some 50 that follow when
/// it is sent again by hand. Of more the last ones are kept.
pub const TRIES_KEPT: usize = 350;

/// One event on its way to one receiver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// The name by which the receiver knows it again, however often it is sent.
    pub message: MessageId,
    /// What it is about.
    pub event: EventType,
    /// What is sent, as it was when the event was made: JSON.
    pub body: String,
    /// When it was put in the queue.
    pub made_at: Timestamp,
    /// What has become of it.
    pub state: DeliveryState,
    /// How often it was tried in all.
    pub tried: u32,
    /// The tries, the earliest first; of more than [`TRIES_KEPT`] the last ones.
    pub tries: Vec<Try>,
}

/// The name of a message (Standard Webhooks, `webhook-id`): `msg_{request}_{number of the notice}`,
/// the same for all who are told of it, or `msg_{test}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum MessageId {
    /// It tells of a change of status.
    Notice {
        /// The request.
        request: RequestId,
        /// The number of the change; see [`Notice::number`](super::Notice::number).
        number: u64,
    },
    /// It tells of nothing.
    Test(TestId),
}

/// What has become of a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "is")]
pub enum DeliveryState {
    /// It is yet to get through.
    #[serde(rename_all = "camelCase")]
    Pending {
        /// When it is to be tried next.
        due: Timestamp,
        /// How often it has failed since it was last begun.
        failed: u32,
    },
    /// It got through.
    #[serde(rename_all = "camelCase")]
    Delivered {
        /// When it did.
        at: Timestamp,
    },
    /// It is not tried any more, unless somebody wants it so.
    #[serde(rename_all = "camelCase")]
    Dead {
        /// Why not.
        because: DeadBecause,
        /// Since when.
        at: Timestamp,
    },
}

/// Why a delivery is not tried any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DeadBecause {
    /// The last try failed.
    TriesUsedUp,
    /// The endpoint is disabled.
    Disabled(DisabledBecause),
    /// Too many others waited behind it.
    Crowded,
}

impl DeadBecause {
    /// The same in a sentence.
    #[must_use]
    pub fn sentence(self) -> String {
        match self {
            DeadBecause::TriesUsedUp => "all tries have failed".to_owned(),
            DeadBecause::Disabled(because) => {
                format!("the endpoint is disabled: {}", because.sentence())
            }
            DeadBecause::Crowded => "too many later ones waited behind it".to_owned(),
        }
    }
}

/// One try to deliver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Try {
    /// When it was begun.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub latency_ms: u32,
    /// What came of it.
    pub outcome: TryOutcome,
}

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "is")]
pub enum TryOutcome {
    /// There was an answer.
    #[serde(rename_all = "camelCase")]
    Answered {
        /// Its status (RFC 9110, section 15).
        status: u16,
        /// How its body begins.
        excerpt: String,
    },
    /// There was none.
    #[serde(rename_all = "camelCase")]
    Unanswered {
        /// Why, in a sentence.
        reason: String,
    },
}

impl TryOutcome {
    /// Whether the receiver has taken the delivery over.
    #[must_use]
    pub fn is_success(&self) -> bool {
        matches!(self, TryOutcome::Answered { status: 200..=299, .. })
    }

    /// Whether the receiver says that it is there no more (RFC 9110, section 15.5.11).
    #[must_use]
    pub fn is_gone(&self) -> bool {
        matches!(self, TryOutcome::Answered { status: 410, .. })
    }
}

/// Which try of a delivery one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The first since it was begun.
    First,
    /// One after a failed one.
    Again,
}

/// What becomes of a delivery by a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It got through.
    Delivered,
    /// It is tried again at some time.
    Again(Timestamp),
    /// It is given up.
    Dead(DeadBecause),
}

impl Delivery {
    /// A delivery that is due at once.
    #[must_use]
    pub fn new(message: MessageId, event: EventType, body: String, now: Timestamp) -> Self {
        let state = DeliveryState::Pending { due: now, failed: 0 };
        Delivery { message, event, body, made_at: now, state, tried: 0, tries: Vec::new() }
    }

    /// The same, but not sent: somebody can do so later.
    #[must_use]
    pub fn given_up(self, because: DeadBecause) -> Self {
        let state = DeliveryState::Dead { because, at: self.made_at };
        Delivery { state, ..self }
    }

    /// When it is to be tried next; `None` where it is not.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        match self.state {
            DeliveryState::Pending { due, .. } => Some(due),
            DeliveryState::Delivered { .. } | DeliveryState::Dead { .. } => None,
        }
    }

    /// How often it has failed since it was last begun.
    #[must_use]
    pub fn failed(&self) -> u32 {
        match self.state {
            DeliveryState::Pending { failed, .. } => failed,
            DeliveryState::Delivered { .. } | DeliveryState::Dead { .. } => 0,
        }
    }

    /// Which try the next one is.
    #[must_use]
    pub fn turn(&self) -> Turn {
        if self.failed() == 0 { Turn::First } else { Turn::Again }
    }

    /// The delivery after a try that decided its fate.
    #[must_use]
    pub fn tried_once(mut self, tried: Try, fate: Fate, now: Timestamp) -> Self {
        self.settle(tried, fate, now);
        self
    }

    /// Writes down a try and what becomes of the delivery by it.
    pub(super) fn settle(&mut self, tried: Try, fate: Fate, now: Timestamp) {
        let failed = self.failed() + 1;
        self.note(tried);
        self.state = match fate {
            Fate::Delivered => DeliveryState::Delivered { at: now },
            Fate::Again(due) => DeliveryState::Pending { due, failed },
            Fate::Dead(because) => DeliveryState::Dead { because, at: now },
        };
    }

    /// Keeps a try among the last ones.
    fn note(&mut self, tried: Try) {
        self.tried = self.tried.saturating_add(1);
        self.tries.push(tried);
        let surplus = self.tries.len().saturating_sub(TRIES_KEPT);
        self.tries.drain(..surplus);
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MessageId::Notice { request, number } => write!(f, "msg_{request}_{number}"),
            MessageId::Test(test) => write!(f, "msg_{test}"),
        }
    }
}

impl FromStr for MessageId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = || InvalidId::new(text);
        let name = text.strip_prefix("msg_").ok_or_else(invalid)?;
        let id = match name.split_once('_') {
            Some((request, number)) => MessageId::Notice {
                request: request.parse().map_err(|_| invalid())?,
                number: number.parse().map_err(|_| invalid())?,
            },
            None => MessageId::Test(name.parse().map_err(|_| invalid())?),
        };
        if id.to_string() == text { Ok(id) } else { Err(invalid()) }
    }
}

impl TryFrom<String> for MessageId {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<MessageId> for String {
    fn from(id: MessageId) -> String {
        id.to_string()
    }
}
