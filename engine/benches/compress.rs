//! What compressing costs: each step and format by the megapixel, and the whole against its floor.
//!
//! Criterion's elements are pixels, so its Melem/s are megapixels a second. The last group is the
//! floor: the same decoder and encoder with nothing between them; its ratio is printed at the end.

use std::{hint::black_box, path::Path, time::Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer, images};
use pixmill_engine::{
    compress::{Limits, Stop, compress, probe},
    model::{Format, FormatChoice, MaxSide, Recipe},
};
use zune_jpeg::{JpegDecoder, zune_core::bytestream::ZCursor};

/// Photographs: some of the shared corpus where it is there, else the tests' own as JPEGs.
fn photos() -> Vec<Vec<u8>> {
    let shop = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/corpus/shop"));
    let mut paths: Vec<_> = std::fs::read_dir(shop)
        .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
        .unwrap_or_default();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "jpg"));
    paths.sort();
    if paths.is_empty() {
        eprintln!("SKIPPED: there is no corpus, so the tests' small pictures are taken");
        let own = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/images"));
        return ["kodim03.png", "kodim05.png", "kodim23.png"]
            .iter()
            .map(|name| std::fs::read(own.join(name)).expect("it is in the repository"))
            .map(|png| run(&png, to(Format::Jpeg)))
            .collect();
    }
    paths.iter().step_by(20).map(|path| std::fs::read(path).expect("it was listed")).collect()
}

fn to(format: Format) -> Recipe {
    Recipe { format: FormatChoice::Convert(format), ..Recipe::default() }
}

fn run(source: &[u8], recipe: Recipe) -> Vec<u8> {
    let made = compress(source, &recipe, &Limits::default(), &Stop::new());
    made.expect("the photographs are sound").bytes
}

/// The bare decoder: width, height and RGB samples.
fn decode(source: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut decoder = JpegDecoder::new(ZCursor::new(source));
    let samples = decoder.decode().expect("the photographs are sound");
    let (width, height) = decoder.dimensions().expect("it has been decoded");
    let size = u32::try_from(width).and_then(|width| Ok((width, u32::try_from(height)?)));
    let (width, height) = size.expect("a side of a JPEG has 16 bits");
    (width, height, samples)
}

/// The bare encoder.
fn encode(width: u32, height: u32, samples: &[u8]) -> usize {
    let mut config = webp::WebPConfig::new().expect("libwebp is of the version of its headers");
    config.method = 2;
    let encoder = webp::Encoder::from_rgb(samples, width, height);
    encoder.encode_advanced(&config).expect("the picture is sound").len()
}

fn shrink(width: u32, height: u32, samples: &[u8]) -> Vec<u8> {
    let source = images::ImageRef::new(width, height, samples, PixelType::U8x3)
        .expect("the samples are those of the picture");
    let mut small = images::Image::new(width / 2, height / 2, PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    Resizer::new().resize(&source, &mut small, &options).expect("both have the same kind of pixel");
    small.into_vec()
}

fn steps(criterion: &mut Criterion) {
    let photos = photos();
    let coloured = |photo: &&Vec<u8>| {
        let (width, height, samples) = decode(photo);
        samples.len() as u64 == u64::from(width) * u64::from(height) * 3
    };
    let photos: Vec<&Vec<u8>> = photos.iter().filter(coloured).collect();
    let decoded: Vec<_> = photos.iter().map(|photo| decode(photo)).collect();
    let pixels = decoded.iter().map(|(w, h, _)| u64::from(*w) * u64::from(*h)).sum();

    let mut group = criterion.benchmark_group("steps");
    group.sample_size(10).throughput(Throughput::Elements(pixels));
    let each = |work: &dyn Fn(&[u8])| photos.iter().for_each(|photo| work(photo));
    group.bench_function("probe", |b| {
        b.iter(|| each(&|photo| assert!(black_box(probe(photo, &Limits::default())).is_ok())));
    });
    group.bench_function("decode", |b| b.iter(|| each(&|photo| drop(black_box(decode(photo))))));
    group.bench_function("resize to a half", |b| {
        b.iter(|| {
            decoded.iter().for_each(|(w, h, samples)| drop(black_box(shrink(*w, *h, samples))))
        });
    });
    let half = |photo: &[u8]| {
        let width = probe(photo, &Limits::default()).expect("the photographs are sound").width;
        Recipe { max_width: MaxSide::try_from(width / 2).ok(), ..Recipe::default() }
    };
    group.bench_function("whole, half as wide", |b| {
        b.iter(|| each(&|photo| drop(black_box(run(photo, half(photo))))));
    });
    for format in [Format::Webp, Format::Jpeg, Format::Png, Format::Avif] {
        // The slow ones do with one photograph.
        let few = if matches!(format, Format::Webp | Format::Jpeg) { photos.len() } else { 1 };
        let (w, h, _) = &decoded[0];
        let pixels = if few == 1 { u64::from(*w) * u64::from(*h) } else { pixels };
        group.throughput(Throughput::Elements(pixels));
        group.bench_function(format!("whole, to {format}"), |b| {
            b.iter(|| photos.iter().take(few).for_each(|p| drop(black_box(run(p, to(format))))));
        });
    }
    group.finish();
    print_ratio(&photos, pixels);
}

/// Times the whole and its floor in turn, so that a busy machine slows both.
fn print_ratio(photos: &[&Vec<u8>], pixels: u64) {
    let (mut whole, mut floor) = (0.0, 0.0);
    for photo in photos.iter().cycle().take(photos.len() * 5) {
        let start = Instant::now();
        black_box(run(photo, Recipe::default()));
        whole += start.elapsed().as_secs_f64();
        let start = Instant::now();
        let (width, height, samples) = decode(photo);
        black_box(encode(width, height, &samples));
        floor += start.elapsed().as_secs_f64();
    }
    let per_megapixel = |seconds: f64| seconds * 1e9 / (pixels as f64 * 5.0);
    println!(
        "compress {:.1} ms/MP, floor {:.1} ms/MP, ratio {:.3}",
        per_megapixel(whole),
        per_megapixel(floor),
        floor / whole
    );
}

criterion_group!(benches, steps);
criterion_main!(benches);
