//! The embedded store's claims and records a second, against bare sled.
//!
//! The floor writes as many values of the size of a batch to sled, and makes each durable as the
//! store does. Printed are rates and their ratio, all from one run.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

use std::{
    fs::File,
    sync::Arc,
    time::{Duration, Instant},
};

use pixmill_engine::{
    model::{
        Accepted, Batch, BatchId, Format, Image, ImageState, Link, Outcome, Product, Recipe,
        RecipeChange, Rendition, Request, RequestId, SheetFile,
    },
    store::{Claimed, Embedded, Requests, Store},
};
use tokio::task::JoinSet;

const BATCHES: u32 = 400;
const IMAGES: usize = 64;
const GROUP: usize = 16;
const LEASE: Duration = Duration::from_secs(600);

fn product(n: usize) -> Product {
    let url = format!("https://shop.example/media/catalog/product/{n}/large/front.jpg");
    Product {
        line: n as u64 + 2,
        serial_number: n.to_string(),
        product_name: format!("Stoneware mug number {n}"),
        images: vec![Image { link: Link::Web(url.parse().unwrap()), state: ImageState::Waiting }],
        recipe_change: RecipeChange::default(),
    }
}

fn done(product: usize) -> Outcome {
    let rendition = Rendition {
        name: format!("{product}-stoneware-mug-number-{product}-1.webp"),
        format: Format::Webp,
        width: 1_200,
        height: 1_600,
        bytes: 80_000,
        source_bytes: 300_000,
        source_width: 1_200,
        source_height: 1_600,
    };
    Outcome { product, image: 0, state: ImageState::Done(rendition) }
}

async fn create(store: &dyn Store, requests: &Requests) -> RequestId {
    let id = RequestId::fresh();
    requests.begin(id).await.unwrap();
    for seq in 0..BATCHES {
        let products = (0..IMAGES).map(product).collect();
        requests.add(id, &[Batch::new(BatchId { request: id, seq }, products)]).await.unwrap();
    }
    let images = u64::from(BATCHES) * IMAGES as u64;
    let sheet = SheetFile { name: None, bytes: 1, hash: String::new() };
    let accepted = Accepted {
        owner: None,
        recipe: Recipe::default(),
        sheet,
        products: images,
        images,
        batches: BATCHES,
        hook: None,
    };
    let request = Request::new(id, accepted, store.now().await.unwrap());
    requests.create(&request, None).await.unwrap();
    id
}

/// Claims every batch and records its images in groups; gives the time it took.
async fn work_off(store: Arc<dyn Store>, workers: usize) -> Duration {
    let requests = Requests::new(Arc::clone(&store));
    let id = create(&*store, &requests).await;
    let begun = Instant::now();
    let mut working = JoinSet::new();
    for _ in 0..workers {
        let requests = requests.clone();
        working.spawn(async move {
            while let Claimed::Batch(claim, _) = requests.claim(id, LEASE).await.unwrap() {
                for group in (0..IMAGES).collect::<Vec<_>>().chunks(GROUP) {
                    let outcomes: Vec<Outcome> = group.iter().map(|n| done(*n)).collect();
                    requests.record(claim, &outcomes).await.unwrap();
                }
            }
        });
    }
    working.join_all().await;
    begun.elapsed()
}

/// Writes and syncs as often as [`work_off`] records with one worker.
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
        let rate = rate(work_off(Arc::clone(&store), workers).await);
        let images = rate * GROUP as f64;
        println!(
            "  {workers} workers: {rate:.0} records/s, {images:.0} images/s, {:.2} of the floor",
            rate / floor
        );
    }
}
