//! Which batches find a place in this process.
//!
//! A batch that is in hand may do nothing but wait for a host, for hours and beside many others like
//! it. So however many wait, a request of which nothing is in hand finds a place.

use super::Work;

impl Work {
    /// Whether one more batch has a place where `in_hand` are in hand, of which `of_request` are of
    /// the same request.
    pub(super) fn has_place(&self, in_hand: usize, of_request: usize) -> bool {
        in_hand < self.batches_in_hand && of_request < self.batches_of_a_request
    }

    /// Whether the first batch of a request has a place, where there is none but in the reserve;
    /// `of_owner` are in hand of the request's owner.
    ///
    /// An owner may not have more in hand than there are places left. So one alone has half of them
    /// at most, and two have a third each: whoever comes next finds some.
    pub(super) fn has_reserved_place(&self, in_hand: usize, of_owner: usize) -> bool {
        of_owner < self.most_in_hand.saturating_sub(in_hand)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes as many places as there are for an owner, with requests of up to `each` batches.
    fn take_all(work: &Work, taken: usize, each: usize) -> usize {
        let mut own = 0;
        for of_request in (0..100).flat_map(|_| 0..each) {
            let in_hand = taken + own;
            let is_first = of_request == 0;
            let has_place = work.has_place(in_hand, of_request)
                || is_first && work.has_reserved_place(in_hand, own);
            own += usize::from(has_place);
        }
        own
    }

    #[test]
    fn whatever_earlier_owners_took_the_next_one_finds_a_place() {
        let work = Work { batches_in_hand: 16, most_in_hand: 64, ..Work::default() };
        for each in [1, 8, 20] {
            let mut taken = 0;
            for owner in 0..5 {
                let places = take_all(&work, taken, each);
                assert!(places > 0, "owner {owner} finds none: {taken} are taken");
                taken += places;
            }
            assert!(taken <= work.most_in_hand);
        }
    }

    #[test]
    fn a_request_has_its_part_and_no_more() {
        let work = Work::default();
        let most = work.batches_of_a_request;
        assert!(work.has_place(most - 1, most - 1));
        assert!(!work.has_place(most, most));
        assert!(!work.has_place(work.batches_in_hand, 0));
    }
}
