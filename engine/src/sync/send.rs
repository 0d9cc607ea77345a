//! What is made here is sent, in the order in which it was made.

use tracing::{info, warn};

use super::{
    look::is_to_be_sent,
    passage::{Parked, Passage, Way},
    session::Session,
    side::Side,
    trouble::{Result, Trouble, here},
};
use crate::{
    model::{Origin, Request, RequestId, Timestamp},
    store::{Copying, Kept, Lasting, StoreError},
};

/// How many requests are sent in one go: then it is looked for what else there is to be done.
const SENT_AT_ONCE: usize = 16;

impl Session {
    /// Sends some of what waits, going on behind the request that was sent last; `None` once all have
    /// had their turn. What is being worked on is sent again only every now and then.
    pub(super) async fn send_some(
        &self,
        there: &Side,
        last: Option<RequestId>,
    ) -> Result<Option<RequestId>> {
        let waiting = self.status.waiting().into_iter();
        let due = waiting.filter(|id| last.is_none_or(|last| *id > last));
        let (mut sent, mut last) = (0, None);
        for id in due.filter(|id| !self.sight.is_fresh(*id)) {
            if sent == SENT_AT_ONCE {
                return Ok(last);
            }
            self.begins_work();
            self.send(there, id).await?;
            (sent, last) = (sent + 1, Some(id));
        }
        Ok(None)
    }

    async fn send(&self, there: &Side, id: RequestId) -> Result<()> {
        let mut passage = match self.journal.find(id).await? {
            Some(passage) if passage.with == there.name => passage,
            earlier => {
                let new = || Passage::new(id, there.name, Way::There);
                let passage = earlier.map_or_else(new, |earlier| earlier.and_to(there.name));
                self.journal.save(&passage, Lasting::Now).await?;
                passage
            }
        };
        // After the passage was written: whoever closes it later finds that.
        let Some(kept) = self.to_be_sent(id).await? else {
            self.status.is_done(id);
            return Ok(());
        };
        let tally = self.engine.tally(&kept.value).await.map_err(here)?;
        let courier = self.courier(&self.here, there, Way::There);
        let (store, revision) = (self.here.name, kept.revision());
        let origin = Origin { store, revision, at: Timestamp::EPOCH };
        match courier.carry(&kept, origin, &mut passage).await {
            Ok(Copying::Kept | Copying::Late | Copying::Clash) => {
                if passage.is_final {
                    self.sight.is_over(id);
                    info!(request = %id, "sent");
                } else {
                    self.sight.was_sent(id, revision, tally);
                }
                self.status.is_done(id);
                Ok(())
            }
            // It is deleted here next.
            Ok(Copying::Buried) => {
                self.status.is_done(id);
                self.clear_there(there, id).await
            }
            // Unless it is only that it is being deleted.
            Err(Trouble::Record(why)) if self.to_be_sent(id).await?.is_some() => {
                let file_name = kept.value.sheet.name;
                self.park(passage, Parked { why, file_name, revision: Some(revision) }).await
            }
            Err(Trouble::Record(_)) => {
                self.status.is_done(id);
                Ok(())
            }
            Err(trouble) => Err(trouble),
        }
    }

    async fn to_be_sent(&self, id: RequestId) -> Result<Option<Kept<Request>>> {
        match self.here.requests.read(id).await {
            Ok(kept) => Ok(Some(kept).filter(|kept| is_to_be_sent(&kept.value))),
            Err(StoreError::NotFound(_)) => Ok(None),
            Err(error) => Err(here(error)),
        }
    }

    /// Puts a request aside that cannot be copied as it is.
    pub(super) async fn park(&self, mut passage: Passage, parked: Parked) -> Result<()> {
        let id = passage.id;
        if passage.parked.as_ref() != Some(&parked) {
            warn!(request = %id, why = parked.why, "cannot be copied as it is: put aside");
        }
        passage.parked = Some(parked.clone());
        self.journal.save(&passage, Lasting::Now).await?;
        self.sight.is_over(id);
        self.status.park(id, parked);
        Ok(())
    }
}
