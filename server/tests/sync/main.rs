//! Computers and servers that share a deployment: what is made on any of them is on all.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../../../engine/tests/support/deployment.rs"]
#[expect(dead_code, reason = "one that all tests share will do")]
mod deployment;
#[path = "../../../engine/tests/support/origin.rs"]
#[expect(dead_code, reason = "nothing misbehaves here but the machines and the network")]
mod origin;
#[path = "../support/server.rs"]
#[expect(dead_code, reason = "each suite asks for other things")]
mod server;

mod compared;
mod computer;
mod network;
mod shown;
mod storm;

use origin::{Answer, Origin};
use server::Server;
use tempfile::TempDir;

/// The secret key that all servers of a deployment have.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// How many pictures there are.
const PICTURES: usize = 40;
/// How many of them cannot be had at first: they come when they are asked for the fourth time.
const LATE: usize = 8;

/// A small picture, another one for each seed.
fn picture(seed: usize) -> Vec<u8> {
    let pixel = |x: u32, y: u32| image::Rgb([(x * 8) as u8, (y * 8) as u8, (seed * 6) as u8]);
    let picture = image::RgbImage::from_fn(32, 24, pixel);
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn path(n: usize) -> String {
    format!("/photos/{n}.png")
}

/// An origin with all pictures.
async fn pictures() -> Origin {
    let origin = Origin::start().await;
    for n in 0..PICTURES {
        origin.serve(&path(n), [Answer::ok(picture(n))]);
    }
    origin
}

/// The same, of which some cannot be had at first.
async fn pictures_that_come_late() -> Origin {
    let origin = pictures().await;
    for n in 0..LATE {
        let late = std::iter::repeat_n(Answer::status(404), 3);
        origin.serve(&path(n), late.chain([Answer::ok(picture(n))]));
    }
    origin
}

/// A server on a database, in a folder of its own.
async fn member(database: &str, folder: &TempDir) -> Server {
    let options = [
        ["--store", database],
        ["--secret-key", KEY],
        ["--allow-addresses", "127.0.0.0/8"],
        ["--lease", "2 s"],
    ];
    Server::in_folder(folder.path(), options.as_flattened()).await
}
