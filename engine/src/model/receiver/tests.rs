//! What becomes of a receiver that fails, and of its secrets.

use proptest::prelude::*;

use super::*;

const DAY: Duration = Duration::from_secs(86_400);
const PATIENCE: Patience = Patience { lasts: Duration::from_secs(5 * 86_400), silence: DAY };

fn receiver() -> Receiver {
    let url = "https://shop.example/hook".parse().unwrap();
    Receiver::new(url, Sealed("current".to_owned()))
}

fn at(days: u32) -> Timestamp {
    Timestamp::EPOCH.after(days * DAY)
}

fn failing(since: Timestamp, last: Timestamp) -> ReceiverState {
    ReceiverState::Enabled { failing: Some(Failing { since, last }) }
}

#[test]
fn a_receiver_that_has_failed_for_five_days_is_disabled() {
    let mut receiver = receiver();
    for day in 1..=5 {
        receiver.fail(Turn::Again, at(day), PATIENCE);
        assert_eq!(receiver.state, failing(at(1), at(day)));
    }
    let almost = Timestamp::from_millis(at(6).as_millis() - 1);
    receiver.fail(Turn::Again, almost, PATIENCE);
    assert!(receiver.is_enabled());
    receiver.fail(Turn::Again, at(6), PATIENCE);
    let disabled = ReceiverState::Disabled { because: DisabledBecause::Failing, at: at(6) };
    assert_eq!(receiver.state, disabled);
    receiver.succeed();
    receiver.disable(DisabledBecause::Asked, at(7));
    assert_eq!(receiver.state, disabled, "only who enables it changes that");
    receiver.enable();
    assert_eq!(receiver.state, ReceiverState::Enabled { failing: None });
}

#[test]
fn silence_is_no_failure() {
    let mut receiver = receiver();
    receiver.fail(Turn::First, at(1), PATIENCE);
    receiver.fail(Turn::First, at(8), PATIENCE);
    receiver.fail(Turn::Again, at(8), PATIENCE);
    assert_eq!(receiver.state, failing(at(8), at(8)));
}

#[test]
fn the_first_try_of_a_delivery_disables_nothing() {
    let mut receiver = receiver();
    (1..=9).for_each(|day| receiver.fail(Turn::First, at(day), PATIENCE));
    assert_eq!(receiver.state, failing(at(1), at(9)));
    receiver.fail(Turn::Again, at(9), PATIENCE);
    assert!(!receiver.is_enabled());
}

#[test]
fn one_success_makes_good_for_all_failures() {
    let mut receiver = receiver();
    for day in 1..100 {
        receiver.fail(Turn::Again, at(day), PATIENCE);
        if day % 4 == 0 {
            receiver.succeed();
            assert_eq!(receiver.state, ReceiverState::Enabled { failing: None });
        }
    }
    assert!(receiver.is_enabled());
}

proptest! {
    #[test]
    fn only_what_failed_all_the_time_is_disabled(
        tries in prop::collection::vec((0..40_u32, 0..9_u8, any::<bool>()), 1..60)
    ) {
        let hours = |count: u32| Duration::from_secs(u64::from(count) * 3_600);
        let (mut receiver, mut now) = (receiver(), at(1));
        // The failures since the last success, or since the last silence.
        let mut failures: Vec<Timestamp> = Vec::new();
        for (wait, luck, is_first) in tries {
            now = now.after(hours(wait));
            if luck == 0 {
                receiver.succeed();
                failures.clear();
                continue;
            }
            if failures.last().is_some_and(|last| last.after(PATIENCE.silence) < now) {
                failures.clear();
            }
            failures.push(now);
            let turn = if is_first { Turn::First } else { Turn::Again };
            receiver.fail(turn, now, PATIENCE);
            let is_over = failures[0].after(PATIENCE.lasts) <= now && !is_first;
            prop_assert_eq!(receiver.is_enabled(), !is_over);
            if is_over {
                break;
            }
        }
    }
}

#[test]
fn a_secret_that_was_changed_is_good_for_another_day() {
    let mut receiver = receiver();
    receiver.rotate(Sealed("next".to_owned()), at(1), DAY);
    let good = |receiver: &Receiver, now| {
        receiver.secrets.good(now).map(|sealed| sealed.0.clone()).collect::<Vec<_>>()
    };
    let last = Timestamp::from_millis(at(2).as_millis() - 1);
    assert_eq!(good(&receiver, last), ["next", "current"]);
    assert_eq!(good(&receiver, at(2)), ["next"]);
    receiver.rotate(Sealed("third".to_owned()), at(1), DAY);
    assert_eq!(good(&receiver, at(1)), ["third", "next"], "at most two at a time");
}
