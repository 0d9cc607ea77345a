//! A request of a million images, from its sheet to the page at its end.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::Path,
    time::{Duration, Instant},
};

use pixmill_engine::{
    Config, Engine, Upload,
    model::Recipe,
    wire::{Limit, ProductCursor},
};

/// Hands a sheet with so many images in and looks at what came of it; nothing is worked on.
pub(crate) async fn a_million(name: &str, images: u32, config: Config) {
    let folder = tempfile::tempdir().unwrap();
    let sheet = folder.path().join("sheet.csv");
    write_sheet(&sheet, images);
    let batch_images = u32::try_from(config.work.batch_images).unwrap();
    let engine = Engine::open(config).await.unwrap();
    println!("{name}: a request of {images} images");
    let upload = Upload {
        sheet,
        folder: None,
        file_name: None,
        recipe: Recipe::default(),
        owner: None,
        hook: None,
        idempotency_key: None,
    };
    let id = phase("accepted", engine.submit(upload)).await.unwrap().id;
    let view = phase("summed up", engine.show(id)).await.unwrap();
    assert_eq!(view.progress.total, u64::from(images));
    let last = ProductCursor { seq: images.div_ceil(batch_images) - 1, product: 0 };
    let page = phase("the page at its end read", engine.status(id, last.into(), Limit::default()));
    assert!(page.await.unwrap().next_cursor.is_none());
    engine.stop(Duration::from_secs(30)).await;
}

/// Does something, and prints how long it took and the most memory that there was meanwhile.
async fn phase<T>(what: &str, work: impl Future<Output = T>) -> T {
    // Since Linux 4.0: the peak becomes what there is.
    fs::write("/proc/self/clear_refs", "5").unwrap_or_default();
    let before = memory("VmRSS:");
    let begun = Instant::now();
    let done = work.await;
    let took = begun.elapsed();
    println!("  {what} in {took:.2?}, memory {before} before and {} at most", memory("VmHWM:"));
    done
}

fn memory(field: &str) -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let value = status.lines().find_map(|line| line.strip_prefix(field));
    value.map_or_else(|| "unknown".to_owned(), |value| value.trim().to_owned())
}

/// A sheet with a row for each image; every hundredth link stands there twice.
fn write_sheet(path: &Path, images: u32) {
    let mut out = BufWriter::new(File::create(path).unwrap());
    writeln!(out, "S. No.,Product Name,Input Image Urls").unwrap();
    for n in 0..images {
        let link = if n % 100 == 99 { n - 1 } else { n };
        let product = "https://shop.example/media/catalog/product";
        writeln!(out, "{n},Stoneware mug number {n},{product}/{link}/large/front.jpg").unwrap();
    }
    out.flush().unwrap();
}
