//! What comes out of `compress`, looked at by decoders that know nothing of it.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected should end there")]

mod corpus;

use corpus::{decoded, file, keep, kodak, psnr, run, to, written};
use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
use pixmill_engine::{
    compress::{CompressError, Limits, Stop, compress, probe},
    model::{Format, MaxSide, Quality, Recipe},
};
use proptest::prelude::*;

/// Formats that can be decoded here; AVIF cannot.
const READ: [Format; 6] =
    [Format::Webp, Format::Jpeg, Format::Png, Format::Gif, Format::Tiff, Format::Bmp];

fn at(format: Format, quality: u8) -> Recipe {
    Recipe { quality: Some(Quality::try_from(quality).unwrap()), ..to(format) }
}

#[test]
fn every_format_shows_the_picture_of_its_source() {
    for (format, least) in READ.iter().zip([30.0, 30.0, 36.0, 28.0, 99.0, 99.0]) {
        let mut mean = 0.0;
        for number in [3, 5, 23] {
            let source = kodak(number);
            let made = run(&source, &to(*format)).unwrap();
            assert_eq!((made.width, made.height), (192, 128));
            mean += psnr(&decoded(&source), &decoded(&made.bytes)).min(100.0) / 3.0;
        }
        println!("{format}: {mean:.1} dB");
        assert!(mean > least, "{format}: {mean} dB");
    }
}

#[test]
fn an_avif_says_its_size_and_is_small() {
    let source = kodak(23);
    let made = run(&source, &to(Format::Avif)).unwrap();
    assert_eq!(made.bytes[4..12], *b"ftypavif");
    let sizes = [192u32.to_be_bytes(), 128u32.to_be_bytes()].concat();
    assert!(made.bytes.windows(8).any(|bytes| bytes == sizes), "no size is in it");
    assert!(made.bytes.len() * 5 < source.len());
}

#[test]
fn quality_100_loses_nothing_in_webp_and_png() {
    for format in [Format::Webp, Format::Png] {
        let made = run(&kodak(3), &at(format, 100)).unwrap();
        assert_eq!(decoded(&made.bytes), decoded(&kodak(3)), "{format}");
    }
}

#[test]
fn lower_quality_is_smaller() {
    for format in [Format::Webp, Format::Jpeg, Format::Avif] {
        let length = |quality| run(&kodak(5), &at(format, quality)).unwrap().bytes.len();
        assert!(length(30) < length(60) && length(60) < length(90), "{format}");
    }
}

#[test]
fn the_same_bytes_and_recipe_give_the_same_rendition() {
    for format in [Format::Webp, Format::Jpeg, Format::Png, Format::Avif, Format::Gif, Format::Tiff]
    {
        let twice = [run(&kodak(5), &to(format)), run(&kodak(5), &to(format))];
        assert_eq!(twice[0], twice[1], "{format}");
    }
}

#[test]
fn a_picture_is_only_ever_made_smaller() {
    let side = |pixels: u32| Some(MaxSide::try_from(pixels).unwrap());
    let small = Recipe { max_width: side(96), max_height: side(1000), ..to(Format::Webp) };
    let made = run(&kodak(23), &small).unwrap();
    assert_eq!((made.width, made.height), (96, 64));
    assert_eq!((made.source_width, made.source_height), (192, 128));
    assert_eq!(decoded(&made.bytes).dimensions(), (96, 64));
    let large = Recipe { max_width: side(5000), ..to(Format::Webp) };
    assert_eq!(run(&kodak(23), &large).unwrap().width, 192);
}

#[test]
fn what_shines_through_survives_or_is_laid_on_white() {
    let glass = RgbaImage::from_fn(64, 64, |x, y| Rgba([200, (y * 4) as u8, 50, (x * 4) as u8]));
    let source = written(glass.clone(), ImageFormat::Png);
    for format in [Format::Webp, Format::Png, Format::Tiff, Format::Bmp] {
        let image = decoded(&run(&source, &to(format)).unwrap().bytes);
        let off = image.pixels().zip(glass.pixels()).map(|(a, b)| a[3].abs_diff(b[3])).max();
        assert!(off <= Some(8), "{format}: {off:?}");
    }
    let jpeg = decoded(&run(&source, &at(Format::Jpeg, 95)).unwrap().bytes);
    assert!(jpeg.get_pixel(0, 32).0[..3].iter().all(|sample| *sample > 245));
    assert!(jpeg.get_pixel(63, 32)[2] < 75);
}

#[test]
fn gray_stays_gray() {
    let gray = DynamicImage::from(decoded(&kodak(3))).into_luma8();
    let source = written(gray.clone(), ImageFormat::Jpeg);
    for (format, colour) in
        [(Format::Jpeg, image::ColorType::L8), (Format::Png, image::ColorType::L8)]
    {
        let made = run(&source, &to(format)).unwrap();
        assert_eq!(image::load_from_memory(&made.bytes).unwrap().color(), colour, "{format}");
    }
    let webp = decoded(&run(&source, &to(Format::Webp)).unwrap().bytes);
    assert!(webp.pixels().all(|p| p[0].abs_diff(p[1]) <= 2 && p[1].abs_diff(p[2]) <= 2));
}

#[test]
fn a_picture_of_16_bits_becomes_one_of_8() {
    let deep = DynamicImage::from(decoded(&kodak(5))).into_rgb16();
    let made = run(&written(deep, ImageFormat::Png), &at(Format::Webp, 100)).unwrap();
    assert_eq!(decoded(&made.bytes), decoded(&kodak(5)));
}

#[test]
fn a_drawing_is_written_without_loss_where_that_is_smaller() {
    let drawing = RgbaImage::from_fn(200, 200, |x, y| {
        if (x / 10 + y / 10) % 3 == 0 { Rgba([255, 0, 0, 255]) } else { Rgba([255, 255, 255, 255]) }
    });
    let made = run(&written(drawing.clone(), ImageFormat::Png), &to(Format::Webp)).unwrap();
    assert_eq!(decoded(&made.bytes), drawing);
    assert!(made.bytes.len() < 300, "{}", made.bytes.len());
}

#[test]
fn a_side_that_a_format_cannot_hold_is_refused() {
    let source = written(RgbaImage::new(20_000, 2), ImageFormat::Png);
    let refused = run(&source, &to(Format::Webp)).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "20000 x 2 pixels do not fit into webp, which ends at 16383 a side"
    );
    assert_eq!(run(&source, &to(Format::Jpeg)).unwrap().width, 20_000);
}

#[test]
fn limits_are_kept_before_anything_is_decoded() {
    let source = kodak(3);
    let refused = |limits| probe(&source, &limits).unwrap_err();
    let few = Limits { max_pixels: 24_575, ..Limits::default() };
    assert!(matches!(refused(few), CompressError::TooManyPixels { width: 192, height: 128, .. }));
    let little = Limits { max_decoded_bytes: 73_727, ..Limits::default() };
    assert_eq!(refused(little), CompressError::TooMuchMemory);

    let progressive = run(&source, &to(Format::Jpeg)).unwrap().bytes;
    let once = Limits { max_scan_pixels: 24_576, ..Limits::default() };
    let refused = probe(&progressive, &once).unwrap_err();
    assert!(matches!(refused, CompressError::TooManyScans { scans: 4.., .. }), "{refused:?}");
}

/// A photograph of this size as far as its headers tell.
fn headers(mut jpeg: Vec<u8>, width: u16, height: u16) -> Vec<u8> {
    let is_frame = |bytes: &[u8]| matches!(bytes, [0xFF, 0xC0 | 0xC2, 0, 17]);
    let frame = jpeg.windows(4).position(is_frame).unwrap();
    let sides = [height.to_be_bytes(), width.to_be_bytes()].concat();
    jpeg[frame + 5..frame + 9].copy_from_slice(&sides);
    jpeg
}

#[test]
fn the_memory_that_is_usual_is_enough_for_large_photographs() {
    const USUAL: u64 = 1 << 30;
    let baseline = written(DynamicImage::from(decoded(&kodak(3))).into_rgb8(), ImageFormat::Jpeg);
    let progressive = run(&kodak(3), &to(Format::Jpeg)).unwrap().bytes;
    let (phone, large, huge) = ((4000, 3000), (8660, 5773), (10_000, 10_000));
    for (jpeg, (width, height), format, is_enough) in [
        (&baseline, phone, Format::Webp, true),
        (&progressive, phone, Format::Avif, true),
        (&progressive, large, Format::Webp, true),
        (&progressive, large, Format::Jpeg, true),
        (&baseline, large, Format::Png, true),
        (&baseline, huge, Format::Webp, true),
        (&baseline, large, Format::Avif, false),
        (&baseline, huge, Format::Png, false),
    ] {
        let source = headers(jpeg.clone(), width, height);
        let within = probe(&source, &Limits::default()).unwrap().within(USUAL, &to(format));
        assert_eq!(within.is_ok(), is_enough, "{width} x {height} to {format}: {within:?}");
    }
}

#[test]
fn what_needs_too_much_memory_says_what_may_help() {
    let probed = probe(&kodak(3), &Limits::default()).unwrap();
    let to_write = probed.within(500_000, &to(Format::Avif)).unwrap_err();
    assert_eq!(to_write.code().name(), "too_much_memory");
    assert!(to_write.to_string().contains("smaller maxWidth or maxHeight"), "{to_write}");
    let small = Recipe { max_width: MaxSide::try_from(20).ok(), ..to(Format::Avif) };
    assert!(probed.within(500_000, &small).is_ok());
    let to_read = probed.within(50_000, &small).unwrap_err();
    assert_eq!(to_read, CompressError::TooMuchMemory);
    assert!(!to_read.to_string().contains("maxWidth"), "{to_read}");
}

#[test]
fn a_compression_that_is_asked_to_end_does() {
    let stop = Stop::new();
    stop.request();
    for format in READ {
        let source = run(&kodak(3), &to(format)).unwrap().bytes;
        let refused = compress(&source, &to(Format::Webp), &Limits::default(), &stop).unwrap_err();
        assert_eq!(refused, CompressError::Stopped, "{format}");
    }
}

#[test]
fn all_eight_orientations_show_the_same_picture() {
    for shape in ["Landscape", "Portrait"] {
        for format in [Format::Webp, Format::Jpeg] {
            let pictures: Vec<RgbaImage> = (1..=8)
                .map_while(|number| file(&format!("hostile/exif-orient/{shape}_{number}.jpg")))
                .map(|source| {
                    let side = MaxSide::try_from(300).ok();
                    let small = Recipe { max_width: side, max_height: side, ..to(format) };
                    let made = run(&source, &small).unwrap();
                    assert_eq!(made.width > made.height, shape == "Landscape");
                    decoded(&made.bytes)
                })
                .collect();
            for picture in pictures.iter().skip(1) {
                // The samples bear their own number as a large figure, which differs.
                let alike = psnr(&pictures[0], picture);
                assert!(alike > 18.0, "{shape} {format}: {alike}");
            }
        }
    }
}

#[test]
fn inks_and_wide_colours_look_like_their_twins() {
    for number in [1, 3, 5] {
        for (kind, least) in [("cmyk", 36.0), ("displayp3-icc", 36.0)] {
            let twin = file(&format!("kodak/kodim{number:02}.png"));
            let source = file(&format!("hostile/made/{kind}-kodim{number:02}.jpg"));
            let (Some(twin), Some(source)) = (twin, source) else { return };
            let made = run(&source, &at(Format::Png, 100)).unwrap();
            let alike = psnr(&decoded(&made.bytes), &decoded(&twin));
            println!("{kind} {number}: {alike:.1} dB");
            assert!(alike > least, "{kind} {number}: {alike} dB");
        }
    }
}

/// Small files of every format that is read, to be damaged.
fn samples() -> Vec<Vec<u8>> {
    let mut samples: Vec<Vec<u8>> =
        READ.iter().map(|format| run(&kodak(23), &to(*format)).unwrap().bytes).collect();
    let baseline = DynamicImage::from(decoded(&kodak(23))).into_rgb8();
    samples.push(written(baseline, ImageFormat::Jpeg));
    samples.push(run(&kodak(23), &at(Format::Webp, 100)).unwrap().bytes);
    samples
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_damage_makes_it_panic_or_blames_us(
        places in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..12),
        cut in proptest::option::of(any::<proptest::sample::Index>()),
        headers_only in any::<bool>(),
    ) {
        static SAMPLES: std::sync::OnceLock<Vec<Vec<u8>>> = std::sync::OnceLock::new();
        for sample in SAMPLES.get_or_init(samples) {
            let mut damaged = sample.clone();
            let reach = if headers_only { 200.min(damaged.len()) } else { damaged.len() };
            for (place, byte) in &places {
                damaged[place.index(reach)] = *byte;
            }
            if let Some(cut) = cut {
                damaged.truncate(cut.index(damaged.len()));
            }
            for recipe in [to(Format::Webp), keep()] {
                let outcome = run(&damaged, &recipe);
                prop_assert!(!matches!(outcome, Err(CompressError::Internal(_))), "{outcome:?}");
            }
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        for start in [&b""[..], b"\xFF\xD8\xFF", b"\x89PNG\r\n\x1A\n", b"GIF89a", b"RIFF\x90\0\0\0WEBPVP8X", b"II*\0\x08\0\0\0", b"BM"] {
            let outcome = run(&[start, &bytes].concat(), &keep());
            prop_assert!(!matches!(outcome, Err(CompressError::Internal(_))), "{outcome:?}");
        }
    }
}
