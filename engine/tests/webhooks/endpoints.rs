//! Endpoints are made, changed, tried out and deleted; their secrets are changed.

use pixmill_engine::{
    model::{DeadBecause, DisabledBecause, ReceiverState, TryOutcome},
    webhook::{Change, WebhookError},
};

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn for_a_day_after_a_change_of_secret_both_are_good() {
    let (house, origin, receiver) =
        (quick_house(10).await, Origin::start().await, Receiver::start().await);
    let (made, old) = endpoint(&house, &receiver.url("/hook")).await;
    let (rotated, new) = house.engine.webhooks().rotate(Sight::All, made.id).await.unwrap();
    let until = rotated.receiver.secrets.previous.as_ref().unwrap().until.as_millis();
    let now = bson::DateTime::now().timestamp_millis();
    assert!((86_390_000..=86_400_000).contains(&(until - now)), "{}", until - now);
    done(&house, &good_sheet(&origin).await).await;
    for call in receiver.until_accepted("/hook", 3).await {
        assert!(call.is_signed(&old.reveal()) && call.is_signed(&new.reveal()));
        assert_eq!(call.header("webhook-signature").split(' ').count(), 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_that_only_the_new_secret_is_good() {
    let (origin, receiver) = (Origin::start().await, Receiver::start().await);
    let house = quick_house_with(10, |config| config.webhooks.overlap = Duration::ZERO).await;
    let (made, old) = endpoint(&house, &receiver.url("/hook")).await;
    let (_, new) = house.engine.webhooks().rotate(Sight::All, made.id).await.unwrap();
    done(&house, &good_sheet(&origin).await).await;
    for call in receiver.until_accepted("/hook", 3).await {
        assert!(call.is_signed(&new.reveal()) && !call.is_signed(&old.reveal()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_is_disabled_hears_nothing_until_it_is_enabled() {
    let (house, origin, receiver) =
        (quick_house(10).await, Origin::start().await, Receiver::start().await);
    let (made, _) = endpoint(&house, &receiver.url("/hook")).await;
    endpoint(&house, &receiver.url("/other")).await;
    let webhooks = house.engine.webhooks();
    let off = Change { is_enabled: Some(false), ..Change::default() };
    let disabled = webhooks.update(Sight::All, made.id, off).await.unwrap();
    let state = disabled.receiver.state;
    assert!(matches!(state, ReceiverState::Disabled { because: DisabledBecause::Asked, .. }));
    done(&house, &good_sheet(&origin).await).await;
    receiver.until_accepted("/other", 3).await;
    let on = Change {
        is_enabled: Some(true),
        url: Some(receiver.url("/moved").parse().unwrap()),
        events: Some(vec![EventType::Completed]),
        ..Change::default()
    };
    webhooks.update(Sight::All, made.id, on).await.unwrap();
    let second = done(&house, &good_sheet(&origin).await).await;
    let calls = receiver.until_accepted("/moved", 1).await;
    assert_eq!(
        (calls[0].event(), calls[0].request()),
        ("request.completed".to_owned(), second.to_string())
    );
    assert_eq!(receiver.calls("/hook").len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_sent_to_a_disabled_endpoint_is_listed_and_can_be_sent_by_hand() {
    let (house, origin, receiver) =
        (quick_house(10).await, Origin::start().await, Receiver::start().await);
    let webhooks = house.engine.webhooks();
    let off = Draft { is_enabled: false, ..draft(&receiver.url("/hook")) };
    let (made, _) = webhooks.create(None, Sight::All, off).await.unwrap();
    let id = done(&house, &good_sheet(&origin).await).await;
    let listed = until_deliveries(&house, made.id, |all| all.len() == 3).await;
    let unsent = DeadBecause::Disabled(DisabledBecause::Asked);
    for (request, delivery) in &listed {
        assert_eq!((*request, delivery.tried), (Some(id), 0));
        assert!(
            matches!(delivery.state, DeliveryState::Dead { because, .. } if because == unsent),
            "{delivery:?}"
        );
    }
    let on = Change { is_enabled: Some(true), ..Change::default() };
    webhooks.update(Sight::All, made.id, on).await.unwrap();
    for (_, delivery) in listed.iter().rev() {
        webhooks.redeliver(Sight::All, made.id, delivery.message).await.unwrap();
    }
    let calls = receiver.until_accepted("/hook", 3).await;
    assert_eq!(events(&calls), ["request.received", "request.processing", "request.completed"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_event_is_sent_at_once_and_once_and_is_listed() {
    let (house, receiver) = (quick_house(10).await, Receiver::start().await);
    let (made, secret) = endpoint(&house, &receiver.url("/hook")).await;
    let webhooks = house.engine.webhooks();
    let (_, delivered) = webhooks.test(Sight::All, made.id).await.unwrap();
    assert!(matches!(delivered.state, DeliveryState::Delivered { .. }));
    receiver.behave("/hook", [Manner::Answer(500)]);
    let failed = webhooks.test(Sight::All, made.id).await.unwrap();
    assert!(is_dead(&failed));
    let outcome = &failed.1.tries[0].outcome;
    assert!(matches!(outcome, TryOutcome::Answered { status: 500, .. }));
    let calls = receiver.calls("/hook");
    assert_eq!(events(&calls), ["webhook.test", "webhook.test"]);
    assert!(calls.iter().all(|call| call.is_signed(&secret.reveal())));
    let listed = webhooks.deliveries(Sight::All, made.id, None, 10).await.unwrap();
    assert_eq!(listed, [failed, (None, delivered)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deliveries_are_listed_a_page_at_a_time_newest_first() {
    let (house, origin, receiver) =
        (quick_house(10).await, Origin::start().await, Receiver::start().await);
    let (made, _) = endpoint(&house, &receiver.url("/hook")).await;
    for _ in 0..3 {
        done(&house, &good_sheet(&origin).await).await;
    }
    receiver.until_accepted("/hook", 9).await;
    let webhooks = house.engine.webhooks();
    webhooks.test(Sight::All, made.id).await.unwrap();
    let all = webhooks.deliveries(Sight::All, made.id, None, 100).await.unwrap();
    let kinds: Vec<EventType> = all.iter().map(|(_, delivery)| delivery.event).collect();
    assert_eq!(kinds[..2], [EventType::Test, EventType::Completed]);
    assert!(all[1..].is_sorted_by(|a, b| (a.0, a.1.message) > (b.0, b.1.message)));
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let page = webhooks.deliveries(Sight::All, made.id, after, 4).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.1.message);
        pages.extend(page);
    }
    assert_eq!(pages.len(), 10);
    let names = |all: &[About]| all.iter().map(|about| about.1.message).collect::<Vec<_>>();
    assert_eq!(names(&pages), names(&all));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_endpoint_hears_nothing_more_and_leaves_nothing() {
    let (house, origin, receiver) =
        (quick_house(1_000).await, Origin::start().await, Receiver::start().await);
    receiver.behave("/hook", [Manner::Answer(500)]);
    let (made, _) = endpoint(&house, &receiver.url("/hook")).await;
    done(&house, &good_sheet(&origin).await).await;
    receiver.until("/hook", |calls| !calls.is_empty()).await;
    let webhooks = house.engine.webhooks();
    webhooks.remove(Sight::All, made.id).await.unwrap();
    let gone = webhooks.deliveries(Sight::All, made.id, None, 10).await;
    assert!(matches!(gone, Err(WebhookError::NotFound(id)) if id == made.id));
    endpoint(&house, &receiver.url("/other")).await;
    done(&house, &good_sheet(&origin).await).await;
    receiver.until_accepted("/other", 3).await;
    let before = receiver.calls("/hook").len();
    done(&house, &good_sheet(&origin).await).await;
    receiver.until_accepted("/other", 6).await;
    assert_eq!(receiver.calls("/hook").len(), before);
}
