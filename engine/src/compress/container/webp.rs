//! The pictures in an extended WebP (RFC 9649, 2.7), which say their size a second time.
//!
//! The decoder believes the picture and compares afterwards, when all of it is decoded. So this is
//! looked at first, and as that decoder finds its way: past the end that the header names, and into
//! chunks that are cut off.

use super::riff::{self, Chunk};
use crate::compress::CompressError;

/// Width and height.
type Size = (u32, u32);

/// Refuses a WebP in which a picture has another size than the container says, or lies outside.
///
/// # Errors
/// [`CompressError::Corrupt`], and [`CompressError::Incomplete`] where a header is cut off.
pub(crate) fn check(source: &[u8]) -> Result<(), CompressError> {
    let mut chunks = riff::all_subchunks(source.get(12..).unwrap_or_default());
    let Some(extended) = chunks.next().filter(|chunk| chunk.kind == *b"VP8X") else {
        return Ok(());
    };
    let canvas = size_at(extended.payload, 4)?;
    let mut may_follow = true;
    for chunk in chunks {
        if chunk.kind == *b"ANMF" {
            if !may_follow {
                // The decoder would look for the next one at another place than we do.
                return Err(damaged("a frame of it has an odd length"));
            }
            may_follow = chunk.payload.len().is_multiple_of(2);
            check_frame(chunk.payload, canvas)?;
        } else {
            check_picture(&chunk, canvas)?;
        }
    }
    Ok(())
}

fn check_frame(frame: &[u8], canvas: Size) -> Result<(), CompressError> {
    let (x, y) = (number_at(frame, 0)? * 2, number_at(frame, 3)? * 2);
    let size = size_at(frame, 6)?;
    if x + size.0 > canvas.0 || y + size.1 > canvas.1 {
        return Err(damaged("a frame of it lies outside"));
    }
    let mut is_after_alpha = false;
    for chunk in riff::all_subchunks(frame.get(16..).unwrap_or_default()) {
        // What follows the transparency is decoded as `VP8 `, whatever it calls itself.
        if is_after_alpha && chunk.kind != *b"VP8 " {
            return Err(damaged("a frame of it has no picture"));
        }
        is_after_alpha = chunk.kind == *b"ALPH";
        check_picture(&chunk, size)?;
    }
    Ok(())
}

fn check_picture(chunk: &Chunk<'_>, expected: Size) -> Result<(), CompressError> {
    let found = match &chunk.kind {
        b"VP8 " => lossy_size(chunk.payload),
        b"VP8L" => lossless_size(chunk.payload),
        _ => return Ok(()),
    };
    let (width, height) = found.ok_or(CompressError::Incomplete)?;
    if (width, height) != expected {
        let detail = format!("a picture in it has {width} x {height} pixels, which it denies");
        return Err(CompressError::Corrupt(detail));
    }
    Ok(())
}

/// RFC 6386, 9.1: after three bytes of flags and three that are always the same.
fn lossy_size(payload: &[u8]) -> Option<Size> {
    let side = |at: usize| {
        let bytes = payload.get(at..)?.first_chunk()?;
        Some(u32::from(u16::from_le_bytes(*bytes) & 0x3FFF))
    };
    Some((side(6)?, side(8)?))
}

/// RFC 9649, 3.4: after a signature, two times 14 bits.
fn lossless_size(payload: &[u8]) -> Option<Size> {
    let bits = u32::from_le_bytes(*payload.get(1..)?.first_chunk()?);
    Some(((bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1))
}

fn size_at(bytes: &[u8], at: usize) -> Result<Size, CompressError> {
    Ok((number_at(bytes, at)? + 1, number_at(bytes, at + 3)? + 1))
}

/// A number of 24 bits.
fn number_at(bytes: &[u8], at: usize) -> Result<u32, CompressError> {
    let [a, b, c] =
        *bytes.get(at..).and_then(|rest| rest.first_chunk()).ok_or(CompressError::Incomplete)?;
    Ok(u32::from_le_bytes([a, b, c, 0]))
}

fn damaged(how: &str) -> CompressError {
    CompressError::Corrupt(how.to_owned())
}
