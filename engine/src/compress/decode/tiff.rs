//! Looks at the strips and tiles of a TIFF before they are decoded: its decoder makes room for
//! whatever size they say, whether the picture is as large or not.
//!
//! The directory is read by the same crate that decodes, so that both see the same one.

use tiff::{
    TiffError,
    decoder::{Decoder, ifd::Value},
    tags::Tag,
};

use super::reader::Reader;
use crate::{
    compress::{CompressError, Stop, container::jpeg::Jpeg},
    model::Format,
};

/// The compression of TIFF Technical Note 2: each strip or tile is a JPEG.
const JPEG: u64 = 7;

/// What a TIFF is cut into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pieces {
    /// Width of a strip or tile in pixels; a tile may stand out over its picture.
    pub(crate) width: u32,
    /// Height of a strip or tile in pixels.
    pub(crate) height: u32,
    /// Bytes that the JPEG decoder holds at most for one of them; 0 where they are no JPEGs.
    pub(crate) jpeg_bytes: u64,
}

/// What the first picture of a TIFF is cut into.
///
/// # Errors
/// [`CompressError::Corrupt`] where a JPEG in it is larger than its strip or tile.
pub(crate) fn pieces(source: &[u8], stop: &Stop) -> Result<Pieces, CompressError> {
    let failed = |error: TiffError| failure(error, stop);
    let mut decoder = Decoder::new(Reader::new(source, stop)).map_err(failed)?;
    let (width, height) = decoder.chunk_dimensions();
    let mut number = |tag| decoder.find_tag(tag).map_err(failed);
    if number(Tag::Compression)?.and_then(|value| value.into_u64().ok()) != Some(JPEG) {
        return Ok(Pieces { width, height, jpeg_bytes: 0 });
    }
    let tables = number(Tag::JPEGTables)?.and_then(|tables| tables.into_u8_vec().ok());
    let max_pixels = u64::from(width) * u64::from(height);
    let mut jpeg_bytes = 0;
    let mut left = source.len();
    for (offsets, lengths) in
        [(Tag::StripOffsets, Tag::StripByteCounts), (Tag::TileOffsets, Tag::TileByteCounts)]
    {
        let offsets = numbers(number(offsets)?);
        let lengths = numbers(number(lengths)?);
        for (start, length) in offsets.into_iter().zip(lengths) {
            stop.check()?;
            let piece = start..start.saturating_add(length).min(source.len());
            let piece = source.get(piece).ok_or(CompressError::Incomplete)?;
            // Otherwise a small file could have the same bytes gone over a million times.
            left = left.checked_sub(piece.len()).ok_or_else(|| damaged("its parts overlap"))?;
            jpeg_bytes = jpeg_bytes.max(piece_bytes(tables.as_deref(), piece, max_pixels)?);
        }
    }
    Ok(Pieces { width, height, jpeg_bytes })
}

/// Bytes that decoding a strip or tile holds at most.
fn piece_bytes(tables: Option<&[u8]>, piece: &[u8], max_pixels: u64) -> Result<u64, CompressError> {
    let joined;
    let file = match tables {
        // The end of the tables and the start of the piece are left out.
        Some([tables @ .., _, _]) => {
            joined = [tables, piece.get(2..).unwrap_or_default()].concat();
            &joined
        }
        Some(_) | None => piece,
    };
    let jpeg = Jpeg::parse(file)?;
    let frame = jpeg.frame;
    let pixels = u64::from(frame.width) * u64::from(frame.height);
    if !jpeg.is_tidy || pixels > max_pixels {
        return Err(damaged("a JPEG in it is larger than its place"));
    }
    Ok(jpeg.decoded_bytes() + file.len() as u64)
}

fn numbers(value: Option<Value>) -> Vec<usize> {
    let numbers = value.and_then(|value| value.into_u64_vec().ok()).unwrap_or_default();
    numbers.into_iter().map(|number| usize::try_from(number).unwrap_or(usize::MAX)).collect()
}

fn damaged(how: &str) -> CompressError {
    CompressError::Corrupt(how.to_owned())
}

/// What the decoder's error means, in the words that the `image` crate leads to.
fn failure(error: TiffError, stop: &Stop) -> CompressError {
    if let Err(stopped) = stop.check() {
        return stopped;
    }
    match error {
        TiffError::IoError(ref error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            CompressError::Incomplete
        }
        TiffError::LimitsExceeded => CompressError::TooMuchMemory,
        TiffError::UnsupportedError(error) => {
            CompressError::UnsupportedVariant { format: Format::Tiff, detail: error.to_string() }
        }
        TiffError::FormatError(_)
        | TiffError::IoError(_)
        | TiffError::IntSizeError
        | TiffError::UsageError(_) => CompressError::Corrupt(error.to_string()),
    }
}
