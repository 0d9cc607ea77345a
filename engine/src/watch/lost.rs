//! Files that could not be read because their folder was away: nothing is wrong with their sheet.

use futures_util::TryStreamExt;
use tokio::time::sleep;

use super::hand::{Hand, unless_deleted};
use crate::{
    engine::Engine,
    error::Error,
    model::{Again, FailureCode, ImageState, RequestId},
};

/// What is known of the folder since a sheet was last worked on.
pub(super) struct Watched {
    /// How often it had been lost from sight before.
    losses: u64,
    /// Whether files that may be had later have had their chance.
    has_waited: bool,
}

/// Files of a request that could not be read.
struct Lost {
    /// The reason that they are counted under.
    reason: String,
    /// Whether any of them may be read later.
    may_pass: bool,
}

impl Hand {
    /// What is known of the folder when a sheet begins to be worked on.
    pub(super) fn watched(&self) -> Watched {
        Watched { losses: self.sight.losses(), has_waited: false }
    }

    /// Sends the files of a request round again that could not be read, if the folder was away
    /// meanwhile, as soon as it is back; `false` where it was not. Where the drive alone says that it
    /// cannot read them, that is believed the second time.
    pub(super) async fn send_round_again(
        &self,
        id: RequestId,
        watched: &mut Watched,
    ) -> Option<bool> {
        let find = || unless_deleted(find_lost(&self.engine, id));
        let Some(Some(Lost { reason, may_pass })) = self.insist(find).await? else {
            return Some(false);
        };
        let is_there = self.see().await.is_ok();
        let was_away = !is_there || self.sight.losses() != watched.losses;
        if !was_away && (watched.has_waited || !may_pass) {
            return Some(false);
        }
        if !was_away {
            watched.has_waited = true;
            tokio::select! {
                () = sleep(self.folder.looks.every) => {}
                () = self.stop.cancelled() => return None,
            }
        }
        self.insist(|| self.see()).await?;
        watched.losses = self.sight.losses();
        let retry = || async {
            match self.engine.retry(id, Again::Reason(reason.clone())).await {
                // Somebody else has sent it round again, or deleted it: that is seen next.
                Ok(_) | Err(Error::Illegal(_) | Error::NotFound(_)) => Ok(()),
                Err(error) => Err(error),
            }
        };
        self.insist(retry).await?;
        Some(true)
    }
}

/// Looks for files of a request that could not be read.
async fn find_lost(engine: &Engine, id: RequestId) -> Result<Option<Lost>, Error> {
    let mut lost: Option<Lost> = None;
    let mut batches = engine.requests().all_batches(id);
    while let Some(batch) = batches.try_next().await? {
        for image in batch.products.iter().flat_map(|product| &product.images) {
            let ImageState::Failed(failure) = &image.state else { continue };
            if failure.code == FailureCode::FileNotReadable {
                let reason = failure.reason.clone();
                lost.get_or_insert(Lost { reason, may_pass: false }).may_pass |=
                    failure.is_retryable;
            }
        }
    }
    Ok(lost)
}
