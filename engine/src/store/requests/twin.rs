//! What has become of a link of a request, for the other images with the same link and recipe.

use serde::{Deserialize, Serialize};

use super::Requests;
use crate::{
    model::{ImageState, Request, RequestId, TwinKey},
    store::{Kind, Lasting, Result, Stored},
};

/// What has become of a link of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Twin {
    #[serde(rename = "_id")]
    id: String,
    request: RequestId,
    state: ImageState,
}

impl Stored for Twin {
    const KIND: Kind = Kind::Twin;

    fn id(&self) -> String {
        self.id.clone()
    }

    fn group(&self) -> Option<String> {
        Some(self.request.to_string())
    }
}

/// A rendition is good for ever.
fn done_id(id: RequestId, key: TwinKey) -> String {
    format!("{id}:{key}")
}

/// A failure is good for its round.
fn failed_id(request: &Request, key: TwinKey) -> String {
    format!("{}:{key}:{}", request.id, request.rounds.present())
}

impl Requests {
    /// Writes down what has become of some links of a request that has been recorded, for the
    /// images with the same link and recipe. They are forgotten when it ends.
    pub async fn keep_twins(
        &self,
        request: &Request,
        states: impl IntoIterator<Item = (TwinKey, ImageState)>,
    ) -> Result<()> {
        let twin = |(key, state)| {
            let id = match &state {
                ImageState::Done(_) => done_id(request.id, key),
                ImageState::Failed(_) => failed_id(request, key),
                ImageState::Waiting | ImageState::Kept { .. } => return None,
            };
            Some(Twin { id, request: request.id, state })
        };
        let twins: Vec<Twin> = states.into_iter().filter_map(twin).collect();
        if twins.is_empty() {
            return Ok(());
        }
        self.store.add(&twins, Lasting::WithNext).await.map(drop)
    }

    pub(super) async fn forget_twins(&self, id: RequestId) -> Result<()> {
        self.store.delete_group(Kind::Twin, &id.to_string()).await
    }

    /// What has become in this round of another image of the request with the same link and
    /// recipe, if anything.
    pub async fn find_twin(&self, request: &Request, key: TwinKey) -> Result<Option<ImageState>> {
        let ids = [done_id(request.id, key), failed_id(request, key)];
        let found: Vec<Twin> = self.store.load_all(&ids).await?;
        Ok(found.into_iter().next().map(|twin| twin.state))
    }
}
