//! The whole pipeline against its floor.
//!
//! The floor is what no pipeline can beat: the same sources, already in memory, decoded and encoded
//! on all cores with nothing else. The pipeline accepts a sheet, downloads from an origin on the
//! loopback address, compresses, keeps and records. Both run in turns, in one process; printed is
//! the ratio of their median times, and the most memory that the process has had.
//!
//! Needs the corpus `shop` beside the project; without it nothing is measured.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

#[path = "../tests/support/house.rs"]
#[expect(dead_code, reason = "the benchmark needs less than the tests")]
mod house;
#[path = "../tests/support/origin.rs"]
#[expect(dead_code, reason = "the benchmark needs no misbehaviour")]
mod origin;

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use bytes::Bytes;
use house::{House, sheet};
use origin::{Answer, Origin};

const ROUNDS: usize = 5;

fn shop() -> Vec<Bytes> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus/shop");
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "jpg"));
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap().into()).collect()
}

/// Decodes and encodes all sources, on all cores.
fn floor(sources: &[Bytes]) -> Duration {
    let begun = Instant::now();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().unwrap().get() {
            scope.spawn(|| {
                while let Some(source) = sources.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let picture = image::load_from_memory(source).unwrap().into_rgb8();
                    let mut config = webp::WebPConfig::new().unwrap();
                    config.quality = 75.0;
                    config.method = 2;
                    let (width, height) = picture.dimensions();
                    let encoder = webp::Encoder::from_rgb(&picture, width, height);
                    std::hint::black_box(encoder.encode_advanced(&config).unwrap());
                }
            });
        }
    });
    begun.elapsed()
}

/// A sheet in, renditions and a sheet out.
async fn pipeline(rows: &[Vec<String>]) -> Duration {
    let house = House::open_with(|config| config.work.batch_images = 64).await;
    let begun = Instant::now();
    let id = house.submit(&sheet(rows.iter().map(Vec::as_slice))).await;
    let ended = house.until_ended(id).await;
    assert_eq!(ended.status, "completed", "{:?}", ended.error_message);
    house.results(id).await;
    begun.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn peak_memory() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.map_or_else(|| "unknown".to_owned(), |peak| peak.trim().to_owned())
}

#[tokio::main]
async fn main() {
    let sources = shop();
    if sources.is_empty() {
        eprintln!("SKIPPED: the corpus `shop` is not there");
        return;
    }
    let origin = Origin::start().await;
    let mut rows = Vec::new();
    for (n, source) in sources.iter().enumerate() {
        let path = format!("/{n}.jpg");
        origin.serve(&path, [Answer::ok(source.clone())]);
        rows.push(vec![origin.url(&path)]);
    }
    let (mut floors, mut pipelines) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        pipelines.push(pipeline(&rows).await);
        floors.push(floor(&sources));
    }
    let (floor, pipeline) = (median(floors), median(pipelines));
    let ratio = floor.as_secs_f64() / pipeline.as_secs_f64();
    let images = sources.len();
    println!("pipeline: {images} images, {ROUNDS} rounds, medians in one run");
    println!("  floor {floor:.2?}, pipeline {pipeline:.2?}");
    println!("  pipeline reaches {ratio:.3} of the floor");
    println!("  peak memory of the process, its origin and sources included: {}", peak_memory());
}
