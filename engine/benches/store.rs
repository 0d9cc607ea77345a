//! The embedded store's claims and records a second, against bare sled.
//!
//! The floor writes as many values of the size of a batch to sled, and makes each durable as the
//! store does. Printed are rates and their ratio, all from one run.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

#[path = "support/made_up.rs"]
mod made_up;

use std::{
    fs::File,
    sync::Arc,
    time::{Duration, Instant},
};

use made_up::{GROUP, create, work_some};
use pixmill_engine::store::{Embedded, Requests, Store};

const BATCHES: u32 = 400;
const IMAGES: usize = 64;

/// Writes and syncs as often as [`work_some`] records with one worker.
fn floor(records: u32) -> Duration {
    let folder = tempfile::tempdir().unwrap();
    let db = sled::open(folder.path()).unwrap();
    let log = File::options().append(true).open(folder.path().join("db")).unwrap();
    let begun = Instant::now();
    for n in 0..records {
        for piece in 0..4_u32 {
            let key = (u64::from(n) << 8 | u64::from(piece)).to_be_bytes();
            db.insert(key, vec![b'x'; 4_000]).unwrap();
        }
        db.flush().unwrap();
        log.sync_data().unwrap();
    }
    begun.elapsed()
}

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(Embedded::open(folder.path(), 64 << 20).unwrap());
    let records = BATCHES * (IMAGES / GROUP) as u32;
    let rate = |time: Duration| f64::from(records) / time.as_secs_f64();
    let floor = rate(floor(records));
    println!("store: {BATCHES} batches of {IMAGES} images, records of {GROUP} images, durable");
    println!("  floor: bare sled, 4 x 4,000 bytes a record: {floor:.0} records/s");
    for workers in [1, 8] {
        let requests = Requests::new(Arc::clone(&store));
        let id = create(&*store, &requests, BATCHES, IMAGES).await;
        let rate = rate(work_some(&requests, id, BATCHES, IMAGES, workers).await);
        let images = rate * GROUP as f64;
        println!(
            "  {workers} workers: {rate:.0} records/s, {images:.0} images/s, {:.2} of the floor",
            rate / floor
        );
    }
}
