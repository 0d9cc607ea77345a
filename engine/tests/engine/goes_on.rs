//! Work that is interrupted goes on.

use std::time::Duration;

use pixmill_engine::model::KeyId;

use super::{Answer, House, Origin, picture, pictures, rows, sheet_of, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_in_hand_is_given_back_and_nothing_recorded_is_redone() {
    let (house, origin) = (House::open().await, pictures(12).await);
    for n in 6..12 {
        origin.serve(&format!("/{n}.png"), [Answer::silent(), Answer::ok(picture(n))]);
    }
    let id = house.submit(&sheet_of(&rows(&origin, 12))).await;
    house.until(id, |view| view.progress.done == 6).await;
    let house = house.reopened().await;
    let ended = house.until_ended(id).await;
    assert_eq!((ended.status.as_str(), ended.progress.done), ("completed", 12));
    for n in 0..6 {
        assert_eq!(origin.hits(&format!("/{n}.png")), 1, "picture {n}");
    }
    assert_eq!(house.images(id).len(), 12);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_has_only_so_many_batches_in_hand_even_where_there_is_room_for_more() {
    const MOST: usize = 8;
    let house = House::open_with(|config| {
        config.work.batch_images = 1;
        config.fetch.per_host = 100;
        config.fetch.connections = 100;
    })
    .await;
    let origin = pictures(3).await;
    let stuck = |n: usize| format!("/stuck{n}.png");
    (0..3 * MOST).for_each(|n| origin.serve(&stuck(n), [Answer::silent()]));
    let rows_of = |n| vec![origin.url(&stuck(n))];
    let rows_of: Vec<_> = (0..3 * MOST).map(rows_of).collect();
    let slow = house.submit(&sheet_of(&rows_of)).await;
    let asked = || (0..3 * MOST).map(|n| origin.hits(&stuck(n))).sum::<usize>();
    until(async || asked() >= MOST).await;
    // There is room for other requests, and for no more of this one.
    let other = house.submit(&sheet_of(&rows(&origin, 3))).await;
    assert_eq!(house.until_ended(other).await.status, "completed");
    assert_eq!(asked(), MOST);
    house.engine.cancel(slow).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_requests_on_a_host_that_never_answers_do_not_keep_others_waiting() {
    let house = House::open_with(|config| {
        config.work.batch_images = 1;
        config.work.batches_in_hand = 16;
        // Both are one host here, as they have one address.
        config.fetch.per_host = 100;
        config.fetch.connections = 100;
    })
    .await;
    let (silent, origin) = (Origin::start().await, pictures(3).await);
    silent.serve("/stuck.png", [Answer::silent()]);
    let stuck: Vec<_> = (0..8).map(|n| vec![silent.url(&format!("/stuck.png?{n}"))]).collect();
    let mut slow = Vec::new();
    for _ in 0..20 {
        slow.push(house.submit(&sheet_of(&stuck)).await);
    }
    for id in &slow {
        house.until(*id, |view| view.status == "processing").await;
    }
    let quick = house.submit(&sheet_of(&rows(&origin, 3))).await;
    assert_eq!(house.until_ended(quick).await.status, "completed");
    for id in slow {
        house.engine.cancel(id).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_many_requests_on_silent_hosts_leaves_room_for_other_owners() {
    let house = House::open_with(|config| {
        config.work.batches_in_hand = 4;
        config.work.most_in_hand = 8;
        config.fetch.per_host = 100;
        config.fetch.connections = 100;
    })
    .await;
    let (silent, origin) = (Origin::start().await, pictures(3).await);
    silent.serve("/stuck.png", [Answer::silent()]);
    let (busy, other) = (KeyId::fresh(), KeyId::fresh());
    let mut slow = Vec::new();
    for n in 0..20 {
        let sheet = sheet_of(&[vec![silent.url(&format!("/stuck.png?{n}"))]]);
        slow.push(house.submit_for(busy, &sheet).await);
    }
    // Half of the room and no more.
    until(async || silent.hits("/stuck.png") == 4).await;
    let quick = house.submit_for(other, &sheet_of(&rows(&origin, 3))).await;
    assert_eq!(house.until_ended(quick).await.status, "completed");
    assert_eq!(silent.hits("/stuck.png"), 4);
    for id in slow {
        house.engine.cancel(id).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_never_answers_does_not_keep_others_waiting() {
    let house = House::open_with(|config| {
        config.work.batches_in_hand = 4;
        config.work.unfinished_images = 4;
    })
    .await;
    let origin = pictures(4).await;
    let mut stuck = Vec::new();
    for n in 0..6 {
        let path = format!("/stuck{n}.png");
        origin.serve(&path, [Answer::silent()]);
        stuck.push(vec![origin.url(&path)]);
    }
    let stuck = house.submit(&sheet_of(&stuck)).await;
    house.until(stuck, |view| view.status == "processing").await;
    let other = house.submit(&sheet_of(&rows(&origin, 2))).await;
    assert_eq!(house.until_ended(other).await.status, "completed");
    house.engine.cancel(stuck).await.unwrap();
    house.engine.stop(Duration::from_secs(20)).await;
}
