//! Whoever has no good key any more hears nothing any more.

use pixmill_engine::{
    Upload,
    model::{DeadBecause, DisabledBecause, ReceiverState},
    webhook::{Change, WebhookError},
};

use super::*;

async fn is_disabled(house: &House, id: EndpointId, wanted: DisabledBecause) -> bool {
    let shown = house.engine.webhooks().show(Sight::All, id).await.unwrap();
    let listed = house.engine.webhooks().list(Sight::All, None, 100).await.unwrap();
    let is = matches!(shown.receiver.state, ReceiverState::Disabled { because, .. } if because == wanted);
    // A key that is over stays so; one that is good may be over by the time of the second look.
    assert!(!is || listed.contains(&shown));
    is
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_endpoints_of_a_revoked_key_hear_nothing_more_and_say_why() {
    let (house, origin, receiver) =
        (quick_house(10_000).await, Origin::start().await, Receiver::start().await);
    let webhooks = house.engine.webhooks();
    let (one, admin, other) = (key(&house).await, key(&house).await, key(&house).await);
    let paths = ["/one", "/admin", "/hook"];
    paths.iter().for_each(|path| receiver.behave(path, [Manner::Answer(500)]));
    let mut made = Vec::new();
    for (owner, sight, path) in [
        (one, Sight::Of(one), "/one"),
        (admin, Sight::All, "/admin"),
        (other, Sight::Of(other), "/other"),
    ] {
        let created = webhooks.create(Some(owner), sight, draft(&receiver.url(path))).await;
        made.push(created.unwrap().0);
    }
    let sheet = good_sheet(&origin).await;
    let upload = Upload {
        owner: Some(one),
        hook: Some(receiver.url("/hook").parse().unwrap()),
        ..house.upload(&sheet)
    };
    let request = house.engine.submit(upload).await.unwrap().id;
    house.until_ended(request).await;
    for path in paths {
        receiver.until(path, |calls| !calls.is_empty()).await;
    }

    for owner in [one, admin] {
        house.engine.revoke_key(owner).await.unwrap();
    }
    let ids = [made[0].id, made[1].id, request.into()];
    let ended = DeadBecause::Disabled(DisabledBecause::KeyRevoked);
    let has_ended = |(_, delivery): &About| matches!(delivery.state, DeliveryState::Dead { because, .. } if because == ended);
    let mut messages = Vec::new();
    for id in ids {
        let listed = until_deliveries(&house, id, |all| all.iter().all(has_ended)).await;
        messages.push(listed[0].1.message);
    }
    let calls = paths.map(|path| receiver.calls(path).len());
    paths.iter().for_each(|path| receiver.behave(path, [Manner::Answer(200)]));
    for owner in [one, other] {
        let id = house.submit_for(owner, &sheet).await;
        house.until_ended(id).await;
    }
    receiver.until_accepted("/other", 3).await;
    for (id, message) in ids.into_iter().zip(messages) {
        let refused = webhooks.redeliver(Sight::All, id, message).await;
        assert!(matches!(refused, Err(WebhookError::KeyOver(_))), "{refused:?}");
    }
    for endpoint in &made[..2] {
        let refused = webhooks.test(Sight::All, endpoint.id).await;
        assert!(matches!(refused, Err(WebhookError::KeyOver(_))), "{refused:?}");
    }
    assert_eq!(paths.map(|path| receiver.calls(path).len()), calls);
    for endpoint in &made[..2] {
        assert!(is_disabled(&house, endpoint.id, DisabledBecause::KeyRevoked).await);
        let enable = Change { is_enabled: Some(true), ..Change::default() };
        let refused = webhooks.update(Sight::All, endpoint.id, enable).await;
        assert!(matches!(refused, Err(WebhookError::KeyOver(_))), "{refused:?}");
    }
    assert!(webhooks.show(Sight::All, made[2].id).await.unwrap().receiver.is_enabled());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_expires_takes_its_endpoints_with_it_and_one_that_is_rotated_does_not() {
    let (house, receiver) = (quick_house(10).await, Receiver::start().await);
    let webhooks = house.engine.webhooks();
    let keys = house.engine.keys();
    let new = |life| NewKey { name: "shop".parse().unwrap(), role: Role::Uploader, life };
    let (brief, _) = keys.add(new(Some(Duration::from_millis(100)))).await.unwrap();
    let (rotated, _) = keys.add(new(None)).await.unwrap();
    let url = receiver.url("/hook");
    let mut ids = Vec::new();
    for key in [brief.id, rotated.id] {
        let made = webhooks.create(Some(key), Sight::Of(key), draft(&url)).await.unwrap();
        ids.push(made.0.id);
    }
    keys.rotate(rotated.id, Duration::ZERO).await.unwrap();
    let disabled = tokio::time::timeout(house::PATIENCE, async {
        while !is_disabled(&house, ids[0], DisabledBecause::KeyExpired).await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    disabled.await.unwrap();
    assert!(webhooks.show(Sight::All, ids[1]).await.unwrap().receiver.is_enabled());
}
