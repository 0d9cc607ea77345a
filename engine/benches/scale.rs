//! What the steps of the work cost with ever more batches in the store, the codec left out.
//!
//! What a step costs must not depend on how much there is. Printed are rates, and the ratio of each
//! to that of the smallest store, all from one run; then what a request of a million images takes
//! from its sheet to the page at its end. The most memory is that of each phase alone.
//!
//! MongoDB is measured where `PIXMILL_TEST_MONGODB_URI` or `PIXMILL_TEST_MONGODB_BIN` names one, or
//! the server is there that `make test` installs. `cargo bench --bench scale -- quick` only shows
//! that it works.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

#[path = "../tests/support/deployment.rs"]
#[expect(dead_code, reason = "the benchmark needs no more than a database")]
mod deployment;
#[path = "support/made_up.rs"]
mod made_up;
#[path = "support/million.rs"]
mod million;

use std::{
    env,
    sync::Arc,
    time::{Duration, Instant},
};

use deployment::Deployment;
use futures_util::TryStreamExt;
use made_up::{create, work_some};
use million::a_million;
use mongodb::{
    Database,
    bson::{Document, doc},
};
use pixmill_engine::{
    Config, StoreAt,
    store::{Embedded, Kind, Mongo, MongoUri, Requests, Store},
};

/// Batches in which the store is filled up are small, so that it takes less long.
const IMAGES: usize = 8;
const WORKERS: usize = 4;
/// How many requests are settled for each measurement.
const SETTLED: u32 = 50;

/// How much is measured.
#[derive(Clone, Copy)]
struct Measure {
    sizes: [u32; 3],
    /// How many batches are claimed and recorded for each measurement.
    batches: u32,
    /// How many images the largest request has.
    images: u32,
}

const WHOLE: Measure = Measure { sizes: [1_000, 10_000, 100_000], batches: 400, images: 1_000_000 };
const QUICK: Measure = Measure { sizes: [100, 200, 400], batches: 40, images: 10_000 };

/// The rate of something in one store after the other, beside that in the first.
#[derive(Default)]
struct Rate(Option<f64>);

impl Rate {
    fn tell(&mut self, what: &str, count: u32, took: Duration) {
        let rate = f64::from(count) / took.as_secs_f64();
        let of_smallest = rate / *self.0.get_or_insert(rate);
        println!("    {what}: {rate:.0} a second, {of_smallest:.2} of the smallest store");
    }
}

async fn scale(name: &str, measure: Measure, open: impl AsyncFn() -> Arc<dyn Store>) {
    let Measure { sizes, batches, images: _ } = measure;
    println!("{name}: {batches} batches claimed and recorded by {WORKERS} workers");
    let [mut working, mut settling] = [Rate::default(), Rate::default()];
    for size in sizes {
        let store = open().await;
        let requests = Requests::new(Arc::clone(&store));
        println!("  {size} batches");
        let id = create(&*store, &requests, size, IMAGES).await;
        let took = work_some(&requests, id, batches, IMAGES, WORKERS).await;
        working.tell("turns, claims, records", batches, took);
        settling.tell("requests settled", SETTLED, settle_some(&*store, &requests).await);
    }
}

/// Ends requests in which nothing waits any more; gives the time it took.
async fn settle_some(store: &dyn Store, requests: &Requests) -> Duration {
    let mut ids = Vec::new();
    for _ in 0..SETTLED {
        let id = create(store, requests, 1, IMAGES).await;
        work_some(requests, id, 1, IMAGES, 1).await;
        ids.push(id);
    }
    let begun = Instant::now();
    for id in ids {
        requests.settle(id).await.unwrap().unwrap();
    }
    begun.elapsed()
}

#[tokio::main]
async fn main() {
    let measure = if env::args().any(|arg| arg == "quick") { QUICK } else { WHOLE };
    let folder = tempfile::tempdir().unwrap();
    let own = || tempfile::tempdir_in(folder.path()).unwrap().keep();
    scale("sled", measure, async || {
        let store: Arc<dyn Store> = Arc::new(Embedded::open(&own(), 8 << 20).unwrap());
        store
    })
    .await;
    a_million("sled", measure.images, Config::new(own())).await;
    let Some(deployment) = Deployment::shared() else { return };
    scale("MongoDB", measure, async || {
        let uri = deployment.fresh_database().parse().unwrap();
        let store: Arc<dyn Store> = Arc::new(Mongo::open(&uri).await.unwrap());
        store
    })
    .await;
    let uri: MongoUri = deployment.fresh_database().parse().unwrap();
    let config = Config { store: StoreAt::Mongo(uri.clone()), ..Config::new(own()) };
    a_million("MongoDB", measure.images, config).await;
    largest(Mongo::open(&uri).await.unwrap().database()).await;
}

/// How many documents there are, and the size of the largest.
async fn largest(database: &Database) {
    let sizes = [
        doc! { "$project": { "size": { "$bsonSize": "$$ROOT" } } },
        doc! { "$group": { "_id": null, "count": { "$sum": 1 }, "largest": { "$max": "$size" } } },
    ];
    for kind in Kind::ALL {
        let documents = database.collection::<Document>(kind.name());
        let sized: Result<Vec<Document>, _> = match documents.aggregate(sizes.clone()).await {
            Ok(found) => found.try_collect().await,
            Err(error) => Err(error),
        };
        match sized {
            Ok(sized) => sized.iter().for_each(|sized| println!("  {}: {sized}", kind.name())),
            Err(error) => println!("  {}: sizes are not known: {error}", kind.name()),
        }
    }
}
