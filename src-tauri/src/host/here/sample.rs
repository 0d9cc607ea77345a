//! A sheet to try the app with: its images are put beside it, so that nothing need be downloaded.

use std::{fs, io, path::Path};

use crate::{offers::Sheet, wire::OfferKind};

/// The sheet, with links to a server's samples.
const SHEET: &str = include_str!("../../../../examples/products.csv");
/// How those links begin.
const BASE: &str = "http://127.0.0.1:8000/samples/";
/// What the sheet is called.
const NAME: &str = "products.csv";

macro_rules! photos {
    ($($name:literal)*) => {
        [$(($name, include_bytes!(concat!("../../../../examples/", $name)).as_slice()),)*]
    };
}

/// The images.
const PHOTOS: [(&str, &[u8]); 10] = photos! {
    "brick-house.jpg" "caps.jpg" "lighthouse-fence.jpg" "lighthouse.jpg" "marble-head.jpg"
    "motocross.jpg" "mountain-stream.jpg" "parrots.png" "sailing-boats.jpg" "window-flowers.jpg"
};

/// Writes the sheet and its images into a folder; what is there already is as it was written before.
pub(super) fn write(folder: &Path) -> io::Result<Sheet> {
    fs::create_dir_all(folder)?;
    for (name, bytes) in PHOTOS {
        let path = folder.join(name);
        if !fs::metadata(&path).is_ok_and(|there| there.len() == bytes.len() as u64) {
            fs::write(path, bytes)?;
        }
    }
    let path = folder.join(NAME);
    fs::write(&path, SHEET.replace(BASE, ""))?;
    let folder = Some(folder.canonicalize()?);
    Ok(Sheet { path, folder, name: NAME.to_owned(), kind: OfferKind::Sheet })
}
