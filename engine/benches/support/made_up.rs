//! Requests that are made up, and work that is only pretended.

use std::time::{Duration, Instant};

use pixmill_engine::{
    model::{
        Accepted, Batch, BatchId, Format, Image, ImageState, Link, Outcome, Product, Recipe,
        RecipeChange, Rendition, Request, RequestId, SheetFile, TwinKey,
    },
    store::{Claimed, Requests, Store},
};
use tokio::task::JoinSet;

/// How many outcomes are recorded at once.
pub(crate) const GROUP: usize = 16;
const LEASE: Duration = Duration::from_secs(600);
/// How many batches are on their way to the store at once.
const ON_THE_WAY: u32 = 16;

fn product(n: usize) -> Product {
    let url = format!("https://shop.example/media/catalog/product/{n}/large/front.jpg");
    let mut image = Image::new(Link::Web(url.parse().unwrap()), ImageState::Waiting);
    image.has_twin = has_twin(n);
    Product {
        line: n as u64 + 2,
        serial_number: n.to_string(),
        product_name: format!("Stoneware mug number {n}"),
        images: vec![image],
        recipe_change: RecipeChange::default(),
    }
}

/// Whether the image of a product is made up to occur elsewhere as well.
fn has_twin(product: usize) -> bool {
    product.is_multiple_of(8)
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
        source_format: Format::Jpeg,
        fetch_ms: Some(120),
    };
    Outcome { product, image: 0, state: ImageState::Done(rendition) }
}

/// Keeps a request of so many batches of so many images each.
pub(crate) async fn create(
    store: &dyn Store,
    requests: &Requests,
    batches: u32,
    images: usize,
) -> RequestId {
    let id = RequestId::fresh();
    requests.begin(id).await.unwrap();
    let batch = |seq| Batch::new(BatchId { request: id, seq }, (0..images).map(product).collect());
    for first in (0..batches).step_by(ON_THE_WAY as usize) {
        let some: Vec<Batch> = (first..batches.min(first + ON_THE_WAY)).map(batch).collect();
        requests.add(id, &some).await.unwrap();
    }
    let images = u64::from(batches) * images as u64;
    let sheet = SheetFile { name: None, bytes: 1, hash: String::new(), folder: None };
    let accepted = Accepted {
        owner: None,
        recipe: Recipe::default(),
        sheet,
        products: images,
        images,
        batches,
        hook: None,
    };
    let request = Request::new(id, accepted, store.now().await.unwrap());
    requests.create(&request, None).await.unwrap();
    id
}

/// Claims so many batches, each after asking whose turn it is, and records their images in groups,
/// with what is kept for twins; gives the time it took.
pub(crate) async fn work_some(
    requests: &Requests,
    id: RequestId,
    batches: u32,
    images: usize,
    workers: usize,
) -> Duration {
    let begun = Instant::now();
    let mut working = JoinSet::new();
    for worker in 0..workers {
        let requests = requests.clone();
        let share = batches as usize / workers + usize::from(worker < batches as usize % workers);
        working.spawn(async move {
            for _ in 0..share {
                requests.next_open(Some(id)).await.unwrap();
                let Claimed::Batch(claim, batch) = requests.claim(id, LEASE).await.unwrap() else {
                    panic!("there are as many batches as are claimed");
                };
                let request = requests.show(id).await.unwrap();
                for group in (0..images).collect::<Vec<_>>().chunks(GROUP) {
                    let outcomes: Vec<Outcome> = group.iter().map(|n| done(*n)).collect();
                    requests.record(claim, &outcomes).await.unwrap();
                    let twins = outcomes.into_iter().filter_map(|outcome| {
                        let image = &batch.products[outcome.product].images[0];
                        let key = || TwinKey::new(&image.link, &request.recipe);
                        image.has_twin.then(|| (key(), outcome.state))
                    });
                    let twins: Vec<(TwinKey, ImageState)> = twins.collect();
                    requests.keep_twins(&request, twins).await.unwrap();
                }
            }
        });
    }
    working.join_all().await;
    begun.elapsed()
}
