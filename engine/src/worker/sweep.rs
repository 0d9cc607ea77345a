//! Clearing away what crashes have left.
//!
//! Only what nothing refers to is deleted: files that were being written when a process ended, and
//! what is left of requests that were never created, or are deleted.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::{Setback, Tools};

/// How often is swept.
const EVERY: Duration = Duration::from_secs(3_600);
/// By this part of what may be remembered a process may add more before it counts.
const PART_TOO_MANY: u64 = 8;
/// A file that has been written for so long is not being written any more.
const GIVEN_UP: Duration = Duration::from_secs(3_600);

/// Sweeps every now and then, until stopped.
pub(super) async fn sweep_on(tools: Arc<Tools>, stop: CancellationToken) {
    loop {
        if let Err(error) = sweep_abandoned(&tools).await {
            warn!(%error, "cannot clear away what a crash has left; it will be tried again");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(EVERY) => {}
        }
        if !tools.requests.is_exclusive()
            && let Err(error) = sweep_unfinished(&tools).await
        {
            warn!(%error, "cannot clear away what other processes left; it will be tried again");
        }
    }
}

/// Forgets renditions every now and then, and whenever many have been remembered, until stopped.
/// Others may reuse what this process does not.
pub(super) async fn trim_on(tools: Arc<Tools>, stop: CancellationToken) {
    let Some(reuse) = &tools.reuse else { return };
    let many = (reuse.most / PART_TOO_MANY).max(1);
    loop {
        if let Err(error) = tools.memory.trim(reuse.most).await {
            warn!(%error, "cannot forget old renditions; it will be tried again");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tools.memory.grown(many) => {}
            () = sleep(EVERY) => {}
        }
    }
}

/// Deletes what is left of requests that are not there.
async fn sweep_abandoned(tools: &Tools) -> Result<(), Setback> {
    loop {
        let abandoned = tools.requests.abandoned().await?;
        if abandoned.is_empty() {
            return Ok(());
        }
        for id in abandoned {
            tools.requests.remove(id).await?;
            tools.gallery.remove(id).await?;
            tools.requests.forget(id).await?;
            info!(request = %id, "cleared away what was left");
        }
    }
}

/// Deletes the files of open requests that were being written when a process ended. It was an
/// earlier one where no other uses the store; where others do, files that are old enough go.
pub(super) async fn sweep_unfinished(tools: &Tools) -> Result<(), Setback> {
    let age = if tools.requests.is_exclusive() { Duration::ZERO } else { GIVEN_UP };
    let mut open = BTreeSet::new();
    let mut next = tools.requests.next_open(None).await?;
    while let Some(id) = next.filter(|id| open.insert(*id)) {
        next = tools.requests.next_open(Some(id)).await?;
    }
    Ok(tools.gallery.sweep(&Vec::from_iter(open), age).await?)
}
