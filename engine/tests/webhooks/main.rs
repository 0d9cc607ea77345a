//! Webhooks from end to end: an engine, and receivers on real sockets.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../support/deployment.rs"]
#[expect(dead_code, reason = "one that all tests share will do")]
mod deployment;
#[path = "../support/house.rs"]
#[expect(dead_code, reason = "images are looked at elsewhere")]
mod house;
#[path = "../support/origin.rs"]
#[expect(dead_code, reason = "no image misbehaves here")]
mod origin;
#[path = "../support/receiver.rs"]
mod receiver;

mod arrive;
mod dead;
mod endpoints;
mod fail;
mod keys;
mod shared;
mod tenants;

use std::time::Duration;

use house::{House, picture, sheet};
use origin::{Answer, Origin};
use pixmill_engine::{
    Config,
    model::{
        DeliveryState, Endpoint, EndpointId, EventType, KeyId, NewKey, RequestId, Role, Sight,
    },
    webhook::{About, Draft, Secret},
};
use receiver::{Call, Manner, Receiver};

/// An engine that tries again after a moment, at most `tries` times in all.
async fn quick_house(tries: usize) -> House {
    quick_house_with(tries, |_| {}).await
}

async fn quick_house_with(tries: usize, change: impl FnOnce(&mut Config)) -> House {
    House::open_with(|config| {
        config.webhooks.schedule.waits = vec![Duration::from_millis(20); tries - 1];
        change(config);
    })
    .await
}

fn draft(url: &str) -> Draft {
    Draft {
        name: "test".parse().unwrap(),
        url: url.parse().unwrap(),
        events: EventType::REQUEST.to_vec(),
        is_enabled: true,
    }
}

/// Makes an endpoint that hears of everything.
async fn endpoint(house: &House, url: &str) -> (Endpoint, Secret) {
    house.engine.webhooks().create(None, Sight::All, draft(url)).await.unwrap()
}

/// Makes a key that can hand in sheets.
async fn key(house: &House) -> KeyId {
    let new = NewKey { name: "shop".parse().unwrap(), role: Role::Uploader, life: None };
    house.engine.keys().add(new).await.unwrap().0.id
}

/// A sheet with one image that is there.
async fn good_sheet(origin: &Origin) -> String {
    origin.serve("/mug.png", [Answer::ok(picture(1))]);
    sheet([vec![origin.url("/mug.png")]].iter().map(Vec::as_slice))
}

/// A sheet with one image that is not there.
fn bad_sheet(origin: &Origin) -> String {
    sheet([vec![origin.url("/missing.png")]].iter().map(Vec::as_slice))
}

fn events(calls: &[Call]) -> Vec<String> {
    calls.iter().map(Call::event).collect()
}

/// Waits until the deliveries of an endpoint are as they should be; the newest comes first.
async fn until_deliveries(
    house: &House,
    endpoint: EndpointId,
    is_so: impl Fn(&[About]) -> bool,
) -> Vec<About> {
    for _ in 0..6_000 {
        let listed = house.engine.webhooks().deliveries(Sight::All, endpoint, None, 100);
        let listed = listed.await.unwrap();
        if is_so(&listed) {
            return listed;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the deliveries of {endpoint} are not as they should be")
}

fn is_dead(about: &About) -> bool {
    matches!(about.1.state, DeliveryState::Dead { .. })
}

/// Hands a sheet in and waits until it is done.
async fn done(house: &House, sheet: &str) -> RequestId {
    let id = house.submit(sheet).await;
    house.until_ended(id).await;
    id
}
