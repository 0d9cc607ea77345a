//! A server is asked again and again whether it is there, and what waits for it is sent.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use pixmill_engine::{Backoff, model::RequestId};
use tokio::time::sleep;

use super::{Inner, Ways};
use crate::{
    host::{Away, Host},
    queue::Sent,
    wire::{Way, WayState},
};

/// How often a server is asked whether it is there, and what waits is tried again.
const LOOK: Duration = Duration::from_secs(20);
/// How soon a server that is away is asked again at first.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// Asks a server again and again whether it is there, and sends what waits for it.
pub(super) async fn tend(ways: Weak<Inner>, address: String, away: Arc<Away>) {
    let mut changes = away.reach().changes();
    let mut pause = Backoff::new(FIRST_PAUSE, LOOK);
    while let Some(inner) = ways.upgrade() {
        let held = Ways(inner);
        let queue = Arc::clone(&held.0.queue);
        let sent = if queue.is_waiting_for(&address) {
            let host: Arc<dyn Host> = away.clone();
            let way = Way::Server { address: address.clone() };
            let sent = queue.send(&address, &*away, |received| {
                if let Ok(id) = received.request_id.parse::<RequestId>() {
                    held.0.work.see_through(Arc::clone(&host), id, &way);
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
