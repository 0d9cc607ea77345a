//! Claims and records a second with ever more batches in the store, the codec left out.
//!
//! What a step costs must not depend on how much there is. Printed are rates, and the ratio of each
//! to that of the smallest store, all from one run; then what a request of a million images takes.
//!
//! MongoDB is measured where `PIXMILL_TEST_MONGODB_URI` or `PIXMILL_TEST_MONGODB_BIN` names one, or
//! the server is there that `make test` installs.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

#[path = "../tests/support/deployment.rs"]
#[expect(dead_code, reason = "the benchmark needs no more than a database")]
mod deployment;
#[path = "support/made_up.rs"]
mod made_up;

use std::{fs, sync::Arc, time::Instant};

use deployment::Deployment;
use made_up::{create, work_some};
use mongodb::bson::{Document, doc};
use pixmill_engine::store::{Embedded, Mongo, Requests, Store};

const SIZES: [u32; 3] = [1_000, 10_000, 100_000];
/// Batches in which the store is filled up are small, so that it takes less long.
const IMAGES: usize = 8;
/// How many batches are claimed and recorded for each measurement.
const MEASURED: u32 = 400;
const WORKERS: usize = 4;

async fn scale(name: &str, open: impl AsyncFn() -> Arc<dyn Store>) {
    println!("{name}: {MEASURED} batches claimed and recorded by {WORKERS} workers");
    let mut smallest = None;
    for size in SIZES {
        let store = open().await;
        let requests = Requests::new(Arc::clone(&store));
        let id = create(&*store, &requests, size, IMAGES).await;
        let took = work_some(&requests, id, MEASURED, IMAGES, WORKERS).await;
        let rate = f64::from(MEASURED) / took.as_secs_f64();
        let of_smallest = rate / *smallest.get_or_insert(rate);
        println!("  {size} batches: {rate:.0} batches/s, {of_smallest:.2} of the smallest store");
    }
}

/// A request of a million images in batches of 64.
async fn a_million(name: &str, store: Arc<dyn Store>) {
    const BATCHES: u32 = 15_625;
    let requests = Requests::new(Arc::clone(&store));
    let before = memory();
    let begun = Instant::now();
    let id = create(&*store, &requests, BATCHES, 64).await;
    let accepted = begun.elapsed();
    let begun = Instant::now();
    let tally = requests.tally(id).await.unwrap();
    let tallied = begun.elapsed();
    let begun = Instant::now();
    let last = requests.batches(id, BATCHES - 1, 2).await.unwrap();
    let page = begun.elapsed();
    assert_eq!((tally.total, last.len()), (1_000_000, 1));
    println!("{name}: a request of 1,000,000 images is {} documents", BATCHES + 1);
    println!("  kept in {accepted:.2?}, memory {before} before and {} after", memory());
    println!("  summed up in {tallied:.2?}, the page at its end read in {page:.2?}");
}

fn memory() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.map_or_else(|| "unknown".to_owned(), |peak| peak.trim().to_owned())
}

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let sled = async || {
        let own = tempfile::tempdir_in(folder.path()).unwrap().keep();
        let store: Arc<dyn Store> = Arc::new(Embedded::open(&own, 8 << 20).unwrap());
        store
    };
    scale("sled", &sled).await;
    a_million("sled", sled().await).await;
    let Some(deployment) = Deployment::shared() else { return };
    let mongo = async || Mongo::open(&deployment.fresh_database().parse().unwrap()).await.unwrap();
    scale("MongoDB", async || {
        let store: Arc<dyn Store> = Arc::new(mongo().await);
        store
    })
    .await;
    let store = mongo().await;
    let database = store.database().clone();
    a_million("MongoDB", Arc::new(store)).await;
    largest(&database).await;
}

/// The size of the largest document.
async fn largest(database: &mongodb::Database) {
    let sizes = [
        doc! { "$project": { "size": { "$bsonSize": "$$ROOT" } } },
        doc! { "$group": { "_id": null, "largest": { "$max": "$size" } } },
    ];
    let batches = database.collection::<Document>("batches");
    match batches.aggregate(sizes).await {
        Ok(mut found) => {
            if found.advance().await.unwrap_or(false) {
                println!("  the largest document: {:?}", found.deserialize_current().ok());
            }
        }
        Err(error) => println!("  the largest document is not known: {error}"),
    }
}
