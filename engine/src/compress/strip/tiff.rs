//! A TIFF without its metadata, in which all that stays keeps its place.
//!
//! Its parts are tied together by their places in the file and lie there in any order, so nothing
//! is moved: what is needed is copied into an empty file of the same length, and the rest is never
//! looked at. That leaves out directories within directories (EXIF, places), what programs add of
//! their own, and what lies between the parts.

use std::ops::Range;

use crate::compress::container::{
    jpeg::{self, Jpeg, marker},
    tiff::{self, Entry, Page, Tiff, tag},
};

const ICC: u16 = 34_675;
const ORIENTATION: u16 = 274;

/// What is needed to show a page (TIFF 6.0, part 1 and sections 11 to 21; Technical Note 2).
const SHOWN: &[u16] = &[
    254,
    255,
    256,
    257,
    258,
    259,
    262,
    263,
    264,
    265,
    266,
    273,
    ORIENTATION,
    277,
    278,
    279,
    280,
    281,
    282,
    283,
    284,
    290,
    291,
    292,
    293,
    296,
    301,
    317,
    318,
    319,
    320,
    322,
    323,
    324,
    325,
    332,
    334,
    336,
    338,
    339,
    340,
    341,
    347,
    529,
    530,
    531,
    532,
];

/// The file without its metadata; `None` where it is not certain what that is.
pub(super) fn strip(source: &[u8], keeps_profile: bool) -> Option<Vec<u8>> {
    let tiff = Tiff::parse(source)?;
    let mut file = Copy { source, file: vec![0; source.len()], end: 0, left: source.len() };
    file.take(0..8)?;
    for page in &tiff.pages {
        let stays =
            |entry: &&Entry| SHOWN.contains(&entry.tag) || keeps_profile && entry.tag == ICC;
        let entries: Vec<&Entry> = page.entries.iter().filter(stays).collect();
        file.directory(&tiff, page, &entries)?;
        for entry in entries {
            // Short values lie in the entry, which is there already.
            if !page.range.contains(&entry.values.start) {
                file.take(entry.values.clone())?;
            }
        }
        for piece in pieces(&tiff, page)? {
            file.take(piece)?;
        }
    }
    file.file.truncate(file.end);
    Some(file.file)
}

/// Where the pixels of a page lie; `None` where metadata may lie among them.
fn pieces(tiff: &Tiff<'_>, page: &Page) -> Option<Vec<Range<usize>>> {
    let pieces = tiff.pieces(page)?;
    let is_plain = match tiff.number(page, tag::COMPRESSION) {
        Some(tiff::JPEG) => {
            pieces.iter().all(|piece| is_plain_jpeg(&tiff.jpeg(page, piece.clone())))
        }
        Some(tiff::OLD_JPEG) => false,
        Some(_) | None => true,
    };
    is_plain.then_some(pieces)
}

/// Whether a JPEG says nothing but how it is to be shown.
fn is_plain_jpeg(file: &[u8]) -> bool {
    Jpeg::parse(file).is_ok_and(|jpeg| {
        jpeg.is_tidy
            && jpeg.segments.iter().all(|segment| match segment.marker {
                // With a thumbnail it would be longer.
                marker::APP0 => {
                    segment.payload.starts_with(b"JFIF\0") && segment.payload.len() == 14
                }
                marker::APP14 => segment.payload.starts_with(jpeg::ADOBE),
                marker::APP1..=marker::APP15 | marker::COM => false,
                _ => true,
            })
    })
}

/// A file that is filled with parts of another.
struct Copy<'a> {
    source: &'a [u8],
    file: Vec<u8>,
    /// The end of the last part.
    end: usize,
    /// How many bytes may be copied yet: parts that overlap are none of a sound file, and could
    /// take a small one for ever.
    left: usize,
}

impl Copy<'_> {
    fn take(&mut self, range: Range<usize>) -> Option<()> {
        self.left = self.left.checked_sub(range.len())?;
        let part = self.source.get(range.clone())?;
        self.file.get_mut(range.clone())?.copy_from_slice(part);
        self.end = self.end.max(range.end);
        Some(())
    }

    /// Writes a directory of these entries where the longer one lies.
    fn directory(&mut self, tiff: &Tiff<'_>, page: &Page, entries: &[&Entry]) -> Option<()> {
        let count = u16::try_from(entries.len()).ok()?;
        let next = self.source.get(page.range.end - 4..page.range.end)?;
        let mut directory = tiff.order.u16_bytes(count).to_vec();
        for entry in entries {
            directory.extend_from_slice(self.source.get(entry.range.clone())?);
        }
        directory.extend_from_slice(next);
        self.left = self.left.checked_sub(directory.len())?;
        let range = page.range.start..page.range.start + directory.len();
        self.file.get_mut(range.clone())?.copy_from_slice(&directory);
        self.end = self.end.max(range.end);
        Some(())
    }
}
