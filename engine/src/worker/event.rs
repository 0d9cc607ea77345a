//! What workers and hosts tell of requests.

use std::future::pending;

use tokio::sync::broadcast::{Receiver, error::RecvError};

use crate::model::RequestId;

/// What has changed. Whoever wants to know more asks for the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The status of a request.
    Status(RequestId),
    /// What has become of some of its images.
    Progress(RequestId),
    /// The request is no more.
    Removed(RequestId),
}

impl Event {
    /// The request that has changed.
    #[must_use]
    pub fn request(self) -> RequestId {
        match self {
            Event::Status(id) | Event::Progress(id) | Event::Removed(id) => id,
        }
    }

    /// Waits until an event is heard that is wanted, or may have been missed; for ever, once nobody is
    /// left to tell.
    pub async fn heard(events: &mut Receiver<Event>, is_wanted: impl Fn(Event) -> bool) {
        loop {
            match events.recv().await {
                Ok(event) if !is_wanted(event) => {}
                Ok(_) | Err(RecvError::Lagged(_)) => return,
                Err(RecvError::Closed) => pending().await,
            }
        }
    }
}
