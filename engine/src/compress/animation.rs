//! Animations: read frame by frame, written frame by frame, so that one frame at a time is held.

use image::{
    Delay, Frame,
    codecs::gif::{GifEncoder, Repeat},
};

use super::{
    CompressError, Stop,
    container::riff::{self, flag},
    encode::webp::{self, Loss},
    guard,
    metadata::{self, Kept},
    picture::{Layout, Picture},
};
use crate::model::Format;

/// One picture of an animation, as it is shown.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(crate) picture: Picture,
    /// How long it is shown.
    pub(crate) millis: u32,
}

/// How an animation is to be written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order<'a> {
    /// How often it plays; 0 is for ever.
    pub(crate) plays: u32,
    pub(crate) loss: Loss,
    pub(crate) kept: &'a Kept,
    pub(crate) stop: &'a Stop,
}

/// The longest time that a WebP can show a frame (RFC 9649, 2.7.1.1).
const MAX_MILLIS: u32 = (1 << 24) - 1;

impl Shown {
    /// Takes over a frame of the `image` crate.
    pub(crate) fn from_frame(frame: Frame, format: Format) -> Result<Self, CompressError> {
        let (numerator, denominator) = frame.delay().numer_denom_ms();
        let millis = numerator / denominator.max(1);
        // Browsers show frames of a GIF that claim to last no time at all for a tenth of a second.
        let millis = if format == Format::Gif && millis <= 10 { 100 } else { millis };
        let buffer = frame.into_buffer();
        let (width, height) = buffer.dimensions();
        let picture = Picture::new(width, height, Layout::Rgba, buffer.into_raw())?;
        Ok(Shown { picture, millis })
    }
}

/// Writes an animated WebP: of each frame the part that differs from the one before.
pub(crate) fn webp(
    frames: impl Iterator<Item = Result<Shown, CompressError>>,
    order: &Order<'_>,
) -> Result<Vec<u8>, CompressError> {
    let mut written: Vec<Written> = Vec::new();
    let mut last: Option<Picture> = None;
    let mut loss = order.loss;
    for frame in frames {
        let Shown { picture, millis } = frame?;
        let area = match &last {
            None => Some(Area { x: 0, y: 0, width: picture.width, height: picture.height }),
            Some(last) => Area::changed(last, &picture),
        };
        match (area, written.last_mut()) {
            (None, Some(before)) => before.millis = before.millis.saturating_add(millis),
            (None, None) => {}
            (Some(area), before) => {
                if before.is_none() {
                    loss = better(&picture, order)?;
                }
                let image = webp::still(&area.cut(&picture), loss)?;
                written.push(Written { area, millis, pixels: webp::pixel_chunks(&image) });
            }
        }
        last = Some(picture);
        order.stop.check()?;
    }
    let last = last.ok_or_else(|| CompressError::Corrupt("it has no frame".to_owned()))?;
    Ok(assemble(&written, order, last.width, last.height))
}

/// Writes an animated GIF; transparency is all or nothing there, and colours are 256 a frame.
pub(crate) fn gif(
    frames: impl Iterator<Item = Result<Shown, CompressError>>,
    plays: u32,
) -> Result<Vec<u8>, CompressError> {
    /// From 1 (slow) to 30; what the encoder itself recommends.
    const SPEED: i32 = 10;
    let failed = |error| CompressError::encoding(Format::Gif, error);
    let mut file = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut file, SPEED);
    match plays {
        0 => encoder.set_repeat(Repeat::Infinite).map_err(failed)?,
        1 => {}
        _ => {
            let repeats = u16::try_from(plays - 1).unwrap_or(u16::MAX);
            encoder.set_repeat(Repeat::Finite(repeats)).map_err(failed)?;
        }
    }
    for frame in frames {
        let Shown { picture, millis } = frame?;
        let image = picture.into_image()?.into_rgba8();
        let delay = Delay::from_numer_denom_ms(millis, 1);
        guard::encoding(|| {
            encoder.encode_frame(Frame::from_parts(image, 0, 0, delay)).map_err(failed)
        })?;
    }
    drop(encoder);
    Ok(file)
}

struct Written {
    area: Area,
    millis: u32,
    pixels: Vec<u8>,
}

/// Drawings are often smaller without any loss: the first frame, written both ways, decides.
fn better(first: &Picture, order: &Order<'_>) -> Result<Loss, CompressError> {
    match order.loss {
        Loss::None => Ok(Loss::None),
        Loss::Upto(_) => {
            let (lossy, lossless) =
                (webp::still(first, order.loss)?, webp::still(first, Loss::None)?);
            Ok(if lossless.len() <= lossy.len() { Loss::None } else { order.loss })
        }
    }
}

/// Puts the frames into a file (RFC 9649, 2.7).
fn assemble(frames: &[Written], order: &Order<'_>, width: u32, height: u32) -> Vec<u8> {
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

/// A part of a picture; its corner lies at even places, as the format demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Area {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
}

impl Area {
    /// The smallest area outside of which both pictures, of the same size, are the same.
    fn changed(before: &Picture, after: &Picture) -> Option<Self> {
        let stride = after.width as usize * 4;
        let rows = || before.samples.chunks_exact(stride).zip(after.samples.chunks_exact(stride));
        let top = rows().position(|(a, b)| a != b)?;
        let bottom = rows().rposition(|(a, b)| a != b)? + 1;
        let (mut left, mut right) = (stride, 0);
        for (a, b) in rows().take(bottom).skip(top).filter(|(a, b)| a != b) {
            let differs = |(a, b): (&u8, &u8)| a != b;
            left = left.min(a.iter().zip(b).position(differs).unwrap_or(stride));
            right = right.max(a.iter().zip(b).rposition(differs).map_or(0, |at| at + 1));
        }
        let (x, right) = ((left / 4) as u32 & !1, right.div_ceil(4) as u32);
        let (y, bottom) = (top as u32 & !1, bottom as u32);
        Some(Area { x, y, width: right - x, height: bottom - y })
    }

    fn cut(self, picture: &Picture) -> Picture {
        let from = self.x as usize * 4;
        let to = from + self.width as usize * 4;
        let rows = picture.samples.chunks_exact(picture.width as usize * 4);
        let rows = rows.skip(self.y as usize).take(self.height as usize);
        let samples = rows.flat_map(|row| &row[from..to]).copied().collect();
        Picture { width: self.width, height: self.height, layout: Layout::Rgba, samples }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_changed_area_is_as_small_as_it_can_be() {
        let before = Picture::new(8, 8, Layout::Rgba, vec![0; 256]).unwrap();
        let mut after = before.clone();
        assert_eq!(Area::changed(&before, &after), None);
        after.samples[(3 * 8 + 5) * 4 + 2] = 1;
        after.samples[(6 * 8 + 3) * 4] = 1;
        let area = Area::changed(&before, &after).unwrap();
        assert_eq!(area, Area { x: 2, y: 2, width: 4, height: 5 });
        assert_eq!(area.cut(&after).samples.iter().filter(|sample| **sample == 1).count(), 2);
    }
}
