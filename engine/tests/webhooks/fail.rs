//! Receivers that fail, and what becomes of their deliveries.

use std::time::Instant;

use pixmill_engine::{
    model::{DisabledBecause, ReceiverState, TryOutcome},
    webhook::WebhookError,
};

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_fails_half_of_the_time_hears_everything_in_order() {
    let (house, origin, receiver) =
        (quick_house(10).await, Origin::start().await, Receiver::start().await);
    receiver.behave("/hook", [Manner::HalfBad]);
    let (endpoint, secret) = endpoint(&house, &receiver.url("/hook")).await;
    let sheet = good_sheet(&origin).await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(house.submit(&sheet).await);
    }
    let calls = receiver.until_accepted("/hook", 15).await;
    for id in ids {
        let about = |call: &&Call| call.request() == id.to_string();
        let calls: Vec<Call> = calls.iter().filter(about).cloned().collect();
        assert_eq!(events(&calls), ["request.received", "request.processing", "request.completed"]);
    }
    assert!(receiver.calls("/hook").iter().all(|call| call.is_signed(&secret.reveal())));
    let is_delivered = |about: &About| matches!(about.1.state, DeliveryState::Delivered { .. });
    let listed = until_deliveries(&house, endpoint.id, |all| all.iter().all(is_delivered)).await;
    assert_eq!(listed.len(), 15);
    for (_, delivery) in &listed {
        assert_eq!(delivery.tried as usize, delivery.tries.len());
        let last = &delivery.tries.last().unwrap().outcome;
        let excerpt = "as it was told".to_owned();
        assert_eq!(*last, TryOutcome::Answered { status: 200, excerpt });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_the_last_try_a_delivery_is_dead_and_later_ones_go_on() {
    let (house, origin, receiver) =
        (quick_house(3).await, Origin::start().await, Receiver::start().await);
    let bad = Manner::Answer(500);
    receiver.behave("/hook", [bad.clone(), bad.clone(), bad, Manner::Answer(204)]);
    let (endpoint, _) = endpoint(&house, &receiver.url("/hook")).await;
    done(&house, &good_sheet(&origin).await).await;
    let calls = receiver.until_accepted("/hook", 2).await;
    assert_eq!(events(&calls), ["request.processing", "request.completed"]);
    let is_over = |all: &[About]| all.len() == 3 && all.iter().all(|a| a.1.due().is_none());
    let listed = until_deliveries(&house, endpoint.id, is_over).await;
    let dead = &listed[2];
    assert!(is_dead(dead) && dead.1.event == EventType::Received && dead.1.tried == 3);

    let webhooks = house.engine.webhooks();
    webhooks.redeliver(Sight::All, endpoint.id, dead.1.message).await.unwrap();
    let calls = receiver.until_accepted("/hook", 3).await;
    assert_eq!(calls[2].event(), "request.received");
    assert_eq!(calls[2].header("webhook-id"), dead.1.message.to_string(), "the same message");
    let listed = until_deliveries(&house, endpoint.id, is_over).await;
    assert!(!listed.iter().any(is_dead) && listed[2].1.tried == 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_is_gone_is_disabled_and_says_so() {
    let (house, origin, receiver) =
        (quick_house(3).await, Origin::start().await, Receiver::start().await);
    receiver.behave("/hook", [Manner::Answer(410)]);
    let (endpoint, _) = endpoint(&house, &receiver.url("/hook")).await;
    done(&house, &good_sheet(&origin).await).await;
    let listed = until_deliveries(&house, endpoint.id, |all| all.iter().all(is_dead)).await;
    assert!(receiver.calls("/hook").len() == 1, "nothing was sent after that");
    let webhooks = house.engine.webhooks();
    let shown = webhooks.show(Sight::All, endpoint.id).await.unwrap();
    let gone =
        |state| matches!(state, ReceiverState::Disabled { because: DisabledBecause::Gone, .. });
    assert!(gone(shown.receiver.state));
    let refused = webhooks.redeliver(Sight::All, endpoint.id, listed[0].1.message).await;
    assert!(matches!(refused, Err(WebhookError::Disabled(_))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redirect_is_not_followed_and_counts_as_a_failure() {
    let (house, origin, receiver) =
        (quick_house(2).await, Origin::start().await, Receiver::start().await);
    receiver.behave("/hook", [Manner::Redirect(receiver.url("/elsewhere"))]);
    let (endpoint, _) = endpoint(&house, &receiver.url("/hook")).await;
    done(&house, &good_sheet(&origin).await).await;
    let is_over = |all: &[About]| all.len() == 3 && all.iter().all(is_dead);
    let listed = until_deliveries(&house, endpoint.id, is_over).await;
    assert_eq!(receiver.calls("/elsewhere").len(), 0);
    let outcome = &listed[0].1.tries[0].outcome;
    assert!(matches!(outcome, TryOutcome::Answered { status: 302, .. }), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_an_endless_answer_a_kilobyte_is_read() {
    let (house, origin, receiver) =
        (quick_house(2).await, Origin::start().await, Receiver::start().await);
    receiver.behave("/hook", [Manner::Huge]);
    let (endpoint, _) = endpoint(&house, &receiver.url("/hook")).await;
    done(&house, &good_sheet(&origin).await).await;
    let is_over = |all: &[About]| all.len() == 3 && all.iter().all(|a| a.1.due().is_none());
    let listed = until_deliveries(&house, endpoint.id, is_over).await;
    let expected = TryOutcome::Answered { status: 200, excerpt: "x".repeat(1_024) };
    assert!(listed.iter().all(|(_, delivery)| delivery.tries[0].outcome == expected));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_is_left_alone_for_as_long_as_it_asks() {
    let (house, origin, receiver) =
        (quick_house(3).await, Origin::start().await, Receiver::start().await);
    receiver.behave("/hook", [Manner::RetryAfter(3_000), Manner::Answer(200)]);
    let (endpoint, _) = endpoint(&house, &receiver.url("/hook")).await;
    done(&house, &good_sheet(&origin).await).await;
    let has_failed = |all: &[About]| all.len() == 3 && all[2].1.tried == 1;
    let listed = until_deliveries(&house, endpoint.id, has_failed).await;
    let first = &listed[2].1;
    let waits_ms = first.due().unwrap().as_millis() - first.tries[0].at.as_millis();
    assert!((3_000_000..3_310_000).contains(&waits_ms), "{waits_ms}");
    assert_eq!(receiver.calls("/hook").len(), 1, "and the later ones wait behind it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_never_answers_delays_no_other() {
    let (origin, receiver, dead) =
        (Origin::start().await, Receiver::start().await, Receiver::start().await);
    let house = quick_house_with(3, |config| {
        config.webhooks.timeout = Duration::from_secs(20);
        config.webhooks.at_once = 12;
        config.webhooks.per_host = 4;
    })
    .await;
    let sheet = good_sheet(&origin).await;
    // Many endpoints on a host that does not answer, registered and named by requests.
    for n in 0..5 {
        dead.behave(&format!("/{n}"), [Manner::Silent]);
        endpoint(&house, &dead.url(&format!("/{n}"))).await;
    }
    endpoint(&house, &receiver.url("/hook")).await;
    let begun = Instant::now();
    for _ in 0..10 {
        done(&house, &sheet).await;
    }
    receiver.until_accepted("/hook", 30).await;
    assert!(begun.elapsed() < Duration::from_secs(18), "{:?}", begun.elapsed());
    let tried: usize = (0..5).map(|n| dead.calls(&format!("/{n}")).len()).sum();
    assert!((1..=4).contains(&tried), "{tried} tries were under way at the host");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_backlog_of_a_dead_host_delays_no_other() {
    let (origin, receiver, dead) =
        (Origin::start().await, Receiver::start().await, Receiver::start().await);
    let house = quick_house_with(3, |config| {
        config.webhooks.timeout = Duration::from_secs(20);
        config.webhooks.at_once = 6;
        config.webhooks.per_host = 4;
    })
    .await;
    let sheet = good_sheet(&origin).await;
    dead.behave("/hook", [Manner::Silent]);
    dead.behave("/other", [Manner::Silent]);
    // More than are looked at in one go.
    let begun = Instant::now();
    for n in 0..300 {
        let path = if n % 2 == 0 { "/hook" } else { "/other" };
        let hook = Some(dead.url(path).parse().unwrap());
        let upload = pixmill_engine::Upload { hook, ..house.upload(&sheet) };
        house.engine.submit(upload).await.unwrap();
    }
    for path in ["/hook", "/other"] {
        assert_eq!(dead.until(path, |calls| !calls.is_empty()).await.len(), 1);
    }
    endpoint(&house, &receiver.url("/hook")).await;
    done(&house, &sheet).await;
    receiver.until_accepted("/hook", 3).await;
    assert!(begun.elapsed() < Duration::from_secs(18), "{:?}", begun.elapsed());
    assert_eq!((dead.calls("/hook").len(), dead.calls("/other").len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_fails_for_too_long_is_disabled_and_says_so() {
    let (origin, receiver) = (Origin::start().await, Receiver::start().await);
    let house = quick_house_with(1_000, |config| {
        config.webhooks.schedule.patience = Duration::from_millis(100);
    })
    .await;
    receiver.behave("/hook", [Manner::Answer(500)]);
    let (endpoint, _) = endpoint(&house, &receiver.url("/hook")).await;
    done(&house, &good_sheet(&origin).await).await;
    let is_over = |all: &[About]| all.len() == 3 && all.iter().all(is_dead);
    until_deliveries(&house, endpoint.id, is_over).await;
    assert!(receiver.calls("/hook").len() > 1);
    let shown = house.engine.webhooks().show(Sight::All, endpoint.id).await.unwrap();
    let state = shown.receiver.state;
    assert!(matches!(state, ReceiverState::Disabled { because: DisabledBecause::Failing, .. }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn private_addresses_are_refused_when_named_and_when_looked_up() {
    let (origin, receiver) = (Origin::start().await, Receiver::start().await);
    let house = quick_house_with(1, |config| config.access.allowed.clear()).await;
    let webhooks = house.engine.webhooks();
    for url in [&receiver.url("/hook"), "http://169.254.169.254/", "https://[::1]:8443/x"] {
        let refused = webhooks.create(None, Sight::All, draft(url)).await;
        assert!(matches!(refused, Err(WebhookError::Refused(_))), "{url}: {refused:?}");
    }
    let upload = pixmill_engine::Upload {
        hook: Some(receiver.url("/hook").parse().unwrap()),
        ..house.upload(&bad_sheet(&origin))
    };
    assert!(house.engine.submit(upload).await.is_err());
    // A name is judged by what it stands for, when it is used.
    let by_name = receiver.url("/hook").replace("127.0.0.1", "localhost");
    let (endpoint, _) = endpoint(&house, &by_name).await;
    done(&house, &bad_sheet(&origin)).await;
    let listed =
        until_deliveries(&house, endpoint.id, |all| all.len() == 3 && all.iter().all(is_dead))
            .await;
    let TryOutcome::Unanswered { reason } = &listed[0].1.tries[0].outcome else {
        panic!("{listed:?}")
    };
    assert!(reason.contains("the address is"), "{reason}");
    assert_eq!(receiver.calls("/hook").len(), 0);
}
