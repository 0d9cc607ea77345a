//! Requests whose renditions are in use, so that they are not let go to make room for others.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Mutex as Turn;

use crate::model::RequestId;

/// The requests whose renditions are in use. A clone is another handle on the same.
#[derive(Clone, Default)]
pub(super) struct Holds(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// How many use those of a request.
    held: Mutex<HashMap<RequestId, usize>>,
    /// Held by whoever is about to let some go.
    turn: Turn<()>,
}

/// As long as this is there, the renditions of a request that are on this computer stay there.
#[must_use = "they may go as soon as this is dropped"]
pub struct Held {
    id: RequestId,
    holds: Holds,
}

impl Holds {
    /// Has the renditions of a request stay. Whoever is letting go of them has done so before this
    /// returns.
    pub(super) async fn hold(&self, id: RequestId) -> Held {
        *self.held().entry(id).or_default() += 1;
        let held = Held { id, holds: self.clone() };
        drop(self.0.turn.lock().await);
        held
    }

    /// Does something to the renditions of a request if they are not in use, and gives whether it did:
    /// nobody begins to use them meanwhile.
    pub(super) async fn unless_held<E>(
        &self,
        id: RequestId,
        work: impl Future<Output = Result<(), E>>,
    ) -> Result<bool, E> {
        let _turn = self.0.turn.lock().await;
        if self.held().contains_key(&id) {
            return Ok(false);
        }
        work.await.map(|()| true)
    }

    fn held(&self) -> MutexGuard<'_, HashMap<RequestId, usize>> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut held = self.holds.held();
        match held.get_mut(&self.id) {
            Some(count) if *count > 1 => *count -= 1,
            Some(_) | None => drop(held.remove(&self.id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    async fn goes(holds: &Holds, id: RequestId) -> bool {
        let Ok(goes) = holds.unless_held(id, async { Ok::<_, Infallible>(()) }).await;
        goes
    }

    #[tokio::test]
    async fn what_is_in_use_stays_until_the_last_has_done_with_it() {
        let (holds, id) = (Holds::default(), RequestId::fresh());
        let (one, other) = (holds.hold(id).await, holds.hold(id).await);
        assert!(goes(&holds, RequestId::fresh()).await);
        assert!(!goes(&holds, id).await);
        drop(one);
        assert!(!goes(&holds, id).await);
        drop(other);
        assert!(goes(&holds, id).await);
    }
}
