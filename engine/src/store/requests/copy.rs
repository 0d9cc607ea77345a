//! Copies of requests that were made in other stores.

use super::{Requests, WRITTEN_WITHIN};
use crate::{
    model::{Batch, Origin, Request, RequestId, Timestamp},
    store::{Kept, Lasting, Result},
};

/// What came of [`Requests::keep_copy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copying {
    /// The store has the copy now.
    Kept,
    /// The store has one that shows as much, or more.
    Late,
    /// The request was deleted.
    Buried,
    /// The store has a request of that id that was made elsewhere.
    Clash,
}

/// Whether a copy is to take the place of what a store has under its id: it is, if both come from
/// the same store and it is the later one.
fn weigh(origin: &Origin, there: Option<&Origin>) -> Copying {
    match there {
        Some(there) if origin.is_later_than(there) => Copying::Kept,
        Some(there) if origin.store == there.store => Copying::Late,
        Some(_) | None => Copying::Clash,
    }
}

impl Requests {
    /// Keeps batches of a copy, each in the place of what is there.
    pub async fn keep_copied(&self, batches: &[Batch]) -> Result<()> {
        if self.store.add(batches, Lasting::WithNext).await? == batches.len() {
            return Ok(());
        }
        for batch in batches {
            let change = |there: &mut Batch| {
                there.clone_from(batch);
                Ok(())
            };
            self.store.change(&batch.id.to_string(), Lasting::WithNext, change).await?;
        }
        Ok(())
    }

    /// Keeps a copy of a request, whose batches have all been kept, unless the store has a later one.
    ///
    /// Whoever deletes a request writes the tombstone first. So if none is seen after the copy was
    /// written, whoever deletes it finds the copy.
    pub async fn keep_copy(&self, request: &Request, origin: Origin) -> Result<Copying> {
        if self.is_buried(request.id).await? {
            return Ok(Copying::Buried);
        }
        let mut origin = Origin { at: self.store.now().await?, ..origin };
        let copy = request.copy(origin);
        let copying = loop {
            if self.store.add(std::slice::from_ref(&copy), Lasting::Now).await? == 1 {
                break Copying::Kept;
            }
            let Some(mut kept): Option<Kept<Request>> =
                self.store.load(&request.id.to_string()).await?
            else {
                continue;
            };
            let weighed = weigh(&origin, kept.value.origin.as_ref());
            match (weighed, kept.value.origin) {
                // An earlier try may have come to its end long after it was given up.
                (Copying::Late, Some(there)) => {
                    origin = there;
                    break weighed;
                }
                (Copying::Late | Copying::Buried | Copying::Clash, _) => return Ok(weighed),
                (Copying::Kept, _) => {}
            }
            kept.value.clone_from(&copy);
            if self.store.put(&kept, Lasting::Now).await? {
                break weighed;
            }
        };
        self.keep_in_sight(request.id, origin.at).await?;
        Ok(if self.is_buried(request.id).await? { Copying::Buried } else { copying })
    }

    /// Has a copy that bears the moment `at` bear a later one for as long as it was not written soon
    /// after: others look only so far back.
    async fn keep_in_sight(&self, id: RequestId, mut at: Timestamp) -> Result<()> {
        loop {
            let now = self.store.now().await?;
            if at.after(WRITTEN_WITHIN) >= now {
                return Ok(());
            }
            let touch = |copy: &mut Request| {
                copy.origin.iter_mut().for_each(|origin| origin.at = now);
                Ok(())
            };
            self.store.change(&id.to_string(), Lasting::Now, touch).await?;
            at = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::model::StoreId;

    proptest! {
        #[test]
        fn in_whatever_order_and_however_often_copies_come_the_latest_of_the_first_store_stays(
            copies in vec((0..3_usize, 0..20_u64), 1..40),
        ) {
            let stores = [StoreId::fresh(), StoreId::fresh(), StoreId::fresh()];
            let mut there: Option<Origin> = None;
            for (store, revision) in &copies {
                let origin = Origin { store: stores[*store], revision: *revision, at: Timestamp::EPOCH };
                let takes_it = there.is_none_or(|there| weigh(&origin, Some(&there)) == Copying::Kept);
                if takes_it {
                    there = Some(origin);
                }
            }
            let first = copies[0].0;
            let latest = copies.iter().filter(|(store, _)| *store == first).map(|(_, r)| *r).max();
            let there = there.map(|there| (there.store, there.revision));
            prop_assert_eq!(there, latest.map(|revision| (stores[first], revision)));
        }
    }

    #[test]
    fn no_copy_takes_the_place_of_what_was_made_here() {
        let origin = Origin { store: StoreId::fresh(), revision: 9, at: Timestamp::EPOCH };
        assert_eq!(weigh(&origin, None), Copying::Clash);
    }
}
