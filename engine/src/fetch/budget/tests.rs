//! What may be in memory, and who waits for it.

use futures_util::FutureExt;

use super::{Budget, GUESS, Memory};

const MIB: u64 = 1024 * 1024;

fn at_once(budget: &Budget, expected: Option<u64>) -> Option<Memory> {
    budget.take(expected).now_or_never()
}

#[test]
fn a_body_waits_until_as_much_is_free_as_it_says_it_needs() {
    let budget = Budget::new(10 * MIB);
    let first = at_once(&budget, Some(6 * MIB)).unwrap();
    assert!(at_once(&budget, Some(5 * MIB)).is_none());
    drop(first);
    assert!(at_once(&budget, Some(5 * MIB)).is_some());
}

#[test]
fn a_large_body_is_not_passed_by_small_ones() {
    let budget = Budget::new(10 * MIB);
    let first = at_once(&budget, Some(6 * MIB)).unwrap();
    let mut large = Box::pin(budget.take(Some(9 * MIB)));
    assert!((&mut large).now_or_never().is_none());
    assert!(at_once(&budget, Some(MIB)).is_none());
    drop(first);
    assert!((&mut large).now_or_never().is_some());
}

#[test]
fn a_body_larger_than_the_whole_budget_takes_it_all() {
    let budget = Budget::new(MIB);
    let memory = at_once(&budget, Some(64 * MIB)).unwrap();
    assert!(memory.covers(MIB) && !memory.covers(MIB + 1));
    assert!(at_once(&budget, Some(1)).is_none());
}

#[test]
fn what_is_not_needed_in_the_end_is_given_back() {
    let budget = Budget::new(GUESS);
    let mut memory = at_once(&budget, None).unwrap();
    assert!(at_once(&budget, Some(1)).is_none());
    memory.shrink_to(1000);
    let rest = at_once(&budget, Some(GUESS - 1024));
    assert!(rest.is_some());
    drop((memory, rest));
    assert!(at_once(&budget, Some(GUESS)).is_some());
}

#[test]
fn one_body_at_a_time_may_outgrow_the_budget() {
    let budget = Budget::new(2 * GUESS);
    let mut one = at_once(&budget, None).unwrap();
    let mut other = at_once(&budget, None).unwrap();
    assert!(one.grow_to(30 * MIB).now_or_never().is_some());
    assert!(other.grow_to(2 * GUESS).now_or_never().is_none());
    one.shrink_to(30 * MIB);
    assert!(other.grow_to(2 * GUESS).now_or_never().is_none(), "it is still in memory");
    drop(one);
    assert!(other.grow_to(2 * GUESS).now_or_never().is_some());
}

#[test]
fn a_body_grows_within_the_budget_while_there_is_some() {
    let budget = Budget::new(8 * GUESS);
    let mut one = at_once(&budget, None).unwrap();
    let mut other = at_once(&budget, None).unwrap();
    assert!(one.grow_to(4 * GUESS).now_or_never().is_some());
    assert!(other.grow_to(4 * GUESS).now_or_never().is_some());
    assert!(one.overdraft.is_none() && other.overdraft.is_none());
}

#[test]
fn any_number_of_bytes_can_be_a_budget() {
    for bytes in [0, 1, 1024, u64::MAX] {
        assert!(at_once(&Budget::new(bytes), Some(u64::MAX)).is_some(), "{bytes}");
    }
}
