//! Carries metadata over from a source to its rendition, where the recipe keeps it.

use image::metadata::Orientation;

use super::{
    container::{
        jpeg::{self, marker},
        png,
        riff::{self, flag},
    },
    decode::About,
    encode::webp,
};
use crate::model::Metadata;

/// What of a source's metadata goes along with its rendition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    /// EXIF, beginning with its TIFF header.
    pub(crate) exif: Option<Vec<u8>>,
    pub(crate) xmp: Option<Vec<u8>>,
}

impl Kept {
    /// Nothing, or EXIF and XMP; the orientation of the EXIF is taken out, for it has been applied
    /// to the pixels.
    pub(crate) fn of(about: &About, metadata: Metadata) -> Self {
        match metadata {
            Metadata::Drop => Kept::default(),
            Metadata::Keep => {
                let mut exif = about.exif.clone();
                if let Some(exif) = &mut exif {
                    let was: Option<Orientation> = Orientation::remove_from_exif_chunk(exif);
                    debug_assert!(was.is_none_or(|was| was == about.orientation));
                }
                Kept { exif, xmp: about.xmp.clone() }
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.exif.is_none() && self.xmp.is_none()
    }
}

/// Puts it right after the start of a JPEG; what is too long for a segment is left out.
pub(crate) fn into_jpeg(image: Vec<u8>, kept: &Kept) -> Vec<u8> {
    let exif = kept.exif.as_ref().and_then(|exif| jpeg::segment(marker::APP1, &[jpeg::EXIF, exif]));
    let xmp = kept.xmp.as_ref().and_then(|xmp| jpeg::segment(marker::APP1, &[jpeg::XMP, xmp]));
    let added = [exif, xmp].into_iter().flatten().collect::<Vec<_>>().concat();
    if added.is_empty() {
        return image;
    }
    let (start, rest) = image.split_at(2);
    [start, &added, rest].concat()
}

/// The chunks that hold it in a PNG.
pub(crate) fn png_chunks(kept: &Kept) -> Vec<([u8; 4], Vec<u8>)> {
    let exif = kept.exif.as_ref().map(|exif| (*b"eXIf", exif.clone()));
    let xmp = kept.xmp.as_ref().map(|xmp| (*b"iTXt", [png::XMP, xmp].concat()));
    [exif, xmp].into_iter().flatten().collect()
}

/// Puts a still WebP into an extended container that has a place for it.
pub(crate) fn into_webp(image: Vec<u8>, kept: &Kept, width: u32, height: u32) -> Vec<u8> {
    if kept.is_empty() {
        return image;
    }
    let mut flags = webp_flags(kept);
    if has_alpha(&image) {
        flags |= flag::ALPHA;
    }
    let mut chunks = Vec::with_capacity(image.len());
    riff::push(&mut chunks, *b"VP8X", &[&riff::extended(flags, width, height)]);
    chunks.extend(webp::pixel_chunks(&image));
    push_webp(&mut chunks, kept);
    riff::file(&chunks)
}

/// The flags that announce it.
pub(crate) fn webp_flags(kept: &Kept) -> u8 {
    let exif = if kept.exif.is_some() { flag::EXIF } else { 0 };
    let xmp = if kept.xmp.is_some() { flag::XMP } else { 0 };
    exif | xmp
}

/// Appends it, as the last chunks of a WebP.
pub(crate) fn push_webp(chunks: &mut Vec<u8>, kept: &Kept) {
    if let Some(exif) = &kept.exif {
        riff::push(chunks, *b"EXIF", &[exif]);
    }
    if let Some(xmp) = &kept.xmp {
        riff::push(chunks, *b"XMP ", &[xmp]);
    }
}

/// Whether a still WebP has transparency: in its flags, or in the header of a lossless picture
/// (RFC 9649, 3.4).
fn has_alpha(image: &[u8]) -> bool {
    riff::chunks(image).any(|chunk| match &chunk.kind {
        b"ALPH" => true,
        b"VP8X" => chunk.payload.first().is_some_and(|flags| flags & flag::ALPHA != 0),
        b"VP8L" => chunk.payload.get(4).is_some_and(|byte| byte & 0x10 != 0),
        _ => false,
    })
}
