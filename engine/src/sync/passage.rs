//! How far a request has come on its way, so that whatever is cut off goes on where it was.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    model::{Request, RequestId, StoreId},
    store::{Kind, Mark, Stored},
};

/// How far a request has been copied to a deployment, or from there.
///
/// It is kept on this computer, and written before anything is sent: so what has a passage may be
/// known elsewhere, and what has none is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Passage {
    /// The request.
    #[serde(rename = "_id")]
    pub(super) id: RequestId,
    /// The store of the deployment.
    pub(super) with: StoreId,
    /// Of what goes there: the stores of earlier deployments, which may have it as well.
    #[serde(default)]
    pub(super) earlier: Vec<StoreId>,
    /// Which way it goes.
    pub(super) way: Way,
    /// The revision of the request that the copy shows; `None` as long as there is no copy.
    pub(super) revision: Option<u64>,
    /// Whether the request can change no more as it was copied, unless somebody begins anew.
    pub(super) is_final: bool,
    /// Whether the sheet is there.
    pub(super) has_sheet: bool,
    /// The round of the request in which the batches were copied.
    pub(super) round: u32,
    /// So many of the first batches are there as they will stay in this round.
    pub(super) settled: u32,
    /// So many of the first batches are there in some state.
    pub(super) begun: u32,
    /// Of what comes here: whether its renditions are here.
    pub(super) images: Images,
    /// Why it cannot be copied as it is.
    #[serde(default)]
    pub(super) parked: Option<Parked>,
}

/// Which way a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Way {
    /// From this computer to the deployment.
    There,
    /// From the deployment to this computer.
    Here,
}

/// Whether the renditions of a request are here that was made elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Images {
    /// None of them is.
    Away,
    /// Some may be.
    Coming,
    /// All are that can be had.
    Here,
}

/// Why a request cannot be copied as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Parked {
    /// The reason, in words for people.
    pub(super) why: String,
    /// What its sheet is called.
    pub(super) file_name: Option<String>,
    /// The revision of the request that could not be copied; `None` where it could not even be read.
    pub(super) revision: Option<u64>,
}

impl Passage {
    /// The passage of a request of which nothing has been copied yet.
    pub(super) fn new(id: RequestId, with: StoreId, way: Way) -> Self {
        Passage {
            id,
            with,
            earlier: Vec::new(),
            way,
            revision: None,
            is_final: false,
            has_sheet: false,
            round: 0,
            settled: 0,
            begun: 0,
            images: Images::Away,
            parked: None,
        }
    }

    /// Whether there is nothing to be copied of a request at this revision.
    pub(super) fn is_over(&self, revision: u64) -> bool {
        let parked = self.parked.as_ref().and_then(|parked| parked.revision);
        parked == Some(revision) || self.is_final && self.revision == Some(revision)
    }

    /// Goes on to a later revision of the request, which is not final before it has been copied. In
    /// another round any of its batches may change, and there may be more renditions.
    pub(super) fn go_on_to(&mut self, request: &Request, revision: u64) {
        self.is_final &= self.revision == Some(revision);
        let round = request.rounds.present();
        if self.round != round {
            self.round = round;
            self.settled = 0;
            if self.images == Images::Here {
                self.images = Images::Coming;
            }
        }
    }

    /// The stores of all deployments that may have the request.
    pub(super) fn deployments(&self) -> Vec<StoreId> {
        std::iter::once(self.with).chain(self.earlier.iter().copied()).collect()
    }

    /// The passage to another deployment of a request that may be in this one.
    pub(super) fn and_to(&self, with: StoreId) -> Self {
        let earlier = self.deployments().into_iter().filter(|store| *store != with).collect();
        Passage { earlier, ..Passage::new(self.id, with, Way::There) }
    }
}

impl Stored for Passage {
    const KIND: Kind = Kind::Passage;

    fn id(&self) -> String {
        self.id.to_string()
    }

    /// What is on its way here is looked for again until it is final.
    fn marks(&self) -> BTreeMap<Mark, String> {
        let is_open = self.way == Way::Here && !self.is_final && self.parked.is_none();
        is_open.then(|| (Mark::Open, self.id.to_string())).into_iter().collect()
    }
}
