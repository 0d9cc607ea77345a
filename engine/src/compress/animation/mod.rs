//! Animations: read frame by frame, written frame by frame, so that one frame at a time is held.

mod gif;
mod png;
mod webp;

use image::Frame;

use super::{
    CompressError, Stop,
    metadata::Kept,
    picture::{Layout, Picture},
};
use crate::model::{Format, Quality};

pub(crate) use gif::write as gif;
pub(crate) use png::{Colours, write as png};
pub(crate) use webp::write as webp;

/// Whether a source of so many frames stays an animation in this format.
pub(crate) fn survives(frames: u32, format: Format) -> bool {
    match format {
        Format::Webp | Format::Png | Format::Gif => frames > 1,
        Format::Jpeg | Format::Avif | Format::Tiff | Format::Bmp => false,
    }
}

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
    pub(crate) quality: Quality,
    pub(crate) kept: &'a Kept,
    pub(crate) stop: &'a Stop,
}

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

/// A part of an animation that is written: what differs from the frame before, how long it is
/// shown, and its pixels in the format's own coding.
struct Written {
    area: Area,
    millis: u32,
    pixels: Vec<u8>,
}

/// Writes of each frame the part that differs from the one before; frames in which nothing does
/// make that one last longer. Says how large the pictures are, too.
fn write_changes(
    frames: impl Iterator<Item = Result<Shown, CompressError>>,
    stop: &Stop,
    mut write: impl FnMut(&Picture) -> Result<Vec<u8>, CompressError>,
) -> Result<(Vec<Written>, (u32, u32)), CompressError> {
    let mut written: Vec<Written> = Vec::new();
    let mut last: Option<Picture> = None;
    for frame in frames {
        let Shown { picture, millis } = frame?;
        let area = match &last {
            None => Some(Area { x: 0, y: 0, width: picture.width, height: picture.height }),
            Some(last) => Area::changed(last, &picture),
        };
        match (area, written.last_mut()) {
            (None, Some(before)) => before.millis = before.millis.saturating_add(millis),
            (None, None) => {}
            (Some(area), _) => {
                let pixels = write(&area.cut(&picture))?;
                written.push(Written { area, millis, pixels });
            }
        }
        last = Some(picture);
        stop.check()?;
    }
    let last = last.ok_or_else(|| CompressError::Corrupt("it has no frame".to_owned()))?;
    Ok((written, (last.width, last.height)))
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
