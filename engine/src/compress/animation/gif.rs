//! Writes animated GIFs.

use image::{
    Delay, Frame,
    codecs::gif::{GifEncoder, Repeat},
};

use super::Shown;
use crate::{
    compress::{CompressError, guard},
    model::Format,
};

/// Writes an animated GIF; transparency is all or nothing there, and colours are 256 a frame.
pub(crate) fn write(
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
