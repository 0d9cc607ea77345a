//! How long a download may take, and how many may run at a time.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use pixmill_engine::{fetch::Limits, model::FailureCode};
use tokio::sync::Barrier;

use crate::{Answer, Origin, SHORT, assert_failure, failure, fetch, fetcher, jpeg, limits};

#[tokio::test]
async fn a_server_that_never_answers_is_left_in_the_end() {
    let failure = failure(Limits { whole: SHORT, ..limits() }, Answer::silent()).await;
    assert_failure(&failure, FailureCode::Timeout, "no answer within 0.1 s");
    assert!(failure.is_retryable);
}

#[tokio::test]
async fn a_server_that_takes_a_connection_and_is_silent_is_left_as_a_body_that_stands_still() {
    let limits = Limits { stalled: SHORT, max_tries: 1, ..limits() };
    let failure = failure(limits, Answer::silent()).await;
    assert_failure(&failure, FailureCode::Timeout, "no answer within 0.1 s");
    assert_eq!(failure.reason, "no answer within 0.1 s");
}

#[tokio::test]
async fn a_server_that_was_silent_once_is_asked_again() {
    let origin = Origin::start().await;
    origin.serve("/a.jpg", [Answer::silent(), Answer::ok(jpeg(900))]);
    let fetcher = fetcher(Limits { stalled: 5 * SHORT, ..limits() });
    assert!(fetch(&fetcher, &origin.url("/a.jpg")).await.is_ok());
    assert_eq!(origin.hits("/a.jpg"), 2);
}

#[tokio::test]
async fn a_body_that_stands_still_is_left() {
    let answer = Answer::ok(jpeg(1_900_000)).stall_after(6_000);
    let failure = failure(Limits { stalled: 5 * SHORT, max_tries: 1, ..limits() }, answer).await;
    let message = "stood still for 0.5 s after 6.0 KB of 1.9 MB";
    assert_failure(&failure, FailureCode::Stalled, message);
}

#[tokio::test]
async fn a_body_that_drips_is_left_although_bytes_come_and_is_not_said_to_stand_still() {
    let answer = Answer::ok(jpeg(5_000)).drip(Duration::from_millis(5));
    let failure = failure(Limits { stalled: 5 * SHORT, max_tries: 1, ..limits() }, answer).await;
    assert_eq!(failure.code, FailureCode::Stalled);
    let (said, so_far) = failure.message.split_once(" after ").unwrap();
    assert_eq!(said, "slower than 1.0 KB a second for 0.5 s");
    assert!(so_far.ends_with(" of 5.0 KB") && !so_far.starts_with("0 "), "{so_far}");
    assert_eq!(failure.reason, "too slow");
}

#[tokio::test]
async fn a_body_that_does_not_end_in_time_is_left() {
    let answer = Answer::ok(jpeg(1_900_000)).stall_after(6_000);
    let failure = failure(Limits { whole: 10 * SHORT, ..limits() }, answer).await;
    let message = "not complete within 1 s: 6.0 KB of 1.9 MB came";
    assert_failure(&failure, FailureCode::Timeout, message);
    assert_eq!(failure.reason, "too slow");
}

#[tokio::test]
async fn no_more_downloads_run_at_a_host_than_is_polite() {
    let origin = Origin::start().await;
    // Three have to wait together for any of them to be answered, so three do run at a time.
    let gate = Arc::new(Barrier::new(3));
    origin.serve("/a.jpg", [Answer::ok(jpeg(900)).behind(&gate)]);
    let fetcher = fetcher(Limits { per_host: 3, ..limits() });
    let url = origin.url("/a.jpg");
    let all = join_all((0..12).map(|_| fetch(&fetcher, &url))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(origin.busiest(), 3);
}

#[tokio::test]
async fn no_more_downloads_run_in_all_than_is_allowed() {
    let (one, other) = (Origin::start().await, Origin::start().await);
    let fetcher = fetcher(Limits { per_host: 9, connections: 2, ..limits() });
    let gate = Arc::new(Barrier::new(2));
    let mut urls = Vec::new();
    for origin in [&one, &other] {
        origin.serve("/a.jpg", [Answer::ok(jpeg(900)).behind(&gate)]);
        urls.extend((0..4).map(|_| origin.url("/a.jpg")));
    }
    let all = join_all(urls.iter().map(|url| fetch(&fetcher, url))).await;
    assert!(all.iter().all(Result::is_ok));
    assert!(one.busiest().max(other.busiest()) <= 2);
}
