//! Work that is interrupted goes on.

use std::time::Duration;

use super::{Answer, House, picture, pictures, rows, sheet_of};

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
