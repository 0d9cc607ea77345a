//! Turns colours into sRGB, by the profile that the source carries.

use std::sync::Arc;

use moxcms::{
    ColorProfile, DataColorSpace, Layout as Order, RenderingIntent, Transform8BitExecutor,
    TransformOptions,
};

use super::{
    guard,
    picture::{Layout, Picture},
};

/// Pixels that are converted at a time: enough to be quick, few enough to stay in the cache.
const RUN: usize = 4096;

/// How far apart two colours are that nobody can tell apart, in steps of 255.
const IMPERCEPTIBLE: u8 = 2;

/// Converts the picture to sRGB. A profile that is broken, or that does not go with the picture,
/// is ignored, as browsers do.
pub(crate) fn to_srgb(picture: &mut Picture, icc: &[u8]) {
    let Some(transform) = Transform::from_profile(icc) else { return };
    if transform.changes_nothing() {
        return;
    }
    match picture.layout {
        Layout::Gray => transform.apply_to_gray(&mut picture.samples),
        Layout::Rgb | Layout::Rgba if transform.from == Order::Rgb => {
            transform.apply(&mut picture.samples, picture.layout.channels());
        }
        // A profile for gray says nothing about colours.
        Layout::Rgb | Layout::Rgba => {}
    }
}

/// Whether a picture looks the same with and without this profile.
pub(crate) fn is_srgb(icc: &[u8]) -> bool {
    Transform::from_profile(icc).is_none_or(|transform| transform.changes_nothing())
}

/// Converts inks (cyan, magenta, yellow, black; 255 is full) to sRGB by their profile; `None` where
/// the profile is not one for inks.
pub(crate) fn inks_to_srgb(inks: &[u8], icc: &[u8]) -> Option<Vec<u8>> {
    guard::quietly(|| {
        let profile = ColorProfile::new_from_slice(icc).ok()?;
        if profile.color_space != DataColorSpace::Cmyk {
            return None;
        }
        // Four inks travel in the layout of four samples.
        let executor = executor(&profile, Order::Rgba)?;
        let mut rgb = vec![0; inks.len() / 4 * 3];
        executor.transform(inks, &mut rgb).ok()?;
        Some(rgb)
    })
}

struct Transform {
    from: Order,
    executor: Arc<Transform8BitExecutor>,
}

impl Transform {
    fn from_profile(icc: &[u8]) -> Option<Self> {
        guard::quietly(|| {
            let profile = ColorProfile::new_from_slice(icc).ok()?;
            let from = if profile.color_space == DataColorSpace::Rgb {
                Order::Rgb
            } else if profile.color_space == DataColorSpace::Gray {
                Order::Gray
            } else {
                return None;
            };
            let executor = executor(&profile, from)?;
            Some(Transform { from, executor })
        })
    }

    /// Whether colours from all over the space stay as they are.
    fn changes_nothing(&self) -> bool {
        let steps = || (0..=255u8).step_by(51);
        let (before, expected): (Vec<u8>, Vec<u8>) = if self.from == Order::Gray {
            ((0..=255).collect(), (0..=255).flat_map(|gray| [gray; 3]).collect())
        } else {
            let cube = || {
                steps()
                    .flat_map(|r| steps().flat_map(move |g| steps().flat_map(move |b| [r, g, b])))
            };
            (cube().collect(), cube().collect())
        };
        let mut after = vec![0; expected.len()];
        self.executor.transform(&before, &mut after).is_ok()
            && expected.iter().zip(&after).all(|(a, b)| a.abs_diff(*b) <= IMPERCEPTIBLE)
    }

    /// Converts the first three samples of each pixel in place, a run of pixels at a time.
    fn apply(&self, samples: &mut [u8], channels: usize) {
        let mut before = Vec::with_capacity(RUN * 3);
        let mut after = vec![0; RUN * 3];
        for run in samples.chunks_mut(RUN * channels) {
            before.clear();
            before.extend(run.chunks_exact(channels).flat_map(|p| [p[0], p[1], p[2]]));
            let after = &mut after[..before.len()];
            if self.executor.transform(&before, after).is_err() {
                return;
            }
            for (pixel, rgb) in run.chunks_exact_mut(channels).zip(after.chunks_exact(3)) {
                pixel[..3].copy_from_slice(rgb);
            }
        }
    }

    /// Gray stays gray: each of the 256 tones is converted once, and its green is its tone.
    fn apply_to_gray(&self, samples: &mut [u8]) {
        let tones: Vec<u8> = if self.from == Order::Gray {
            (0..=255).collect()
        } else {
            (0..=255).flat_map(|tone| [tone; 3]).collect()
        };
        let mut converted = vec![0; 256 * 3];
        if self.executor.transform(&tones, &mut converted).is_ok() {
            samples.iter_mut().for_each(|tone| *tone = converted[usize::from(*tone) * 3 + 1]);
        }
    }
}

/// The way from a profile to sRGB: colours as they were measured, or else, as ICC.1:2022 has it in
/// 8.10, as the profile's makers found them pleasing.
fn executor(profile: &ColorProfile, from: Order) -> Option<Arc<Transform8BitExecutor>> {
    let srgb = ColorProfile::new_srgb();
    let intents = [RenderingIntent::RelativeColorimetric, RenderingIntent::Perceptual];
    intents.into_iter().find_map(|rendering_intent| {
        let options = TransformOptions { rendering_intent, ..Default::default() };
        profile.create_transform_8bit(from, &srgb, Order::Rgb, options).ok()
    })
}

/// A small profile for inks (ICC.1:2022, 10.10): paper, four inks, and what lies between them.
#[cfg(test)]
pub(crate) fn inks_profile() -> Vec<u8> {
    let paper_and_inks = |at: u8| match at {
        0b0000 => [255, 128, 128],
        0b1000 => [140, 90, 80],
        0b0100 => [120, 200, 125],
        0b0010 => [230, 120, 220],
        // Two inks and more are as good as black.
        _ => [0, 128, 128],
    };
    let mut lut = b"mft1\0\0\0\0\x04\x03\x02\0".to_vec();
    for at in 0..9u32 {
        // The unit matrix.
        lut.extend((if at % 4 == 0 { 0x1_0000u32 } else { 0 }).to_be_bytes());
    }
    lut.extend((0..4).flat_map(|_| 0..=255u8));
    lut.extend((0..16).flat_map(paper_and_inks));
    lut.extend((0..3).flat_map(|_| 0..=255u8));
    let mut icc = vec![0; 128];
    icc[8..12].copy_from_slice(&[2, 0x40, 0, 0]);
    icc[12..24].copy_from_slice(b"prtrCMYKLab ");
    icc[36..40].copy_from_slice(b"acsp");
    for (at, part) in [0xF6D6u32, 0x1_0000, 0xD32D].iter().enumerate() {
        icc[68 + at * 4..72 + at * 4].copy_from_slice(&part.to_be_bytes());
    }
    let length = u32::try_from(lut.len()).unwrap_or(0);
    icc.extend([1, u32::from_be_bytes(*b"A2B0"), 144, length].iter().flat_map(|n| n.to_be_bytes()));
    icc.extend(lut);
    let whole = u32::try_from(icc.len()).unwrap_or(0).to_be_bytes();
    icc[..4].copy_from_slice(&whole);
    icc
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(layout: Layout, samples: &[u8]) -> Picture {
        let width = u32::try_from(samples.len() / layout.channels()).unwrap();
        Picture::new(width, 1, layout, samples.to_vec()).unwrap()
    }

    #[test]
    fn colours_of_a_wide_space_are_converted_and_transparency_stays() {
        let icc = ColorProfile::new_display_p3().encode().unwrap();
        assert!(!is_srgb(&icc));
        let mut rgba = picture(Layout::Rgba, &[100, 150, 100, 7, 128, 128, 128, 9]);
        to_srgb(&mut rgba, &icc);
        let [r, g, b, a, gray, .., last] = rgba.samples[..] else { panic!() };
        assert!(r < 95 && g > 150 && b < 100, "{r} {g} {b}");
        assert!((127..=129).contains(&gray));
        assert_eq!((a, last), (7, 9));
    }

    #[test]
    fn srgb_itself_is_left_as_it_is() {
        let icc = ColorProfile::new_srgb().encode().unwrap();
        assert!(is_srgb(&icc));
        let mut rgb = picture(Layout::Rgb, &[1, 2, 3, 250, 128, 0]);
        to_srgb(&mut rgb, &icc);
        assert_eq!(rgb.samples, [1, 2, 3, 250, 128, 0]);
    }

    #[test]
    fn gray_stays_gray() {
        let icc = ColorProfile::new_gray_with_gamma(1.0).encode().unwrap();
        let mut gray = picture(Layout::Gray, &[0, 55, 128, 255]);
        to_srgb(&mut gray, &icc);
        let [black, dark, middle, white] = gray.samples[..] else { panic!() };
        assert_eq!((black, white), (0, 255));
        assert!(dark > 120 && middle > 180, "{dark} {middle}");
    }

    #[test]
    fn inks_are_converted_by_their_profile_alone() {
        let inks = [[0, 0, 0, 0], [0, 0, 0, 255], [255, 0, 0, 0]].concat();
        let rgb = inks_to_srgb(&inks, &inks_profile()).unwrap();
        assert!(rgb[..3].iter().all(|sample| *sample > 250), "paper is {:?}", &rgb[..3]);
        assert!(rgb[3..6].iter().all(|sample| *sample < 5), "black is {:?}", &rgb[3..6]);
        assert!(rgb[6] < 90 && rgb[8] > 170, "cyan is {:?}", &rgb[6..]);
        let other = ColorProfile::new_srgb().encode().unwrap();
        assert_eq!(inks_to_srgb(&inks, &other), None);
    }

    #[test]
    fn a_broken_profile_is_ignored() {
        let mut icc = ColorProfile::new_display_p3().encode().unwrap();
        icc.truncate(150);
        let mut rgb = picture(Layout::Rgb, &[1, 2, 3]);
        to_srgb(&mut rgb, &icc);
        to_srgb(&mut rgb, b"nonsense");
        assert_eq!(rgb.samples, [1, 2, 3]);
    }
}
