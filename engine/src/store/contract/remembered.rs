//! What was made is remembered for so long and for so many sources.

use std::{sync::Arc, time::Duration};

use super::{Fixture, Spy, done, link};
use crate::{
    model::{
        ImageState, Recipe, Remembered, Rendition, RequestId, SourceKey, Timestamp, Validators,
    },
    store::{Kind, Memory},
};

const HOUR: Duration = Duration::from_secs(3_600);

fn key(n: usize) -> SourceKey {
    SourceKey::of_link(None, &link(n), &Recipe::default())
}

fn rendition() -> Rendition {
    match done("1-mug-1.webp") {
        ImageState::Done(rendition) => rendition,
        other @ (ImageState::Waiting | ImageState::Failed(_) | ImageState::Kept { .. }) => {
            panic!("{other:?}")
        }
    }
}

async fn remember(memory: &Memory, keys: impl IntoIterator<Item = usize>, life: Duration) {
    let remembered = |key, until: Timestamp| Remembered {
        key,
        request: RequestId::fresh(),
        rendition: rendition(),
        validators: Validators::default(),
        until,
    };
    memory.remember(keys.into_iter().map(key), remembered, life).await.unwrap();
}

pub(in crate::store) async fn what_is_too_old_is_forgotten(fixture: impl Fixture) {
    let store = fixture.store();
    let memory = Memory::new(store.clone());
    remember(&memory, 0..3, Duration::ZERO).await;
    remember(&memory, 3..5, HOUR).await;
    let then = store.now().await.unwrap();
    while store.now().await.unwrap() <= then {
        tokio::task::yield_now().await;
    }
    assert!(memory.recall(&key(0)).await.unwrap().is_none(), "it is not good any more");
    memory.trim(1_000).await.unwrap();
    assert_eq!(store.count(Kind::Remembered).await.unwrap(), 2);
    assert!(memory.recall(&key(4)).await.unwrap().is_some());
}

pub(in crate::store) async fn of_too_many_the_oldest_are_forgotten(fixture: impl Fixture) {
    let store = fixture.store();
    let memory = Memory::new(store.clone());
    // More than are forgotten in one step.
    remember(&memory, 0..1_500, HOUR).await;
    remember(&memory, 1_500..1_510, 2 * HOUR).await;
    // What is remembered again is as good as new.
    remember(&memory, [7], 3 * HOUR).await;
    memory.trim(11).await.unwrap();
    assert_eq!(store.count(Kind::Remembered).await.unwrap(), 11);
    for n in (1_500..1_510).chain([7]) {
        assert!(memory.recall(&key(n)).await.unwrap().is_some(), "{n} is gone");
    }
    memory.trim(11).await.unwrap();
    assert_eq!(store.count(Kind::Remembered).await.unwrap(), 11);
}

pub(in crate::store) async fn what_there_is_too_much_of_is_counted_once(fixture: impl Fixture) {
    let spy = Arc::new(Spy::on(fixture.store()));
    let memory = Memory::new(spy.clone());
    // As many as are forgotten in a few steps.
    remember(&memory, 0..2_500, HOUR).await;
    spy.forget();
    memory.trim(5).await.unwrap();
    let calls = spy.calls(Kind::Remembered);
    let asked = calls.iter().filter(|call| **call == "count").count();
    assert_eq!(asked, 1, "{calls:?}");
    assert_eq!(fixture.store().count(Kind::Remembered).await.unwrap(), 5);
}
