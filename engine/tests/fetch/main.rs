//! Downloads over real sockets, from an origin that behaves and misbehaves as it is told.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{io::Read, time::Duration};

use flate2::{Compression, read::GzEncoder};
use pixmill_engine::{
    fetch::{Access, FetchError, Fetcher, Guard, Limits, Source},
    model::{Failure, FailureCode, Link},
    sheet::Links,
};
use tokio::time::timeout;
use url::Url;

#[path = "../support/origin.rs"]
mod origin;

mod what_comes;
mod how_much;
mod how_long;
mod what_breaks;
mod tries;
mod redirects;
mod unchanged;
mod addresses;
mod files;

use origin::{Answer, Origin};

/// Longer than any test takes: what waits for it hangs.
const HANGS: Duration = Duration::from_secs(60);

const SHORT: Duration = Duration::from_millis(100);

/// Bytes that begin as a JPEG does.
fn jpeg(length: usize) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10];
    bytes.extend((6..length).map(|n| (n % 251) as u8));
    bytes.truncate(length);
    bytes
}

/// The defaults, but for waits between tries that take no time.
fn limits() -> Limits {
    Limits { backoff: Duration::from_millis(1), ..Limits::default() }
}

/// Lets through the address that origins listen on, and nothing else of the kind.
fn guard() -> Guard {
    Guard::new(Access { allowed: vec!["127.0.0.1/32".parse().unwrap()], ..Access::default() })
}

fn fetcher(limits: Limits) -> Fetcher {
    Fetcher::new(limits, guard(), Links::Web).unwrap()
}

fn link(url: &str) -> Link {
    Link::Web(Url::parse(url).unwrap())
}

async fn fetch(fetcher: &Fetcher, url: &str) -> Result<Source, FetchError> {
    timeout(HANGS, fetcher.fetch(&link(url), None)).await.expect("the download hangs")
}

/// How the download of what an origin answers fails.
async fn failure(limits: Limits, answer: Answer) -> Failure {
    let origin = Origin::start().await;
    origin.serve("/a.jpg", [answer]);
    fetch(&fetcher(limits), &origin.url("/a.jpg")).await.unwrap_err().into()
}

#[track_caller]
fn assert_failure(failure: &Failure, code: FailureCode, message: &str) {
    assert_eq!((failure.code, failure.message.as_str()), (code, message));
}

/// Packs bytes as tightly as gzip can.
fn gzip(bytes: impl Read) -> Vec<u8> {
    let mut packed = Vec::new();
    GzEncoder::new(bytes, Compression::best()).read_to_end(&mut packed).unwrap();
    packed
}
