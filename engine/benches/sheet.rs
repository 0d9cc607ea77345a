//! How fast sheets are checked, read and written: rows/s and MB/s, and a ratio against the floor.
//!
//! The floor is the `csv` crate going over the same bytes and doing nothing with them. The ratio is
//! taken in one run, in turns, so that it means something on a machine that does other work too.

#![expect(clippy::unwrap_used, reason = "a benchmark may stop where it stands")]

use std::{
    convert::Infallible,
    fmt::Write as _,
    fs::File,
    hint::black_box,
    io::{Seek, Write},
    time::{Duration, Instant},
};

use criterion::{Criterion, Throughput};
use pixmill_engine::sheet::{ErrorsColumn, Options, RowResult, Sheet, write_results};

const ROWS: u64 = 200_000;

fn main() {
    let text = sheet_text(ROWS);
    let file = file_of(&text);
    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    let mut group = criterion.benchmark_group("sheet");
    let bytes = text.len() as u64;
    group.throughput(Throughput::ElementsAndBytes { elements: ROWS, bytes });
    for (name, pass) in PASSES {
        group.bench_function(*name, |bencher| bencher.iter(|| pass(&file)));
    }
    group.finish();
    criterion.final_summary();
    print_ratios(&file, bytes);
}

type Pass = fn(&File);

/// What is measured; the first is the floor.
const PASSES: &[(&str, Pass)] =
    &[("floor", floor), ("check", check), ("products", products), ("write", write)];

/// Prints how many times the floor's time each pass takes, by medians of runs in turns.
fn print_ratios(file: &File, bytes: u64) {
    const TURNS: usize = 7;
    let mut times = vec![Vec::new(); PASSES.len()];
    for _ in 0..TURNS {
        for ((_, pass), times) in PASSES.iter().zip(&mut times) {
            let start = Instant::now();
            pass(file);
            times.push(start.elapsed());
        }
    }
    let mut median = |place: usize| -> Duration {
        times[place].sort_unstable();
        times[place][TURNS / 2]
    };
    let floor = median(0).as_secs_f64();
    for (place, (name, _)) in PASSES.iter().enumerate() {
        let seconds = median(place).as_secs_f64();
        println!(
            "{name:9} {:9.0} rows/s {:7.1} MB/s {:6.2} x floor",
            ROWS as f64 / seconds,
            bytes as f64 / seconds / 1e6,
            seconds / floor
        );
    }
}

fn floor(mut file: &File) {
    file.rewind().unwrap();
    let mut reader = csv::ReaderBuilder::new().buffer_capacity(64 * 1024).from_reader(file);
    let mut record = csv::ByteRecord::new();
    while reader.read_byte_record(&mut record).unwrap() {
        black_box(&record);
    }
}

fn check(file: &File) {
    black_box(opened(file).check().unwrap());
}

fn products(file: &File) {
    for product in opened(file).products().unwrap() {
        black_box(product.unwrap());
    }
}

fn write(file: &File) {
    let result = RowResult {
        outputs: vec![
            Some("images/1-product-1.webp".into()),
            Some("images/1-product-2.webp".into()),
        ],
        errors: Vec::new(),
    };
    let rows = (0..ROWS).map(|_| Ok::<_, Infallible>(result.clone()));
    write_results(&mut opened(file), ErrorsColumn::Absent, rows, std::io::sink()).unwrap();
}

fn opened(file: &File) -> Sheet {
    Sheet::open(file.try_clone().unwrap(), Options::default()).unwrap()
}

/// A shop's sheet: two links a row, as in the shared sheets.
fn sheet_text(rows: u64) -> String {
    let mut text = String::from("S. No.,Product Name,Input Image Urls\n");
    for row in 1..=rows {
        writeln!(
            text,
            "{row},Caf\u{e9} chair {row},\"https://cdn.shop.example/products/p{row}-front.jpg, \
             https://cdn.shop.example/products/p{row}-back.jpg?v=16\""
        )
        .unwrap();
    }
    text
}

fn file_of(text: &str) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}
