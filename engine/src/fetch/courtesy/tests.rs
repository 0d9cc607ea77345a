//! Who waits for whom.

use futures_util::FutureExt;

use super::{Courtesy, Leave, Waits};

/// Leave that can be had without waiting.
fn at_once(courtesy: &Courtesy, host: &str) -> Option<Leave> {
    courtesy.enter(host, Waits::Sheet).now_or_never()
}

#[test]
fn a_host_has_as_many_downloads_as_it_may_and_no_more() {
    let courtesy = Courtesy::new(2, 64);
    let first = at_once(&courtesy, "a.example");
    let second = at_once(&courtesy, "a.example");
    assert!(first.is_some() && second.is_some());
    assert!(at_once(&courtesy, "a.example").is_none());
    drop(first);
    assert!(at_once(&courtesy, "a.example").is_some());
}

#[test]
fn whoever_waits_for_a_busy_host_is_in_nobody_elses_way() {
    let courtesy = Courtesy::new(1, 2);
    let _busy = at_once(&courtesy, "busy.example").unwrap();
    let mut waiting: Vec<_> =
        (0..100).map(|_| Box::pin(courtesy.enter("busy.example", Waits::Sheet))).collect();
    assert!(waiting.iter_mut().all(|enter| enter.now_or_never().is_none()));
    assert!(at_once(&courtesy, "other.example").is_some());
}

#[test]
fn leave_is_given_in_the_order_in_which_it_was_asked_for() {
    let courtesy = Courtesy::new(1, 1);
    let leave = at_once(&courtesy, "a.example").unwrap();
    let mut second = Box::pin(courtesy.enter("b.example", Waits::Sheet));
    let mut third = Box::pin(courtesy.enter("c.example", Waits::Sheet));
    assert!((&mut second).now_or_never().is_none());
    assert!((&mut third).now_or_never().is_none());
    drop(leave);
    assert!((&mut third).now_or_never().is_none());
    assert!((&mut second).now_or_never().is_some());
}

#[test]
fn whoever_gives_up_waiting_holds_nothing() {
    let courtesy = Courtesy::new(1, 1);
    let leave = at_once(&courtesy, "a.example").unwrap();
    let mut waiting = Box::pin(courtesy.enter("b.example", Waits::Sheet));
    assert!((&mut waiting).now_or_never().is_none());
    drop((waiting, leave));
    assert!(at_once(&courtesy, "b.example").is_some());
}

#[test]
fn hosts_that_nobody_asks_any_more_are_forgotten() {
    let courtesy = Courtesy::new(1, 1);
    for n in 0..100_000 {
        assert!(at_once(&courtesy, &format!("host-{n}.example")).is_some());
    }
    assert!(courtesy.hosts.lock().unwrap().len() < 100);
}

#[test]
fn a_person_comes_before_the_sheets_that_wait() {
    let courtesy = Courtesy::new(1, 1);
    let leave = at_once(&courtesy, "a.example").unwrap();
    let mut sheets: Vec<_> =
        (0..100).map(|_| Box::pin(courtesy.enter("a.example", Waits::Sheet))).collect();
    assert!(sheets.iter_mut().all(|sheet| sheet.now_or_never().is_none()));
    let mut person = Box::pin(courtesy.enter("a.example", Waits::Person));
    assert!((&mut person).now_or_never().is_none());
    drop(leave);
    // One sheet was at the door already.
    drop(sheets.iter_mut().find_map(|sheet| sheet.now_or_never()).unwrap());
    assert!((&mut person).now_or_never().is_some());
}
