//! Several servers on one MongoDB: equal processes, none of which is special.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../../../engine/tests/support/bucket.rs"]
mod bucket;
#[path = "../../../engine/tests/support/deployment.rs"]
#[expect(dead_code, reason = "everybody is let in")]
mod deployment;
#[path = "../../../engine/tests/support/meter.rs"]
mod meter;
#[path = "../../../engine/tests/support/origin.rs"]
#[expect(dead_code, reason = "nothing misbehaves here but the machines")]
mod origin;
#[path = "../../../engine/tests/support/receiver.rs"]
#[expect(dead_code, reason = "it misbehaves in one way only")]
mod receiver;
#[path = "../support/server.rs"]
#[expect(dead_code, reason = "each suite asks for other things")]
mod server;

mod away;
mod chaos;
mod fencing;
mod bucket_reads;
mod relay;
mod shared;

use origin::{Answer, Origin};
use server::Server;
use tempfile::TempDir;

/// A picture that takes a moment to compress; another one for each seed.
fn picture(seed: usize) -> Vec<u8> {
    let pixel = |x: u32, y: u32| {
        let grain = (x * 31 + y * 17 + x * y + seed as u32 * 7) % 23;
        image::Rgb([(x + grain) as u8, (y + grain) as u8, seed as u8])
    };
    let picture = image::RgbImage::from_fn(320, 240, pixel);
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn path(n: usize) -> String {
    format!("/photos/{n}.png")
}

/// An origin with some pictures, and a sheet that names them all.
async fn pictures(count: usize) -> (Origin, String) {
    let origin = Origin::start().await;
    for n in 0..count {
        origin.serve(&path(n), [Answer::ok(picture(n))]);
    }
    let links: Vec<String> = (0..count).map(|n| origin.url(&path(n))).collect();
    let sheet = Server::sheet(links.iter().map(String::as_str));
    (origin, sheet)
}

/// The secret key that all processes of a deployment have.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A server on a database, in a folder of its own.
async fn member(uri: &str, folder: &TempDir) -> Server {
    member_with(uri, folder, &[]).await
}

/// The same with further options; what is said last counts.
async fn member_with(uri: &str, folder: &TempDir, more: &[&str]) -> Server {
    Server::in_folder(folder.path(), &options(uri, more)).await
}

/// The same with its images in a bucket.
async fn member_with_bucket(
    uri: &str,
    folder: &TempDir,
    (bucket, variables): (url::Url, Vec<(String, String)>),
) -> Server {
    let options = options(uri, &["--gallery", bucket.as_str()]);
    Server::in_environment(folder.path(), &options, variables).await
}

/// What the processes of a deployment are told.
fn options<'a>(uri: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let options = [
        ["--store", uri],
        ["--secret-key", KEY],
        ["--allow-addresses", "127.0.0.0/8"],
        ["--lease", "2 s"],
    ];
    [options.as_flattened(), more].concat()
}
