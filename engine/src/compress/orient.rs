//! Which way up a picture is shown: the orientation of its EXIF is applied to the pixels.

use image::metadata::Orientation;

use super::{CompressError, picture::Picture};

/// Whether the picture lies on its side, so that its width is shown as its height.
pub(crate) fn is_turned(orientation: Orientation) -> bool {
    match orientation {
        Orientation::Rotate90
        | Orientation::Rotate270
        | Orientation::Rotate90FlipH
        | Orientation::Rotate270FlipH => true,
        Orientation::NoTransforms
        | Orientation::Rotate180
        | Orientation::FlipHorizontal
        | Orientation::FlipVertical => false,
    }
}

/// The size that is shown of a picture stored at this size; and the other way round.
pub(crate) fn shown_size(size: (u32, u32), orientation: Orientation) -> (u32, u32) {
    if is_turned(orientation) { (size.1, size.0) } else { size }
}

/// Turns the pixels the way they are to be shown.
pub(crate) fn orient(picture: Picture, orientation: Orientation) -> Result<Picture, CompressError> {
    if orientation == Orientation::NoTransforms {
        return Ok(picture);
    }
    let mut image = picture.into_image()?;
    image.apply_orientation(orientation);
    Picture::from_image(image)
}

/// EXIF that says nothing but the orientation (Exif 2.32, 4.6.4, tag 112h), as a TIFF.
pub(crate) fn minimal_exif(orientation: Orientation) -> Vec<u8> {
    let mut exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    exif.extend([orientation.to_exif(), 0, 0, 0, 0, 0, 0, 0]);
    exif
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compress::picture::Layout;

    #[test]
    fn a_picture_on_its_side_is_stood_up() {
        let lying = Picture::new(3, 2, Layout::Gray, vec![1, 2, 3, 4, 5, 6]).unwrap();
        let upright = orient(lying, Orientation::Rotate90).unwrap();
        assert_eq!((upright.width, upright.height), (2, 3));
        assert_eq!(upright.samples, [4, 1, 5, 2, 6, 3]);
    }

    #[test]
    fn the_minimal_exif_says_the_orientation() {
        for number in 1..=8 {
            let orientation = Orientation::from_exif(number).unwrap();
            let exif = minimal_exif(orientation);
            assert_eq!(Orientation::from_exif_chunk(&exif), Some(orientation));
        }
    }
}
