//! The whole engine: a sheet goes in, images and a sheet come out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../support/bucket.rs"]
mod bucket;
#[path = "../support/deployment.rs"]
#[expect(dead_code, reason = "one that all tests share will do")]
mod deployment;
#[path = "../support/house.rs"]
mod house;
#[path = "../support/origin.rs"]
#[expect(dead_code, reason = "each suite has its origin misbehave in its own ways")]
mod origin;

mod ends;
mod goes_on;
mod reuse;
mod twins;
mod works;

use std::time::Duration;

use house::{House, picture, sheet};
use origin::{Answer, Origin};
use tokio::time::{sleep, timeout};

/// An origin with some pictures at `/0.png`, `/1.png`, ...
async fn pictures(count: u8) -> Origin {
    let origin = Origin::start().await;
    for n in 0..count {
        origin.serve(&format!("/{n}.png"), [Answer::ok(picture(n))]);
    }
    origin
}

/// A row for each of some pictures.
fn rows(origin: &Origin, count: u8) -> Vec<Vec<String>> {
    (0..count).map(|n| vec![origin.url(&format!("/{n}.png"))]).collect()
}

fn sheet_of(rows: &[Vec<String>]) -> String {
    sheet(rows.iter().map(Vec::as_slice))
}

/// Waits until something is so.
async fn until(is_so: impl AsyncFn() -> bool) {
    let waited = async {
        while !is_so().await {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(30), waited).await.unwrap();
}
