//! When a download is tried again.

use pixmill_engine::{
    fetch::{Limits, Source},
    model::{Failure, FailureCode},
};
use tokio::time::timeout;

use crate::{Answer, Origin, SHORT, assert_failure, failure, fetch, fetcher, jpeg, limits};

/// How a path that is answered so ends, and how often it was asked for.
async fn tried(answers: Vec<Answer>) -> (Result<Source, Failure>, usize) {
    let origin = Origin::start().await;
    origin.serve("/a.jpg", answers);
    let fetched = fetch(&fetcher(limits()), &origin.url("/a.jpg")).await;
    (fetched.map_err(Failure::from), origin.hits("/a.jpg"))
}

#[tokio::test]
async fn what_is_not_there_is_asked_for_once() {
    let (fetched, tries) = tried(vec![Answer::status(404)]).await;
    let failure = fetched.unwrap_err();
    assert_failure(&failure, FailureCode::HttpStatus, "HTTP 404");
    assert!(!failure.is_retryable);
    assert_eq!(tries, 1);
}

#[tokio::test]
async fn a_server_that_is_busy_twice_is_asked_a_third_time() {
    let busy = Answer::status(503);
    let (fetched, tries) = tried(vec![busy.clone(), busy, Answer::ok(jpeg(900))]).await;
    assert!(fetched.is_ok());
    assert_eq!(tries, 3);
}

#[tokio::test]
async fn a_server_that_stays_busy_is_asked_four_times() {
    let (fetched, tries) = tried(vec![Answer::status(503)]).await;
    let failure = fetched.unwrap_err();
    assert_failure(&failure, FailureCode::HttpStatus, "HTTP 503, tried 4 times");
    assert_eq!(failure.reason, "HTTP 503");
    assert!(failure.is_retryable);
    assert_eq!(tries, 4);
}

#[tokio::test]
async fn a_server_that_asks_for_a_short_rest_gets_it() {
    let rest = Answer::status(429).header("Retry-After", "0");
    let (fetched, tries) = tried(vec![rest, Answer::ok(jpeg(900))]).await;
    assert!(fetched.is_ok());
    assert_eq!(tries, 2);
}

#[tokio::test]
async fn a_server_that_asks_for_a_long_rest_is_not_asked_again() {
    let (fetched, tries) = tried(vec![Answer::status(429).header("Retry-After", "3600")]).await;
    assert_failure(&fetched.unwrap_err(), FailureCode::HttpStatus, "HTTP 429");
    assert_eq!(tries, 1);
}

#[tokio::test]
async fn a_connection_that_breaks_is_made_again() {
    let image = jpeg(9_000);
    let cut_off = Answer::ok(image.clone()).cut_off_after(5_000);
    let (fetched, tries) = tried(vec![Answer::hang_up(), cut_off, Answer::ok(image)]).await;
    assert_eq!(fetched.unwrap().bytes.len(), 9_000);
    assert_eq!(tries, 3);
}

#[tokio::test]
async fn while_a_download_waits_for_its_next_try_another_may_run() {
    let origin = Origin::start().await;
    origin.serve("/busy.jpg", [Answer::status(503).header("Retry-After", "60")]);
    origin.serve("/a.jpg", [Answer::ok(jpeg(900))]);
    let fetcher = fetcher(Limits { connections: 1, ..limits() });
    let (busy, other) = (origin.url("/busy.jpg"), origin.url("/a.jpg"));
    let waiting = fetch(&fetcher, &busy);
    tokio::pin!(waiting);
    while origin.hits("/busy.jpg") == 0 {
        assert!(timeout(SHORT, &mut waiting).await.is_err());
    }
    tokio::select! {
        _ = &mut waiting => panic!("it waits for a minute"),
        other = fetch(&fetcher, &other) => assert!(other.is_ok()),
    }
}

#[tokio::test]
async fn an_answer_without_an_image_is_not_taken_for_one() {
    for (status, message) in [
        (204, "HTTP 204, which brings no bytes"),
        (206, "HTTP 206, only a part of the bytes"),
        (300, "HTTP 300"),
    ] {
        let failure = failure(limits(), Answer::status(status)).await;
        assert_failure(&failure, FailureCode::HttpStatus, message);
    }
}
