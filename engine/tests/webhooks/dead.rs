//! Receivers that take every call and never answer delay nobody else.

use std::time::Instant;

use pixmill_engine::Upload;

use super::*;

/// Much longer than anything that does not wait for a dead receiver, and shorter than one of its
/// tries.
const AT_ONCE: Duration = Duration::from_secs(8);

/// An engine with little room, whose tries take long enough to be noticed.
async fn narrow_house(at_once: usize, per_host: usize) -> House {
    quick_house_with(1_000, |config| {
        config.webhooks.timeout = Duration::from_secs(20);
        config.webhooks.at_once = at_once;
        config.webhooks.per_host = per_host;
    })
    .await
}

async fn endpoint_of(house: &House, owner: KeyId, url: &str) {
    let made = house.engine.webhooks().create(Some(owner), Sight::Of(owner), draft(url)).await;
    made.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dozens_of_hosts_whose_last_try_failed_delay_no_other() {
    let (house, origin) = (narrow_house(16, 8).await, Origin::start().await);
    let receiver = Receiver::start().await;
    let mut dead = Vec::new();
    for _ in 0..36 {
        let host = Receiver::start().await;
        host.behave("/hook", [Manner::Answer(500), Manner::Silent]);
        endpoint(&house, &host.url("/hook")).await;
        dead.push(host);
    }
    let sheet = good_sheet(&origin).await;
    done(&house, &sheet).await;
    for host in &dead {
        host.until("/hook", |calls| !calls.is_empty()).await;
    }
    endpoint(&house, &receiver.url("/hook")).await;
    let begun = Instant::now();
    for _ in 0..5 {
        done(&house, &sheet).await;
    }
    receiver.until_accepted("/hook", 15).await;
    assert!(begun.elapsed() < AT_ONCE, "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hosts_that_are_dead_from_the_beginning_are_tried_once_at_a_time() {
    let (house, origin) = (narrow_house(32, 8).await, Origin::start().await);
    let receiver = Receiver::start().await;
    let mut dead = Vec::new();
    for _ in 0..20 {
        let host = Receiver::start().await;
        host.behave("/hook", [Manner::Silent]);
        endpoint(&house, &host.url("/hook")).await;
        dead.push(host);
    }
    let sheet = good_sheet(&origin).await;
    let begun = Instant::now();
    for _ in 0..5 {
        done(&house, &sheet).await;
    }
    for host in &dead {
        host.until("/hook", |calls| !calls.is_empty()).await;
    }
    endpoint(&house, &receiver.url("/hook")).await;
    done(&house, &sheet).await;
    receiver.until_accepted("/hook", 3).await;
    assert!(begun.elapsed() < AT_ONCE, "{:?}", begun.elapsed());
    assert!(dead.iter().all(|host| host.calls("/hook").len() == 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hosts_that_answered_and_die_together_delay_others_for_no_more_than_a_moment() {
    let (house, origin) = (narrow_house(8, 8).await, Origin::start().await);
    let receiver = Receiver::start().await;
    let mut dead = Vec::new();
    for _ in 0..4 {
        let host = Receiver::start().await;
        endpoint(&house, &host.url("/hook")).await;
        dead.push(host);
    }
    let sheet = good_sheet(&origin).await;
    done(&house, &sheet).await;
    for host in &dead {
        host.until_accepted("/hook", 3).await;
        host.behave("/hook", [Manner::Silent]);
    }
    let begun = Instant::now();
    for _ in 0..9 {
        done(&house, &sheet).await;
    }
    let calls = || dead.iter().map(|host| host.calls("/hook").len() - 3).sum::<usize>();
    dead[0].until("/hook", |_| calls() >= 8).await;
    endpoint(&house, &receiver.url("/hook")).await;
    done(&house, &sheet).await;
    receiver.until_accepted("/hook", 3).await;
    assert!(begun.elapsed() < AT_ONCE, "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_owner_does_to_a_host_is_no_concern_of_another() {
    let (house, origin) = (narrow_house(64, 2).await, Origin::start().await);
    let receiver = Receiver::start().await;
    let (one, two) = (key(&house).await, key(&house).await);
    for path in ["/a", "/b", "/c"] {
        receiver.behave(path, [Manner::Silent]);
        endpoint_of(&house, one, &receiver.url(path)).await;
    }
    endpoint_of(&house, two, &receiver.url("/mine")).await;
    let sheet = good_sheet(&origin).await;
    let begun = Instant::now();
    for _ in 0..5 {
        house.submit_for(one, &sheet).await;
    }
    receiver
        .until("/a", |_| ["/a", "/b", "/c"].iter().any(|at| !receiver.calls(at).is_empty()))
        .await;
    let upload = Upload { owner: Some(two), ..house.upload(&sheet) };
    house.engine.submit(upload).await.unwrap();
    receiver.until_accepted("/mine", 3).await;
    assert!(begun.elapsed() < AT_ONCE, "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_path_that_is_dead_leaves_room_for_others_of_its_owner_and_host() {
    let (house, origin) = (narrow_house(64, 4).await, Origin::start().await);
    let receiver = Receiver::start().await;
    receiver.behave("/dead", [Manner::Silent]);
    endpoint(&house, &receiver.url("/dead")).await;
    let sheet = good_sheet(&origin).await;
    let begun = Instant::now();
    for _ in 0..8 {
        house.submit(&sheet).await;
    }
    receiver.until("/dead", |calls| !calls.is_empty()).await;
    endpoint(&house, &receiver.url("/mine")).await;
    done(&house, &sheet).await;
    receiver.until_accepted("/mine", 3).await;
    assert!(begun.elapsed() < AT_ONCE, "{:?}", begun.elapsed());
    assert_eq!(receiver.calls("/dead").len(), 1);
}
