//! The deliveries of one request to one receiver, in order.
//!
//! They lie in one document and only the first that is not done is ever tried, so that no receiver
//! hears of `completed` before `processing`, whatever fails and however many processes deliver.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    DeadBecause, Delivery, DeliveryState, EndpointId, Fate, InvalidId, KeyId, Lane, MessageId,
    Receiver, RequestId, Stale, Timestamp, Token, Try, WorkerId,
};

/// How many deliveries that are done are kept to be looked at. A request makes three, and two more
/// whenever it is tried again.
const DONE_KEPT: usize = 256;
/// How many tries are kept in all, so that the document stays small enough for every store.
const TRIES_IN_ALL: usize = 2_048;
/// How many deliveries may wait; with more, the earliest behind the first are given up.
const MOST_WAITING: usize = 256;
/// What stands in the name of a queue of tests for the request.
const TESTS: &str = "tests";

/// The deliveries of one request to one receiver, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Queue {
    /// The queue's name.
    #[serde(rename = "_id")]
    pub id: QueueId,
    /// The API key that the request was handed in with, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<KeyId>,
    /// The receiver, where the request itself names it; `None` where it is a registered endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hook: Option<Receiver>,
    /// By what its tries share out the room that there is with those of other queues.
    pub lane: Lane,
    /// The number of the first notice that has not been put in.
    pub next: u64,
    /// The deliveries, in the order of their notices.
    pub deliveries: Vec<Delivery>,
    /// Who is trying the first that is not done, if anybody is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<Lease>,
    /// Goes up by one with each lease; a write that names an older one changes nothing.
    pub token: Token,
    /// When something last happened to it.
    pub touched_at: Timestamp,
    /// Whether it is about to be deleted and takes nothing in any more.
    #[serde(default)]
    pub is_closed: bool,
}

/// A time-limited right to try the first delivery of a queue that is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lease {
    /// The process that tries.
    pub by: WorkerId,
    /// From this moment on, by the store's clock, anybody may take it over.
    pub until: Timestamp,
}

/// The name of a queue: `{endpoint}:{request}`, or `{endpoint}:tests`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct QueueId {
    /// The receiver.
    pub endpoint: EndpointId,
    /// The request; `None` for tests.
    pub request: Option<RequestId>,
}

impl Queue {
    /// An empty queue to a receiver.
    #[must_use]
    pub fn new(id: QueueId, owner: Option<KeyId>, lane: Lane, now: Timestamp) -> Self {
        Queue {
            id,
            owner,
            hook: None,
            lane,
            next: 0,
            deliveries: Vec::new(),
            lease: None,
            token: Token::default(),
            touched_at: now,
            is_closed: false,
        }
    }

    /// Puts in the delivery of a notice; one that has been put in before changes nothing.
    pub fn append(&mut self, number: u64, delivery: Delivery) {
        if number < self.next {
            return;
        }
        self.next = number + 1;
        self.push(delivery);
    }

    /// Puts in a delivery that stands for itself.
    pub fn push(&mut self, delivery: Delivery) {
        let now = delivery.made_at;
        self.touched_at = now;
        self.deliveries.push(delivery);
        // The first one may be on its way at this moment.
        let waiting = self.deliveries.iter_mut().filter(|delivery| delivery.due().is_some());
        let mut behind: Vec<&mut Delivery> = waiting.skip(1).collect();
        let surplus = (behind.len() + 1).saturating_sub(MOST_WAITING);
        for delivery in behind.iter_mut().take(surplus) {
            delivery.state = DeliveryState::Dead { because: DeadBecause::Crowded, at: now };
        }
        self.trim();
    }

    /// The first delivery that is not done.
    #[must_use]
    pub fn first_waiting(&self) -> Option<&Delivery> {
        self.deliveries.iter().find(|delivery| delivery.due().is_some())
    }

    /// When somebody has to look at it next; `None` where nothing waits.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        let due = self.first_waiting()?.due()?;
        Some(self.lease.map_or(due, |lease| lease.until))
    }

    /// Leases the queue until `now + lease`, if its first delivery is due and nobody has leased it.
    pub fn claim(&mut self, by: WorkerId, now: Timestamp, lease: Duration) -> Option<Token> {
        if self.due()? > now {
            return None;
        }
        self.token = self.token.next();
        self.lease = Some(Lease { by, until: now.after(lease) });
        Some(self.token)
    }

    /// Writes down what came of a try of the first delivery that waits, and gives the lease back.
    ///
    /// # Errors
    /// [`Stale`] where `token` is not that of the present lease.
    pub fn record(
        &mut self,
        token: Token,
        message: MessageId,
        tried: Try,
        fate: Fate,
        now: Timestamp,
    ) -> Result<(), Stale> {
        self.release(token)?;
        self.touched_at = now;
        let mut waiting = self.deliveries.iter_mut().filter(|delivery| delivery.due().is_some());
        if let Some(delivery) = waiting.find(|delivery| delivery.message == message) {
            delivery.settle(tried, fate, now);
        }
        self.trim();
        Ok(())
    }

    /// Gives the lease back.
    ///
    /// # Errors
    /// [`Stale`] where `token` is not that of the present lease.
    pub fn release(&mut self, token: Token) -> Result<(), Stale> {
        if self.lease.is_none() || self.token != token {
            return Err(Stale);
        }
        self.lease = None;
        Ok(())
    }

    /// Gives up all that waits.
    pub fn give_up(&mut self, because: DeadBecause, now: Timestamp) {
        for delivery in self.deliveries.iter_mut().filter(|delivery| delivery.due().is_some()) {
            delivery.state = DeliveryState::Dead { because, at: now };
        }
        self.touched_at = now;
        self.trim();
    }

    /// Takes the lease away from whoever has it, unless it is `worker`: for a store that knows that
    /// all others are gone.
    pub fn void_lease_of_others(&mut self, worker: WorkerId) {
        self.lease = self.lease.filter(|lease| lease.by == worker);
    }

    /// Begins a delivery anew, whatever has become of it; `false` where there is none of the name.
    pub fn redeliver(&mut self, message: MessageId, now: Timestamp) -> bool {
        let mut all = self.deliveries.iter_mut();
        let Some(delivery) = all.find(|delivery| delivery.message == message) else {
            return false;
        };
        delivery.state = DeliveryState::Pending { due: now, failed: 0 };
        self.touched_at = now;
        true
    }

    /// Closes it, if nothing waits; gives whether it is closed.
    pub fn close(&mut self) -> bool {
        self.is_closed |= self.first_waiting().is_none();
        self.is_closed
    }

    /// Forgets the earliest of those that are done, as far as there are too many or they have too
    /// many tries. Where none is done, the one with the most tries loses its earliest.
    fn trim(&mut self) {
        let done = self.deliveries.iter().filter(|delivery| delivery.due().is_none()).count();
        let mut surplus = done.saturating_sub(DONE_KEPT);
        self.deliveries.retain(|delivery| {
            let goes = surplus > 0 && delivery.due().is_none();
            surplus -= usize::from(goes);
            !goes
        });
        let mut tries: usize = self.deliveries.iter().map(|delivery| delivery.tries.len()).sum();
        while tries > TRIES_IN_ALL {
            let done = self.deliveries.iter().position(|delivery| delivery.due().is_none());
            if let Some(earliest) = done {
                tries -= self.deliveries.remove(earliest).tries.len();
            } else if let Some(most) = self.deliveries.iter_mut().max_by_key(|d| d.tries.len()) {
                most.tries.remove(0);
                tries -= 1;
            }
        }
    }
}

impl fmt::Display for QueueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.request {
            Some(request) => write!(f, "{}:{request}", self.endpoint),
            None => write!(f, "{}:{TESTS}", self.endpoint),
        }
    }
}

impl FromStr for QueueId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let (endpoint, request) = text.split_once(':').ok_or_else(|| InvalidId::new(text))?;
        let request = if request == TESTS { None } else { Some(request.parse()?) };
        Ok(QueueId { endpoint: endpoint.parse()?, request })
    }
}

impl TryFrom<String> for QueueId {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<QueueId> for String {
    fn from(id: QueueId) -> String {
        id.to_string()
    }
}
