//! Real images for the tests, and the means to look at what came out.

#![expect(dead_code, reason = "each test uses what it needs")]

pub(crate) mod hostile;

use std::path::{Path, PathBuf};

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, RgbaImage};
use pixmill_engine::{
    compress::{CompressError, Compressed, Limits, Stop, compress},
    model::{Format, FormatChoice, Recipe},
};

/// A folder of the shared corpus; says so and gives `None` where it is not there.
pub(crate) fn folder(name: &str) -> Option<PathBuf> {
    let corpus = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/corpus"));
    let folder = corpus.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: there is no corpus at {}", folder.display());
    None
}

/// One file of the shared corpus.
pub(crate) fn file(name: &str) -> Option<Vec<u8>> {
    let folder = folder("")?;
    Some(std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}")))
}

/// All images below a folder, in a fixed order, by their paths within it.
pub(crate) fn images(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut images = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        for entry in std::fs::read_dir(inner).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_none_or(|ending| ending != "txt" && ending != "csv") {
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                images.push((name, std::fs::read(&path).unwrap()));
            }
        }
    }
    images.sort();
    images
}

/// A picture of the tests' own: one of Kodak's, a quarter as wide and high. Kodak released them for
/// unrestricted use.
pub(crate) fn kodak(number: u8) -> Vec<u8> {
    let path = format!("{}/tests/images/kodim{number:02}.png", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A file of a picture, written by the `image` crate alone.
pub(crate) fn written(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    image.into().write_to(&mut file, format).unwrap();
    file.into_inner()
}

pub(crate) fn to(format: Format) -> Recipe {
    Recipe { format: FormatChoice::Convert(format), ..Recipe::default() }
}

pub(crate) fn keep() -> Recipe {
    Recipe { format: FormatChoice::Keep, ..Recipe::default() }
}

pub(crate) fn run(source: &[u8], recipe: &Recipe) -> Result<Compressed, CompressError> {
    compress(source, recipe, &Limits::default(), &Stop::new())
}

/// Decodes by the `image` crate alone, and turns it as its EXIF says.
pub(crate) fn decoded(file: &[u8]) -> RgbaImage {
    let reader = ImageReader::new(std::io::Cursor::new(file)).with_guessed_format().unwrap();
    let mut decoder = reader.into_decoder().unwrap();
    let orientation = decoder.orientation().unwrap();
    let mut image = DynamicImage::from_decoder(decoder).unwrap();
    image.apply_orientation(orientation);
    image.into_rgba8()
}

/// How alike two pictures of one size are, in decibels: 30 is fair, 40 is very good.
pub(crate) fn psnr(a: &RgbaImage, b: &RgbaImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions());
    let off = |(a, b): (&u8, &u8)| f64::from(a.abs_diff(*b)).powi(2);
    let sum: f64 = a.as_raw().iter().zip(b.as_raw()).map(off).sum();
    let mean = sum / a.as_raw().len() as f64;
    if mean == 0.0 { f64::INFINITY } else { 10.0 * (255.0 * 255.0 / mean).log10() }
}
