//! What others make comes here, to be read only.

use tracing::{info, warn};

use super::{
    news::News,
    passage::{Parked, Passage, Way},
    session::Session,
    side::Side,
    trouble::{Result, Trouble, here, there as of_there},
};
use crate::{
    model::{Origin, Request, RequestId, Timestamp},
    store::{Copying, Document, Kept, Kind, Lasting, Mark, StoreError},
    worker::Event,
};

/// How many requests are asked for in one go.
const ASKED_AT_ONCE: usize = 100;

impl Session {
    /// Brings what has changed since a moment, by the deployment's clock; all there is, where there is
    /// none. What was still being worked on is looked at again.
    pub(super) async fn bring_all(&self, there: &Side, since: Option<&str>) -> Result<()> {
        match since {
            None => self.bring_everything(there).await?,
            Some(since) => {
                let mut news = News::since(Kind::Request, since);
                while let Some(found) = self.next_news(there, &mut news).await? {
                    let ids: Vec<RequestId> = found.iter().map(|(id, _)| *id).collect();
                    self.bring_some(there, &ids).await?;
                    for (id, value) in found {
                        self.has_seen(Kind::Request, id, value);
                    }
                }
            }
        }
        let mut from = String::new();
        loop {
            let open = Mark::values_from(from);
            let open = self.here.store.marked(Kind::Passage, Mark::Open, open, ASKED_AT_ONCE).await;
            let open = open.map_err(here)?;
            let Some(last) = open.last() else { return Ok(()) };
            from = Mark::behind(&last.value);
            let ids: Vec<RequestId> =
                open.iter().filter_map(|marked| marked.id.parse().ok()).collect();
            self.bring_some(there, &ids).await?;
        }
    }

    /// Brings all there is, the newest first.
    async fn bring_everything(&self, there: &Side) -> Result<()> {
        let mut before: Option<String> = None;
        loop {
            let page =
                there.store.list(Kind::Request, None, before.as_deref(), ASKED_AT_ONCE).await;
            let page = page.map_err(of_there)?;
            let Some(last) = page.last() else { return Ok(()) };
            before = Some(last.id.clone());
            self.bring_documents(there, page).await?;
        }
    }

    async fn bring_some(&self, there: &Side, ids: &[RequestId]) -> Result<()> {
        let ids: Vec<String> = ids.iter().map(RequestId::to_string).collect();
        let found = there.store.find(Kind::Request, &ids).await.map_err(of_there)?;
        self.bring_documents(there, found).await
    }

    async fn bring_documents(&self, there: &Side, documents: Vec<Document>) -> Result<()> {
        for document in documents {
            let id = document.id.parse();
            match (Kept::<Request>::read(document), id) {
                (Ok(kept), _) => self.bring(there, &kept).await?,
                (Err(error), Ok(id)) => self.put_aside(there, id, error.to_string()).await?,
                (Err(error), Err(_)) => warn!(%error, "what nobody has made of ours is in the way"),
            }
        }
        Ok(())
    }

    /// Puts a request aside that others have made, and that cannot even be read.
    async fn put_aside(&self, there: &Side, id: RequestId, why: String) -> Result<()> {
        let is_ours = match self.here.requests.show(id).await {
            Ok(request) => request.origin.is_none(),
            Err(StoreError::NotFound(_) | StoreError::Unreadable { .. }) => false,
            Err(error) => return Err(here(error)),
        };
        // What was made here is sent again, and then it is found out.
        if is_ours || there.requests.is_buried(id).await.map_err(of_there)? {
            return Ok(());
        }
        let passage = self.journal.find_with(id, there.name).await?;
        let passage = passage.unwrap_or_else(|| Passage::new(id, there.name, Way::Here));
        let passage = Passage { is_final: false, ..passage };
        self.park(passage, Parked { why, file_name: None, revision: None }).await
    }

    /// Brings what has changed of a request, if it was made elsewhere.
    async fn bring(&self, there: &Side, kept: &Kept<Request>) -> Result<()> {
        let id = kept.value.id;
        let made_there =
            || Origin { store: there.name, revision: kept.revision(), at: Timestamp::EPOCH };
        let origin = kept.value.origin.unwrap_or_else(made_there);
        if origin.store == self.here.name {
            return Ok(());
        }
        let passage = self.journal.find_with(id, there.name).await?;
        if passage.as_ref().is_some_and(|passage| passage.is_over(origin.revision)) {
            return Ok(());
        }
        if there.requests.is_buried(id).await.map_err(of_there)? {
            return self.clear_there(there, id).await;
        }
        let mut passage = passage.unwrap_or_else(|| Passage::new(id, there.name, Way::Here));
        self.journal.save(&passage, Lasting::WithNext).await?;
        let courier = self.courier(there, &self.here, Way::Here);
        let was = (passage.revision, passage.settled);
        match courier.carry(kept, origin, &mut passage).await {
            Ok(Copying::Kept | Copying::Late | Copying::Clash) => {
                self.status.is_done(id);
                if (passage.revision, passage.settled) != was {
                    self.begins_work();
                    self.engine.tell(Event::Status(id));
                    self.images_may_come();
                }
                if passage.is_final {
                    info!(request = %id, "has come from elsewhere");
                }
                Ok(())
            }
            Ok(Copying::Buried) => self.engine.let_go(id).await.map_err(here),
            Err(Trouble::Record(why)) => {
                // It may have been deleted while it came.
                if there.requests.is_buried(id).await.map_err(of_there)? {
                    return Ok(());
                }
                let file_name = kept.value.sheet.name.clone();
                let revision = Some(origin.revision);
                self.park(passage, Parked { why, file_name, revision }).await
            }
            Err(trouble) => Err(trouble),
        }
    }
}
