//! The server is killed again and again, at random moments, while it works.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../../../engine/tests/support/origin.rs"]
#[expect(dead_code, reason = "nothing misbehaves here but the machine")]
mod origin;
#[path = "../../../engine/tests/support/receiver.rs"]
#[expect(dead_code, reason = "it fails half of the time, and in no other way")]
mod receiver;
#[path = "../support/server.rs"]
#[expect(dead_code, reason = "only starts and ends are of interest here")]
mod server;
mod told;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use origin::{Answer, Origin};
use pixmill_engine::wire::StatusView;
use server::Server;

const IMAGES: usize = 600;
const KILLS: usize = 30;

/// A picture that takes a moment to compress; another one for each seed.
fn picture(seed: usize) -> Vec<u8> {
    let pixel = |x: u32, y: u32| {
        let grain = (x * 31 + y * 17 + x * y) % 23;
        image::Rgb([(x + grain) as u8, (y + grain) as u8, (seed % 256) as u8])
    };
    let picture = image::RgbImage::from_fn(480, 360, pixel);
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn path(n: usize) -> String {
    format!("/photos/{n}.png")
}

/// Which images have a rendition by now, by their place in the sheet.
async fn recorded(victim: &Server, id: &str) -> BTreeMap<usize, String> {
    let status: StatusView = victim.view(&format!("/status/{id}?limit=1000")).await;
    let outputs = status.processed_data.into_iter().map(|mut product| {
        assert_eq!(product.errors, [], "{}", product.serial_number);
        (product.serial_number.parse().unwrap(), product.output_image_urls.remove(0))
    });
    outputs.filter_map(|(n, output): (usize, _)| Some((n, output?))).collect()
}

/// Reads a rendition by the path of its link: the port is another one after each start.
async fn decoded(victim: &Server, link: &str) -> image::DynamicImage {
    let bytes = victim.bytes(&server::path(link)).await;
    image::load_from_memory(&bytes).unwrap_or_else(|error| panic!("{link}: {error}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_thirty_kills_every_image_is_there_once_and_the_sheet_is_right() {
    let origin = Origin::start().await;
    let mut sheet = "S. No.,Product Name,Input Image Urls\n".to_owned();
    for n in 0..IMAGES {
        origin.serve(&path(n), [Answer::ok(picture(n))]);
        sheet.push_str(&format!("{n},Mug {n},{}\n", origin.url(&path(n))));
    }
    let folder = tempfile::tempdir().unwrap();
    let start = || Server::in_folder(folder.path(), &["--allow-addresses", "127.0.0.0/8"]);
    let mut victim = start().await;
    let id = victim.accepted(&sheet).await;
    // At once: what has been acknowledged is not lost.
    victim.kill().await;

    let mut chance = blake3::Hasher::new().update(id.as_bytes()).finalize_xof();
    let mut random = |below: u64| {
        let mut bytes = [0; 8];
        chance.fill(&mut bytes);
        u64::from_le_bytes(bytes) % below
    };
    let mut kills = 1;
    let mut progress = Vec::new();
    // What had been recorded at a kill, and how often its source had been fetched by then.
    let mut fetched: BTreeMap<usize, usize> = BTreeMap::new();
    while kills < KILLS {
        victim = start().await;
        // Half of the kills come at any moment after the start, half in the thick of the work.
        if kills % 2 == 0 {
            tokio::time::sleep(Duration::from_millis(random(100))).await;
        } else {
            let goal = (fetched.len() + 1 + random(20) as usize).min(IMAGES - 1);
            while recorded(&victim, &id).await.len() < goal {
                tokio::time::sleep(Duration::from_millis(random(20))).await;
            }
        }
        let now = recorded(&victim, &id).await;
        if let Some((n, link)) = now.iter().nth(random(now.len().max(1) as u64) as usize) {
            assert_eq!(decoded(&victim, link).await.width(), 480, "{n}");
        }
        for n in now.keys() {
            fetched.entry(*n).or_insert_with(|| origin.hits(&path(*n)));
        }
        victim.kill().await;
        kills += 1;
        progress.push(now.len());
    }
    let in_the_thick = progress.iter().filter(|done| **done < IMAGES).count();
    assert!(in_the_thick >= KILLS / 2, "too few kills came while there was work: {progress:?}");

    let victim = start().await;
    let ended = victim.until_ended(&id).await;
    assert_eq!(ended.status, "completed", "{:?}", ended.error_message);
    assert_eq!((ended.progress.total, ended.progress.done), (IMAGES as u64, IMAGES as u64));
    let outputs = recorded(&victim, &id).await;
    assert_eq!(outputs.len(), IMAGES);
    assert_eq!(outputs.values().collect::<BTreeSet<_>>().len(), IMAGES, "each has its own");
    for (n, link) in &outputs {
        let rendition = decoded(&victim, link).await.into_rgb8();
        assert_eq!(rendition.dimensions(), (480, 360), "{n}");
    }
    for (n, hits) in fetched {
        assert_eq!(origin.hits(&path(n)), hits, "image {n} was recorded and fetched again");
    }
    let results = victim.bytes(&format!("/requests/{id}/results.csv")).await;
    let results = String::from_utf8(results).unwrap();
    let expected =
        outputs.iter().map(|(n, link)| format!("{n},Mug {n},{},{link}", origin.url(&path(*n))));
    assert_eq!(results.lines().skip(1).collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    let kept = folder.path().join("gallery/images").join(&id);
    assert_eq!(std::fs::read_dir(kept).unwrap().count(), IMAGES, "nothing half written is left");
    eprintln!("images recorded at each of {kills} kills: 0, {progress:?}");
    assert!(victim.terminate().await.success());
}
