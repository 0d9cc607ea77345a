//! Keys are made, changed and checked, by several processes at once.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::Fixture;
use crate::{
    model::{Caller, KeyId, KeyState, KeyToken, NewKey, Refused, Role},
    store::{KEYS_FRESH, Keys, StoreError},
};

/// What may pass beyond the documented time before a slow machine has noticed.
const TOLERANCE: Duration = Duration::from_secs(10);

fn new(role: Role, life: Option<Duration>) -> NewKey {
    NewKey { name: "shop".parse().unwrap(), role, life }
}

async fn refusal(keys: &Keys, token: &KeyToken) -> Option<Refused> {
    match keys.check(token).await {
        Ok(_) => None,
        Err(StoreError::Refused(refused)) => Some(refused),
        Err(error) => panic!("{error}"),
    }
}

/// Waits until a process refuses a token; fails where that takes longer than it may.
async fn until_refused(keys: &Keys, token: &KeyToken) -> Refused {
    let begun = Instant::now();
    loop {
        if let Some(refused) = refusal(keys, token).await {
            return refused;
        }
        assert!(begun.elapsed() < KEYS_FRESH + TOLERANCE, "it is still let in");
        sleep(Duration::from_millis(20)).await;
    }
}

pub(in crate::store) async fn a_key_lets_its_bearer_in_after_a_restart_too(fixture: impl Fixture) {
    let keys = Keys::new(fixture.store());
    assert!(!keys.exist().await.unwrap());
    let (key, token) = keys.add(new(Role::Uploader, None)).await.unwrap();
    assert!(keys.exist().await.unwrap(), "who made it knows at once");
    let caller = Caller::Key { id: key.id, role: Role::Uploader };
    assert_eq!(keys.check(&token).await.unwrap(), caller);
    drop(keys);
    let fixture = fixture.reopened().await;
    let keys = Keys::new(fixture.store());
    assert!(keys.exist().await.unwrap());
    assert_eq!(keys.check(&token).await.unwrap(), caller);
    assert_eq!(keys.show(key.id).await.unwrap(), key);
}

pub(in crate::store) async fn a_token_that_no_key_has_is_refused(fixture: impl Fixture) {
    let keys = Keys::new(fixture.store());
    let (key, token) = keys.add(new(Role::Admin, None)).await.unwrap();
    for id in [key.id, KeyId::fresh()] {
        let invented = KeyToken::fresh(id, &mut rand::rng());
        assert_eq!(refusal(&keys, &invented).await, Some(Refused::Unknown));
        assert!(!keys.is_known(&invented), "its key may be known: it is not");
    }
    assert!(keys.is_known(&token), "its key was looked up");
}

pub(in crate::store) async fn a_key_expires_by_the_clock_of_the_store(fixture: impl Fixture) {
    let keys = Keys::new(fixture.store());
    let life = Duration::from_millis(300);
    let (key, token) = keys.add(new(Role::Uploader, Some(life))).await.unwrap();
    let refused = until_refused(&keys, &token).await;
    let end = key.expires_at.unwrap();
    assert_eq!(refused, Refused::Expired(end));
    assert_eq!(end, key.created_at.after(life));
    assert!(keys.now().await.unwrap() >= end);
    assert!(matches!(keys.rotate(key.id, life).await, Err(StoreError::Refused(_))));
}

pub(in crate::store) async fn a_revoked_key_is_soon_refused_by_every_process(
    fixture: impl Fixture,
) {
    let (here, there) = (Keys::new(fixture.store()), Keys::new(fixture.store()));
    let (key, token) = here.add(new(Role::Uploader, None)).await.unwrap();
    for keys in [&here, &there] {
        keys.check(&token).await.unwrap();
    }
    let revoked = here.revoke(key.id).await.unwrap();
    assert!(matches!(refusal(&here, &token).await, Some(Refused::Revoked(_))), "at once");
    assert!(matches!(until_refused(&there, &token).await, Refused::Revoked(_)));
    let again = there.revoke(key.id).await.unwrap();
    assert_eq!(again.state, revoked.state);
    assert_ne!(again.state, KeyState::Given);
}

pub(in crate::store) async fn the_first_key_is_soon_known_to_every_process(fixture: impl Fixture) {
    let (here, there) = (Keys::new(fixture.store()), Keys::new(fixture.store()));
    assert!(!there.exist().await.unwrap());
    here.add(new(Role::Admin, None)).await.unwrap();
    let begun = Instant::now();
    while !there.exist().await.unwrap() {
        assert!(begun.elapsed() < KEYS_FRESH + TOLERANCE);
        sleep(Duration::from_millis(20)).await;
    }
}

pub(in crate::store) async fn a_rotated_key_takes_the_new_token_at_once_and_the_former_for_its_grace(
    fixture: impl Fixture,
) {
    let (here, there) = (Keys::new(fixture.store()), Keys::new(fixture.store()));
    let (key, first) = here.add(new(Role::Uploader, None)).await.unwrap();
    there.check(&first).await.unwrap();
    let (_, second) = here.rotate(key.id, Duration::from_secs(600)).await.unwrap();
    for keys in [&here, &there] {
        for token in [&first, &second] {
            assert_eq!(keys.check(token).await.unwrap().owner(), Some(key.id));
        }
    }
    let (_, third) = here.rotate(key.id, Duration::ZERO).await.unwrap();
    there.check(&third).await.unwrap();
    for token in [&first, &second] {
        assert_eq!(refusal(&here, token).await, Some(Refused::Unknown));
        assert_eq!(refusal(&there, token).await, Some(Refused::Unknown));
    }
}

pub(in crate::store) async fn keys_are_listed_newest_first_a_page_at_a_time(fixture: impl Fixture) {
    let keys = Keys::new(fixture.store());
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(keys.add(new(Role::Viewer { of: None }, None)).await.unwrap().0.id);
    }
    ids.sort();
    ids.reverse();
    let page = async |before, limit| -> Vec<KeyId> {
        keys.list(before, limit).await.unwrap().iter().map(|key| key.id).collect()
    };
    assert_eq!(page(None, 2).await, ids[..2]);
    assert_eq!(page(Some(ids[1]), 2).await, ids[2..]);
}

pub(in crate::store) async fn what_is_done_to_a_key_that_is_not_there_says_so(
    fixture: impl Fixture,
) {
    let keys = Keys::new(fixture.store());
    let nobody = KeyId::fresh();
    let viewer = new(Role::Viewer { of: Some(nobody) }, None);
    let answers = [
        keys.show(nobody).await.map(drop),
        keys.revoke(nobody).await.map(drop),
        keys.rotate(nobody, Duration::ZERO).await.map(drop),
        keys.add(viewer).await.map(drop),
    ];
    for answer in answers {
        assert!(matches!(answer, Err(StoreError::NoKey(id)) if id == nobody), "{answer:?}");
    }
    assert!(!keys.exist().await.unwrap());
}
