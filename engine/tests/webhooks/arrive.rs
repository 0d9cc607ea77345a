//! Every change of status arrives, in order, signed.

use pixmill_engine::model::Again;
use pixmill_engine::{
    Upload,
    webhook::{Secret, ServerHook},
    wire::{EventBody, Limit},
};

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_change_of_status_arrives_in_order_and_signed() {
    let (house, origin, receiver) =
        (quick_house(10).await, Origin::start().await, Receiver::start().await);
    let (_, secret) = endpoint(&house, &receiver.url("/hook")).await;
    let id = house.submit(&bad_sheet(&origin)).await;
    house.until_ended(id).await;
    house.engine.retry(id, Again::All).await.unwrap();
    let calls = receiver.until_accepted("/hook", 5).await;
    assert_eq!(
        events(&calls),
        [
            "request.received",
            "request.processing",
            "request.error",
            "request.processing",
            "request.error",
        ]
    );
    for (number, call) in calls.iter().enumerate() {
        assert!(call.is_signed(&secret.reveal()), "{call:?}");
        assert!(!call.is_signed(&Secret::fresh().reveal()));
        assert_eq!(call.header("webhook-id"), format!("msg_{id}_{number}"));
        assert_eq!(call.header("content-type"), "application/json");
        assert!(call.header("user-agent").starts_with("Pixmill-Webhooks/"));
    }
    let ended: EventBody = serde_json::from_str(&calls[2].body).unwrap();
    let view = house.engine.show(id).await.unwrap();
    assert_eq!(ended.data.request_id, id.to_string());
    assert_eq!((ended.data.status.as_str(), ended.data.progress), ("error", view.progress));
    assert_eq!(ended.data.error_message, view.error_message);
    let base = "http://pixmill.example";
    assert_eq!(ended.data.status_url, Some(format!("{base}/status/{id}")));
    assert_eq!(ended.data.results_url, Some(format!("{base}/requests/{id}/results.csv")));
    let first: EventBody = serde_json::from_str(&calls[0].body).unwrap();
    assert_eq!((first.data.progress.total, first.data.progress.failed), (1, 0));
}

/// A request that is processed for as long as nobody stops it, and a receiver that hears of it.
async fn in_hand() -> (House, Receiver, RequestId, Origin) {
    let (house, origin, receiver) =
        (quick_house(10).await, Origin::start().await, Receiver::start().await);
    endpoint(&house, &receiver.url("/hook")).await;
    origin.serve("/slow.png", [Answer::silent()]);
    let slow = sheet([vec![origin.url("/slow.png")]].iter().map(Vec::as_slice));
    let id = house.submit(&slow).await;
    house.until(id, |view| view.status == "processing").await;
    (house, receiver, id, origin)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_request_tells_so() {
    let (house, receiver, id, _origin) = in_hand().await;
    house.engine.cancel(id).await.unwrap();
    let calls = receiver.until_accepted("/hook", 3).await;
    assert_eq!(events(&calls), ["request.received", "request.processing", "request.cancelled"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_is_deleted_at_once_has_told_of_all_that_happened() {
    let (house, origin, receiver) =
        (quick_house(10).await, Origin::start().await, Receiver::start().await);
    endpoint(&house, &receiver.url("/hook")).await;
    let id = done(&house, &good_sheet(&origin).await).await;
    house.engine.remove(id).await.unwrap();
    let calls = receiver.until_accepted("/hook", 3).await;
    assert_eq!(events(&calls), ["request.received", "request.processing", "request.completed"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_request_that_is_deleted_tells_that_it_was_given_up() {
    let (house, receiver, id, _origin) = in_hand().await;
    house.engine.remove(id).await.unwrap();
    let calls = receiver.until_accepted("/hook", 3).await;
    assert_eq!(events(&calls), ["request.received", "request.processing", "request.cancelled"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_hears_only_of_the_events_that_it_asked_for() {
    let (house, origin, receiver) =
        (quick_house(10).await, Origin::start().await, Receiver::start().await);
    let ends = Draft { events: vec![EventType::Completed], ..draft(&receiver.url("/ends")) };
    house.engine.webhooks().create(None, Sight::All, ends).await.unwrap();
    endpoint(&house, &receiver.url("/all")).await;
    for _ in 0..2 {
        done(&house, &good_sheet(&origin).await).await;
    }
    receiver.until_accepted("/all", 6).await;
    let calls = receiver.until_accepted("/ends", 2).await;
    assert_eq!(events(&calls), ["request.completed", "request.completed"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_can_name_a_receiver_of_its_own_and_is_told_its_secret() {
    let (house, origin, receiver) =
        (quick_house(10).await, Origin::start().await, Receiver::start().await);
    let upload = Upload {
        hook: Some(receiver.url("/mine").parse().unwrap()),
        idempotency_key: Some("once".to_owned()),
        ..house.upload(&good_sheet(&origin).await)
    };
    let submitted = house.engine.submit(upload.clone()).await.unwrap();
    let secret = submitted.hook_secret.clone().unwrap();
    let calls = receiver.until_accepted("/mine", 3).await;
    assert_eq!(events(&calls), ["request.received", "request.processing", "request.completed"]);
    assert!(calls.iter().all(|call| call.is_signed(&secret.reveal())));
    let again = house.engine.submit(upload).await.unwrap();
    assert_eq!((again.id, again.is_new), (submitted.id, false));
    assert_eq!(again.hook_secret, None, "it is told once");

    let other = house.submit(&good_sheet(&origin).await).await;
    house.until_ended(other).await;
    assert_eq!(receiver.calls("/mine").len(), 3, "it hears of no other request");
    let listed =
        house.engine.webhooks().deliveries(Sight::All, submitted.id.into(), None, 10).await;
    assert_eq!(listed.unwrap().len(), 3);
    let webhooks = house.engine.webhooks().list(Sight::All, None, Limit::default().entries());
    assert_eq!(webhooks.await.unwrap(), [], "it is not among those that are registered");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_receiver_of_the_whole_server_hears_of_all_requests() {
    let receiver = Receiver::start().await;
    let secret = Secret::fresh();
    let hook = ServerHook { url: receiver.url("/all").parse().unwrap(), secret: secret.clone() };
    let house = quick_house_with(10, |config| config.webhooks.server = Some(hook)).await;
    let origin = Origin::start().await;
    done(&house, &good_sheet(&origin).await).await;
    let calls = receiver.until_accepted("/all", 3).await;
    assert!(calls.iter().all(|call| call.is_signed(&secret.reveal())));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_could_not_be_delivered_is_delivered_after_a_restart() {
    let (origin, receiver) = (Origin::start().await, Receiver::start().await);
    let house = quick_house_with(1_000, |config| {
        config.webhooks.timeout = Duration::from_millis(300);
    })
    .await;
    receiver.behave("/hook", [Manner::Silent]);
    endpoint(&house, &receiver.url("/hook")).await;
    done(&house, &good_sheet(&origin).await).await;
    receiver.until("/hook", |calls| !calls.is_empty()).await;
    let house = house.reopened().await;
    receiver.behave("/hook", [Manner::HalfBad]);
    let calls = receiver.until_accepted("/hook", 3).await;
    assert_eq!(events(&calls), ["request.received", "request.processing", "request.completed"]);
    drop(house);
}
