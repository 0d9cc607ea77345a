//! The pool, also with the files that are made to do harm.

#![expect(dead_code, reason = "of the hostile files not every means is used here")]

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use futures_util::FutureExt;
use tokio::time::timeout;

use super::*;
use crate::model::{Format, FormatChoice};

#[path = "../../../tests/corpus/hostile.rs"]
mod hostile;

const MANY_BYTES: u64 = 1 << 30;
const LONG: Duration = Duration::from_secs(60);

fn pool(threads: usize, decoded_bytes: u64, time_limit: Duration) -> Pool {
    let threads = NonZeroUsize::new(threads).unwrap();
    Pool::start(threads, Limits::default(), decoded_bytes, time_limit).unwrap()
}

fn picture(side: u32) -> Bytes {
    let pixel = |x: u32, y: u32| image::Rgb([(x * y) as u8, (x ^ y) as u8, (x + y) as u8]);
    let picture = image::RgbImage::from_fn(side, side, pixel);
    let mut bytes = io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Bmp).unwrap();
    bytes.into_inner().into()
}

fn recipe(format: Format) -> Recipe {
    Recipe { format: FormatChoice::Convert(format), ..Recipe::default() }
}

/// What the compression of a picture takes from the budget.
fn peak(source: &[u8], recipe: &Recipe) -> u64 {
    crate::compress::probe(source, &Limits::default()).unwrap().peak_bytes(recipe)
}

/// How many threads there are, once all that was asked to end has done so.
async fn threads(pool: &Pool, expected: usize) -> usize {
    let deadline = Instant::now() + LONG;
    loop {
        let threads = Arc::strong_count(&pool.shared) - 1;
        if threads == expected || Instant::now() > deadline {
            return threads;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_image_that_takes_too_long_is_given_up_and_the_next_one_is_not() {
    let pool = pool(1, MANY_BYTES, Duration::from_millis(100));
    let slow = pool.compress(picture(4_000), recipe(Format::Avif)).await.unwrap_err();
    assert_eq!(slow.code, FailureCode::CompressTimeout, "{slow}");
    let next = pool.compress(picture(16), recipe(Format::Webp)).await.unwrap();
    assert_eq!((next.width, next.height), (16, 16));
}

#[tokio::test]
async fn what_nobody_waits_for_is_not_compressed() {
    let pool = pool(1, MANY_BYTES, LONG);
    let given_up = pool.compress(picture(4_000), recipe(Format::Avif));
    assert!(timeout(Duration::from_millis(50), given_up).await.is_err());
    pool.compress(picture(16), recipe(Format::Webp)).await.unwrap();
}

#[tokio::test]
async fn an_image_whose_caller_has_gone_before_it_began_is_passed_over() {
    let threads = NonZeroUsize::new(4).unwrap();
    let pool = Pool::without_threads(threads, Limits::default(), MANY_BYTES, LONG);
    // Whoever probes or compresses it waits for the memory that is all taken, or is stopped there.
    let _all = pool.shared.memory.take(MANY_BYTES, LONG, || false).unwrap();
    for _ in 0..4 {
        let dropped = pool.compress(picture(64), recipe(Format::Webp)).now_or_never();
        assert!(dropped.is_none());
    }
    assert!(!pool.is_hungry());
    let shared = Arc::clone(&pool.shared);
    let passed = std::thread::spawn(move || (0..4).all(|_| shared.run_one()));
    assert!(passed.join().unwrap());
    assert!(pool.is_hungry());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_goes_while_its_image_waits_for_memory_frees_the_thread() {
    let pool = Arc::new(pool(1, MANY_BYTES, LONG));
    let all = pool.shared.memory.take(MANY_BYTES, LONG, || false).unwrap();
    let caller = tokio::spawn({
        let pool = Arc::clone(&pool);
        async move { pool.compress(picture(64), Recipe::default()).await }
    });
    while pool.shared.memory.waiting() == 0 {
        tokio::task::yield_now().await;
    }
    caller.abort();
    while pool.shared.memory.waiting() > 0 {
        tokio::task::yield_now().await;
    }
    drop(all);
    pool.compress(picture(64), Recipe::default()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn images_that_need_all_the_memory_are_compressed_one_after_the_other() {
    let budget = peak(&picture(64), &Recipe::default());
    let pool = Arc::new(pool(4, budget, LONG));
    let mut compressing = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let pool = Arc::clone(&pool);
        compressing.spawn(async move { pool.compress(picture(64), Recipe::default()).await });
    }
    assert!(compressing.join_all().await.iter().all(Result::is_ok));
    assert!(pool.shared.memory.take(budget, LONG, || false).is_some(), "all was given back");
}

#[tokio::test]
async fn an_image_that_needs_more_than_all_the_memory_is_refused() {
    let budget = peak(&picture(64), &Recipe::default()) - 1;
    let pool = pool(1, budget, LONG);
    let refused = pool.compress(picture(64), Recipe::default()).await.unwrap_err();
    assert_eq!(refused.code, FailureCode::TooMuchMemory, "{refused}");
    assert!(!refused.is_retryable);
}

#[tokio::test]
async fn an_image_that_is_refused_says_why_and_takes_no_thread_along() {
    let pool = pool(2, MANY_BYTES, LONG);
    for _ in 0..3 {
        for hostile::Hostile { name, bytes, code, .. } in hostile::all() {
            let refused = pool.compress(bytes.into(), recipe(Format::Webp)).await.unwrap_err();
            assert_eq!(refused.code.name(), code, "{name}: {refused}");
            assert!(!refused.is_retryable, "{name}");
        }
    }
    assert_eq!(threads(&pool, 2).await, 2);
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    paths.flat_map(below).collect()
}

#[tokio::test]
async fn all_of_the_corpus_goes_through_and_leaves_every_thread() {
    let corpus = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/corpus/hostile"));
    if !corpus.is_dir() {
        eprintln!("SKIPPED: there is no corpus at {}", corpus.display());
        return;
    }
    let pool = pool(2, MANY_BYTES, LONG);
    for path in files(corpus) {
        let source = std::fs::read(&path).unwrap().into();
        let small = Recipe { max_width: 64u32.try_into().ok(), ..recipe(Format::Webp) };
        if let Err(failure) = pool.compress(source, small).await {
            assert_ne!(failure.code, FailureCode::Internal, "{}: {failure}", path.display());
            assert_ne!(failure.code, FailureCode::CompressTimeout, "{}", path.display());
        }
    }
    assert_eq!(threads(&pool, 2).await, 2);
}

#[tokio::test]
async fn a_heic_and_an_image_of_too_many_pixels_are_told_from_faults_of_ours() {
    let pool = pool(1, MANY_BYTES, LONG);
    let heic = Bytes::from_static(b"\0\0\0\x1Cftypheic\0\0\0\0mif1heic\0\0\0\0");
    let refused = pool.compress(heic, Recipe::default()).await.unwrap_err();
    assert_eq!((refused.code, refused.is_retryable), (FailureCode::UnsupportedFormat, false));
    assert!(refused.message.contains("HEIC"), "{refused}");
    let huge = pool.compress(hostile::png_of(20_000, 20_000).into(), Recipe::default()).await;
    assert_eq!(huge.unwrap_err().code, FailureCode::TooManyPixels);
    assert_eq!(threads(&pool, 1).await, 1);
}

#[tokio::test]
async fn the_time_limit_holds_for_the_headers_too() {
    // So many blocks take longer than that to be counted, and then are too many.
    let blocks = b"GIF89a\x01\0\x01\0\0\0\0".to_vec();
    let frame = b",\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0";
    let source = [blocks, frame.repeat(1_000_000)].concat();
    let pool = pool(1, MANY_BYTES, Duration::from_millis(1));
    let slow = pool.compress(source.into(), Recipe::default()).await.unwrap_err();
    assert_eq!(slow.code, FailureCode::CompressTimeout, "{slow}");
    assert_eq!(threads(&pool, 1).await, 1);
}

#[tokio::test]
async fn a_thread_that_was_given_up_ends_when_it_comes_back() {
    let pool = pool(1, MANY_BYTES, Duration::from_millis(1));
    let slow = pool.compress(picture(1_500), recipe(Format::Avif)).await.unwrap_err();
    assert_eq!(slow.code, FailureCode::CompressTimeout, "{slow}");
    assert_eq!(threads(&pool, 1).await, 1);
}
