//! How it stands, told whenever that changes.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use super::passage::Parked;
use crate::{
    model::{RequestId, Timestamp},
    wire::{ParkedView, SyncState, SyncView},
};

/// How it stands with a deployment.
pub(super) struct Status {
    facts: Mutex<Facts>,
    told: watch::Sender<SyncView>,
}

/// What is known.
#[derive(Debug)]
struct Facts {
    state: SyncState,
    why: Option<String>,
    /// The requests that have yet to be sent, with how many bytes are in each.
    waiting: BTreeMap<RequestId, u64>,
    parked: BTreeMap<RequestId, Parked>,
    last_synced_at: Option<Timestamp>,
}

impl Status {
    pub(super) fn new(told: watch::Sender<SyncView>, last_synced_at: Option<Timestamp>) -> Self {
        let facts = Facts {
            state: SyncState::Working,
            why: None,
            waiting: BTreeMap::new(),
            parked: BTreeMap::new(),
            last_synced_at,
        };
        told.send_replace(facts.view());
        Status { facts: Mutex::new(facts), told }
    }

    pub(super) fn view(&self) -> SyncView {
        self.facts().view()
    }

    /// Notes how it stands. Whatever happens, what was paused stays so until it is
    /// [resumed](Self::resume).
    pub(super) fn enter(&self, state: SyncState, why: Option<String>) {
        self.note(|facts| {
            if facts.state != SyncState::Paused {
                facts.state = state;
                facts.why = why;
            }
        });
    }

    /// Has nothing tried any more.
    pub(super) fn pause(&self) {
        self.note(|facts| {
            facts.state = SyncState::Paused;
            facts.why = None;
        });
    }

    /// Goes on, whatever the reason was not to.
    pub(super) fn resume(&self) {
        self.note(|facts| {
            facts.state = SyncState::Working;
            facts.why = None;
        });
    }

    /// Notes that all is the same on both sides, but for what waits.
    pub(super) fn rest(&self, now: Timestamp) {
        self.enter(SyncState::Idle, None);
        self.note(|facts| {
            if facts.waiting.is_empty() {
                facts.last_synced_at = Some(now);
            }
        });
    }

    /// When all was the same on both sides for the last time.
    pub(super) fn last_synced_at(&self) -> Option<Timestamp> {
        self.facts().last_synced_at
    }

    /// Waits until it is paused.
    pub(super) async fn until_paused(&self) {
        let mut told = self.told.subscribe();
        // It does not end before this.
        drop(told.wait_for(|view| view.state == SyncState::Paused).await);
    }

    /// The requests that have yet to be sent, in their order.
    pub(super) fn waiting(&self) -> Vec<RequestId> {
        self.facts().waiting.keys().copied().collect()
    }

    /// The requests that are parked.
    pub(super) fn parked(&self) -> Vec<RequestId> {
        self.facts().parked.keys().copied().collect()
    }

    /// Notes that a request has yet to be sent.
    pub(super) fn wait_for(&self, id: RequestId, bytes: u64) {
        self.note(|facts| {
            facts.parked.remove(&id);
            facts.waiting.insert(id, bytes);
        });
    }

    /// Notes that a request cannot be copied as it is.
    pub(super) fn park(&self, id: RequestId, parked: Parked) {
        self.note(|facts| {
            facts.waiting.remove(&id);
            facts.parked.insert(id, parked);
        });
    }

    /// Notes that there is nothing more to be done for a request.
    pub(super) fn is_done(&self, id: RequestId) {
        self.note(|facts| {
            facts.waiting.remove(&id);
            facts.parked.remove(&id);
        });
    }

    fn note(&self, change: impl FnOnce(&mut Facts)) {
        let view = {
            let mut facts = self.facts();
            change(&mut facts);
            facts.view()
        };
        self.told.send_if_modified(|told| {
            let is_new = *told != view;
            *told = view;
            is_new
        });
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Facts {
    fn view(&self) -> SyncView {
        let parked = self.parked.iter().map(|(id, parked)| ParkedView {
            request_id: id.to_string(),
            file_name: parked.file_name.clone(),
            why: parked.why.clone(),
        });
        SyncView {
            state: self.state,
            why: self.why.clone(),
            waiting: self.waiting.len() as u64,
            waiting_bytes: self.waiting.values().sum(),
            parked: parked.collect(),
            last_synced_at: self.last_synced_at.map(|at| at.to_string()),
        }
    }
}
