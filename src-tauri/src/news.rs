//! What the engine of this computer tells of its requests, passed on to the page at a pace that it can
//! follow.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use pixmill_engine::{model::RequestId, worker::Event};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::sleep,
};

use crate::{
    around::Around,
    wire::{Changed, Said},
};

/// The least time between two rounds of news.
const PAUSE: Duration = Duration::from_millis(250);

/// Passes news on until the engine is no more: each request once a round, however much happens to it.
pub(crate) fn pass_on(mut heard: Receiver<Event>, around: Arc<dyn Around>) {
    tokio::spawn(async move {
        loop {
            let mut changed = BTreeSet::new();
            match heard.recv().await {
                Ok(event) => {
                    changed.insert(event.request());
                }
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
            sleep(PAUSE).await;
            drain(&mut heard, &mut changed);
            for request_id in changed {
                around.tell(Said::Changed(Changed { request_id }));
            }
        }
    });
}

/// Takes up what was told meanwhile. What was missed is told again by what comes after it.
fn drain(heard: &mut Receiver<Event>, changed: &mut BTreeSet<RequestId>) {
    while let Ok(event) = heard.try_recv() {
        changed.insert(event.request());
    }
}
