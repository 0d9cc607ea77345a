//! What is made here is sent, in the order in which it was made.

use tracing::{info, warn};

use super::{
    courier::Courier,
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

impl Session {
    /// Sends what waits. What is being worked on is sent again only every now and then.
    pub(super) async fn send_all(&self, there: &Side) -> Result<()> {
        for id in self.status.waiting() {
            if !self.sight.is_fresh(id) {
                self.begins_work();
                self.send(there, id).await?;
            }
        }
        Ok(())
    }

    async fn send(&self, there: &Side, id: RequestId) -> Result<()> {
        let passage = self.journal.find_with(id, there.name).await?;
        let mut passage = match passage {
            Some(passage) => passage,
            None => {
                let passage = Passage::new(id, there.name, Way::There);
                self.journal.save(&passage, Lasting::Now).await?;
                passage
            }
        };
        // After the passage was written: whoever closes it later finds that.
        let Some(kept) = self.to_be_sent(id).await? else {
            self.status.is_done(id);
            return Ok(());
        };
        let tally = self.here.requests.tally(&kept.value).await.map_err(here)?;
        let courier =
            Courier { from: &self.here, to: there, way: Way::There, journal: &self.journal };
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
            Err(Trouble::Record(why)) => self.park(&kept, passage, why).await,
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

    /// Puts a request aside that cannot be copied as it is, unless it is only that it is being
    /// deleted.
    pub(super) async fn park(
        &self,
        kept: &Kept<Request>,
        mut passage: Passage,
        why: String,
    ) -> Result<()> {
        let request = &kept.value;
        if passage.way == Way::There && self.to_be_sent(request.id).await?.is_none() {
            self.status.is_done(request.id);
            return Ok(());
        }
        let revision = request.origin.map_or(kept.revision(), |origin| origin.revision);
        let file_name = request.sheet.name.clone();
        warn!(request = %request.id, %why, "cannot be copied as it is: put aside");
        let parked = Parked { why, file_name, revision };
        passage.parked = Some(parked.clone());
        self.journal.save(&passage, Lasting::Now).await?;
        self.sight.is_over(request.id);
        self.status.park(request.id, parked);
        Ok(())
    }
}
