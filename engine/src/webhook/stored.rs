//! How endpoints and queues are kept and found again.

use std::collections::BTreeMap;

use crate::{
    model::{Endpoint, KeyId, Queue, Scope},
    store::{Kind, Mark, Stored},
};

/// The group of the endpoints without an owner.
const NOBODYS: &str = "-";

/// The group of the endpoints of an owner.
pub(super) fn group(owner: Option<KeyId>) -> String {
    owner.map_or_else(|| NOBODYS.to_owned(), |owner| owner.to_string())
}

impl Stored for Endpoint {
    const KIND: Kind = Kind::Endpoint;

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn group(&self) -> Option<String> {
        Some(group(self.owner))
    }

    fn marks(&self) -> BTreeMap<Mark, String> {
        match self.scope {
            Scope::All => BTreeMap::from([(Mark::Broad, self.id.to_string())]),
            // The server's is found by its name, and only by servers that have it in their settings.
            Scope::Own | Scope::Server => BTreeMap::new(),
        }
    }
}

impl Stored for Queue {
    const KIND: Kind = Kind::Queue;

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn group(&self) -> Option<String> {
        Some(self.id.endpoint.to_string())
    }

    fn marks(&self) -> BTreeMap<Mark, String> {
        let Some(due) = self.due() else {
            return BTreeMap::from([(Mark::Over, Mark::moment(self.touched_at))]);
        };
        let (due, lane) = (Mark::moment(due), &self.lane);
        let mut marks = BTreeMap::from([
            (Mark::Due, format!("{due}:{lane}")),
            (Mark::Lane, format!("{lane}:{due}")),
        ]);
        if self.lease.is_some() {
            marks.insert(Mark::Held, self.id.to_string());
        }
        marks
    }
}
