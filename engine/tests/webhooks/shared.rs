//! Several processes deliver for one deployment.

use pixmill_engine::model::Again;
use pixmill_engine::{StoreAt, webhook::WebhookError};

use super::{deployment::Deployment, *};

/// An engine on a database that others use too.
async fn house_on(database: &str, key: &std::path::Path) -> House {
    quick_house_with(30, |config| {
        config.store = StoreAt::Mongo(database.parse().unwrap());
        config.key = pixmill_engine::vault::KeySource::File(key.to_owned());
        config.webhooks.idle = Duration::from_millis(100);
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_that_deliver_each_change_of_status_arrives_in_order() {
    let Some(deployment) = Deployment::shared() else { return };
    let database = deployment.fresh_database();
    let (origin, receiver) = (Origin::start().await, Receiver::start().await);
    let keys = tempfile::tempdir().unwrap();
    let key = keys.path().join("secret.key");
    let houses = [house_on(&database, &key).await, house_on(&database, &key).await];
    receiver.behave("/hook", [Manner::HalfBad]);
    let (made, secret) = endpoint(&houses[0], &receiver.url("/hook")).await;
    let sheet = bad_sheet(&origin);
    let mut ids = Vec::new();
    for n in 0..6 {
        ids.push(houses[n % 2].submit(&sheet).await);
    }
    for id in &ids[..3] {
        houses[0].until_ended(*id).await;
        houses[1].engine.retry(*id, Again::All).await.unwrap();
    }
    receiver.until_accepted("/hook", 6 * 3 + 3 * 2).await;
    let calls = receiver.accepted("/hook");
    assert!(receiver.calls("/hook").iter().all(|call| call.is_signed(&secret.reveal())));
    for (n, id) in ids.into_iter().enumerate() {
        let about = |call: &&Call| call.request() == id.to_string();
        let heard: Vec<Call> = calls.iter().filter(about).cloned().collect();
        let mut expected = vec!["request.received", "request.processing", "request.error"];
        if n < 3 {
            expected.extend(["request.processing", "request.error"]);
        }
        assert_eq!(events(&heard), expected);
    }
    let seen = houses[1].engine.webhooks().show(Sight::All, made.id).await.unwrap();
    assert!(seen.receiver.is_enabled());
    let gone = houses[0].engine.webhooks().remove(Sight::All, made.id).await;
    gone.unwrap();
    let gone = houses[1].engine.webhooks().show(Sight::All, made.id).await;
    assert!(matches!(gone, Err(WebhookError::NotFound(_))));
}
