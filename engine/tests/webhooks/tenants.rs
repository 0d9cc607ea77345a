//! Nobody hears of, or sees, what belongs to somebody else.

use pixmill_engine::{
    Upload,
    model::Endpoint,
    webhook::{Change, WebhookError},
};

use super::*;

async fn endpoint_of(house: &House, owner: KeyId, sight: Sight, url: &str) -> Endpoint {
    let made = house.engine.webhooks().create(Some(owner), sight, draft(url)).await;
    made.unwrap().0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_hears_of_the_requests_of_its_owner_and_an_admins_of_all() {
    let (house, origin, receiver) =
        (quick_house(10).await, Origin::start().await, Receiver::start().await);
    let (one, two, admin) = (key(&house).await, key(&house).await, key(&house).await);
    endpoint_of(&house, one, Sight::Of(one), &receiver.url("/one")).await;
    endpoint_of(&house, two, Sight::Of(two), &receiver.url("/two")).await;
    endpoint_of(&house, admin, Sight::All, &receiver.url("/admin")).await;
    let mut ids = Vec::new();
    for owner in [Some(one), Some(two), None] {
        let upload = Upload { owner, ..house.upload(&good_sheet(&origin).await) };
        ids.push(house.engine.submit(upload).await.unwrap().id);
    }
    receiver.until_accepted("/admin", 9).await;
    for (path, id) in [("/one", ids[0]), ("/two", ids[1])] {
        let calls = receiver.until_accepted(path, 3).await;
        assert!(calls.iter().all(|call| call.request() == id.to_string()), "{path}");
    }
    assert_eq!((receiver.calls("/one").len(), receiver.calls("/two").len()), (3, 3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_belongs_to_another_key_is_not_there() {
    let (house, origin, receiver) =
        (quick_house(10).await, Origin::start().await, Receiver::start().await);
    let (one, two) = (key(&house).await, key(&house).await);
    let id = endpoint_of(&house, one, Sight::Of(one), &receiver.url("/one")).await.id;
    let upload = Upload {
        owner: Some(one),
        hook: Some(receiver.url("/mine").parse().unwrap()),
        ..house.upload(&good_sheet(&origin).await)
    };
    let request = house.engine.submit(upload).await.unwrap().id;
    receiver.until_accepted("/one", 3).await;
    receiver.until_accepted("/mine", 3).await;
    let (webhooks, other) = (house.engine.webhooks(), Sight::Of(two));
    let message = webhooks.deliveries(Sight::Of(one), id, None, 1).await.unwrap()[0].1.message;
    let refusals = [
        webhooks.show(other, id).await.err(),
        webhooks.update(other, id, Change::default()).await.err(),
        webhooks.rotate(other, id).await.err(),
        webhooks.test(other, id).await.err(),
        webhooks.deliveries(other, id, None, 10).await.err(),
        webhooks.redeliver(other, id, message).await.err(),
        webhooks.remove(other, id).await.err(),
        webhooks.deliveries(other, request.into(), None, 10).await.err(),
        webhooks.redeliver(other, request.into(), message).await.err(),
    ];
    for (n, refusal) in refusals.into_iter().enumerate() {
        assert!(matches!(refusal, Some(WebhookError::NotFound(_))), "{n}: {refusal:?}");
    }
    assert_eq!(webhooks.list(other, None, 10).await.unwrap(), []);
    assert_eq!(webhooks.list(Sight::Of(one), None, 10).await.unwrap().len(), 1);
    assert_eq!(webhooks.list(Sight::All, None, 10).await.unwrap().len(), 1);
    assert_eq!(
        webhooks.deliveries(Sight::Of(one), request.into(), None, 9).await.unwrap().len(),
        3
    );
}
