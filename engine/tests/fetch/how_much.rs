//! How many bytes a download may bring.

use std::{io::Read, time::Duration};

use futures_util::future::join_all;
use pixmill_engine::{fetch::Limits, model::FailureCode};
use tokio::time::timeout;

use crate::{Answer, Origin, SHORT, assert_failure, failure, fetch, fetcher, gzip, jpeg, limits};

fn at_most_one_mib() -> Limits {
    Limits { max_source_bytes: 1024 * 1024, ..limits() }
}

#[tokio::test]
async fn a_body_that_says_it_is_too_large_is_not_read() {
    let answer = Answer::ok(jpeg(2_000_000)).stall_after(0);
    let failure = failure(at_most_one_mib(), answer).await;
    assert_failure(&failure, FailureCode::SourceTooLarge, "larger than 1 MiB");
}

#[tokio::test]
async fn a_body_without_an_end_is_cut_at_the_limit() {
    let failure = failure(at_most_one_mib(), Answer::endless(jpeg(10_000))).await;
    assert_failure(&failure, FailureCode::SourceTooLarge, "larger than 1 MiB");
}

#[tokio::test]
async fn a_gzip_bomb_is_cut_at_the_limit() {
    let bomb = gzip(std::io::repeat(0).take(50 * 1024 * 1024));
    assert!(bomb.len() < 100_000);
    let answer = Answer::ok(bomb).header("Content-Encoding", "gzip");
    let failure = failure(at_most_one_mib(), answer).await;
    assert_failure(&failure, FailureCode::SourceTooLarge, "larger than 1 MiB");
}

#[tokio::test]
async fn sources_larger_than_the_whole_memory_come_one_at_a_time() {
    let origin = Origin::start().await;
    origin.serve("/told.jpg", [Answer::ok(jpeg(3_000_000))]);
    origin.serve("/untold.jpg", [Answer::ok(jpeg(3_000_000)).chunked()]);
    let fetcher = fetcher(Limits { memory_bytes: 1024 * 1024, ..limits() });
    let all = (0..12).map(|n| {
        let url = origin.url(if n % 2 == 0 { "/told.jpg" } else { "/untold.jpg" });
        let fetcher = fetcher.clone();
        async move { fetch(&fetcher, &url).await.map(|source| source.bytes.len()) }
    });
    for length in join_all(all).await {
        assert_eq!(length.unwrap(), 3_000_000);
    }
}

#[tokio::test]
async fn a_small_source_of_untold_length_keeps_no_more_memory_than_it_needs() {
    let origin = Origin::start().await;
    origin.serve("/small.jpg", [Answer::ok(jpeg(900)).chunked()]);
    origin.serve("/large.jpg", [Answer::ok(jpeg(1_000_000))]);
    let fetcher = fetcher(Limits { memory_bytes: 1024 * 1024, ..limits() });
    let _small = fetch(&fetcher, &origin.url("/small.jpg")).await.unwrap();
    assert!(fetch(&fetcher, &origin.url("/large.jpg")).await.is_ok());
}

#[tokio::test]
async fn a_body_that_outgrows_the_memory_waits_for_the_one_that_did_before() {
    let origin = Origin::start().await;
    let mib = 1024 * 1024;
    origin.serve("/told.jpg", [Answer::ok(jpeg(mib))]);
    origin.serve("/untold.jpg", [Answer::ok(jpeg(3 * mib)).chunked()]);
    let whole = Duration::from_secs(1);
    let limits = Limits { memory_bytes: 2 * mib as u64, whole, max_tries: 1, ..limits() };
    let fetcher = fetcher(limits);
    let told = fetch(&fetcher, &origin.url("/told.jpg")).await.unwrap();
    let overdrawn = fetch(&fetcher, &origin.url("/untold.jpg")).await.unwrap();
    drop(told);
    let url = origin.url("/untold.jpg");
    let waiting = fetch(&fetcher, &url);
    tokio::pin!(waiting);
    assert!(timeout(whole + SHORT, &mut waiting).await.is_err(), "it waits for the first");
    drop(overdrawn);
    assert_eq!(waiting.await.unwrap().bytes.len(), 3 * mib);
}

#[tokio::test]
async fn waiting_for_memory_is_not_held_against_a_download() {
    let origin = Origin::start().await;
    origin.serve("/a.jpg", [Answer::ok(jpeg(1_000_000))]);
    let whole = Duration::from_secs(1);
    let limits = Limits { memory_bytes: 1_000_000, whole, stalled: whole, ..limits() };
    let fetcher = fetcher(limits);
    let first = fetch(&fetcher, &origin.url("/a.jpg")).await.unwrap();
    let url = origin.url("/a.jpg");
    let second = fetch(&fetcher, &url);
    tokio::pin!(second);
    assert!(timeout(whole + SHORT, &mut second).await.is_err(), "it waits for the first");
    drop(first);
    assert_eq!(second.await.unwrap().bytes.len(), 1_000_000);
    assert_eq!(origin.hits("/a.jpg"), 2);
}
