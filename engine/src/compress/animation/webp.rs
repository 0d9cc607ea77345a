//! Writes animated WebPs (RFC 9649, 2.7).

use super::{Order, Shown, Written, write_changes};
use crate::compress::{
    CompressError,
    container::riff::{self, flag},
    encode::webp::{self, Loss},
    metadata,
    picture::Picture,
};

/// The longest time that a WebP can show a frame (RFC 9649, 2.7.1.1).
const MAX_MILLIS: u32 = (1 << 24) - 1;

/// Writes an animated WebP: of each frame the part that differs from the one before.
pub(crate) fn write(
    frames: impl Iterator<Item = Result<Shown, CompressError>>,
    order: &Order<'_>,
) -> Result<Vec<u8>, CompressError> {
    let mut loss = None;
    let (written, size) = write_changes(frames, order.stop, |picture| {
        let loss = match loss {
            Some(loss) => loss,
            None => *loss.insert(better(picture, order)?),
        };
        Ok(webp::pixel_chunks(&webp::still(picture, loss)?))
    })?;
    Ok(assemble(&written, order, size))
}

/// Drawings are often smaller without any loss: the first frame, written both ways, decides.
fn better(first: &Picture, order: &Order<'_>) -> Result<Loss, CompressError> {
    let loss = Loss::of(order.quality);
    match loss {
        Loss::None => Ok(Loss::None),
        Loss::Upto(_) => {
            let (lossy, lossless) = (webp::still(first, loss)?, webp::still(first, Loss::None)?);
            Ok(if lossless.len() <= lossy.len() { Loss::None } else { loss })
        }
    }
}

/// Puts the frames into a file.
fn assemble(frames: &[Written], order: &Order<'_>, (width, height): (u32, u32)) -> Vec<u8> {
    let flags = flag::ANIMATION | flag::ALPHA | metadata::webp_flags(order.kept);
    let plays = u16::try_from(order.plays).unwrap_or(u16::MAX);
    let mut chunks = Vec::new();
    riff::push(&mut chunks, *b"VP8X", &[&riff::extended(flags, width, height)]);
    riff::push(&mut chunks, *b"ANIM", &[&[0; 4], &plays.to_le_bytes()]);
    for Written { area, millis, pixels } in frames {
        let fields =
            [area.x / 2, area.y / 2, area.width - 1, area.height - 1, (*millis).min(MAX_MILLIS)];
        let mut header: Vec<u8> =
            fields.iter().flat_map(|field| field.to_le_bytes()[..3].to_vec()).collect();
        // The area is replaced rather than blended over, and left as it is afterwards.
        header.push(0b10);
        riff::push(&mut chunks, *b"ANMF", &[&header, pixels]);
    }
    metadata::push_webp(&mut chunks, order.kept);
    riff::file(&chunks)
}
