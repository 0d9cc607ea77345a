//! What is left of a source's metadata, and what takes the place of renditions that are no smaller.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected should end there")]

mod corpus;

use corpus::{decoded, file, folder, hostile, images, keep, kodak, run, to, written};
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader};
use pixmill_engine::{
    compress::probe,
    model::{Format, FormatChoice, Metadata, Quality, Recipe},
};

/// A photograph with a place, a camera and a time in it.
const PLACE: &str = "hostile/exif-samples/DSCN0010.jpg";

const ALL: [Format; 7] =
    [Format::Webp, Format::Jpeg, Format::Png, Format::Avif, Format::Gif, Format::Tiff, Format::Bmp];

fn says(file: &[u8], word: &str) -> bool {
    file.windows(word.len()).any(|window| window == word.as_bytes())
}

fn exif_of(file: &[u8]) -> Option<Vec<u8>> {
    let reader = ImageReader::new(std::io::Cursor::new(file)).with_guessed_format().unwrap();
    reader.into_decoder().unwrap().exif_metadata().unwrap()
}

fn at(format: FormatChoice, quality: u8) -> Recipe {
    Recipe { format, quality: Some(Quality::try_from(quality).unwrap()), ..Recipe::default() }
}

#[test]
fn no_place_and_no_camera_is_left_in_any_format() {
    let Some(source) = file(PLACE) else { return };
    assert!(says(&source, "NIKON") && says(&source, "Exif") && says(&source, "2008:10"));
    let small = pixmill_engine::model::MaxSide::try_from(160).ok();
    for format in ALL {
        let recipe = Recipe { max_width: small, ..to(format) };
        let made = run(&source, &recipe).unwrap().bytes;
        for word in ["NIKON", "Exif", "EXIF", "2008:10", "xpacket"] {
            assert!(!says(&made, word), "{format} says {word}");
        }
    }
    // At such a quality nothing is gained, so these are the source's own bytes.
    let kept = run(&source, &at(FormatChoice::Keep, 100)).unwrap().bytes;
    assert_eq!(decoded(&kept), decoded(&source));
    assert!(!says(&kept, "NIKON") && !says(&kept, "Exif") && kept.len() < source.len());
}

#[test]
fn what_is_kept_is_carried_into_every_format_that_has_a_place_for_it() {
    let Some(source) = file("hostile/exif-orient/Landscape_6.jpg") else { return };
    let small = pixmill_engine::model::MaxSide::try_from(160).ok();
    for format in [Format::Jpeg, Format::Png, Format::Webp] {
        let recipe = Recipe { metadata: Metadata::Keep, max_width: small, ..to(format) };
        let made = run(&source, &recipe).unwrap();
        let exif = exif_of(&made.bytes).unwrap_or_else(|| panic!("{format} has no EXIF"));
        let orientation = image::metadata::Orientation::from_exif_chunk(&exif);
        assert!(
            matches!(orientation, None | Some(image::metadata::Orientation::NoTransforms)),
            "{format} would be turned again"
        );
        assert_eq!(decoded(&made.bytes).dimensions(), (made.width, made.height));
    }
    let recipe = Recipe { metadata: Metadata::Keep, max_width: small, ..to(Format::Avif) };
    assert!(says(&run(&source, &recipe).unwrap().bytes, "Exif"));
}

#[test]
fn xmp_is_carried_over_and_dropped() {
    let Some(source) = file("hostile/image-rs/exif-xmp-metadata.jpg") else { return };
    for format in [Format::Jpeg, Format::Png, Format::Webp] {
        let kept = Recipe { metadata: Metadata::Keep, ..to(format) };
        assert!(says(&run(&source, &kept).unwrap().bytes, "xmpmeta"), "{format}");
        assert!(!says(&run(&source, &to(format)).unwrap().bytes, "xmpmeta"), "{format}");
    }
}

#[test]
fn a_rendition_that_would_not_be_smaller_is_the_source_itself() {
    let picture = DynamicImage::from(decoded(&kodak(3))).into_rgb8();
    for (format, source) in [
        (Format::Jpeg, run(&kodak(3), &at(FormatChoice::Convert(Format::Jpeg), 30)).unwrap().bytes),
        (Format::Webp, run(&kodak(3), &at(FormatChoice::Convert(Format::Webp), 30)).unwrap().bytes),
        (Format::Png, run(&kodak(3), &at(FormatChoice::Convert(Format::Png), 50)).unwrap().bytes),
        (Format::Bmp, written(picture.clone(), ImageFormat::Bmp)),
        (Format::Gif, written(picture, ImageFormat::Gif)),
    ] {
        let made = run(&source, &at(FormatChoice::Keep, 95)).unwrap();
        assert_eq!(made.format, format);
        assert!(made.bytes == source, "{format}: {} -> {}", source.len(), made.bytes.len());
    }
}

/// A gray photograph as a JPEG in a TIFF, with more tags; `rest` lies right behind the JPEG.
fn jpeg_in_tiff(more: &[(u16, u32)], rest: &[u8]) -> Vec<u8> {
    let gray = DynamicImage::from(decoded(&kodak(23))).into_luma8();
    let jpeg = run(&written(gray, ImageFormat::Png), &at(FormatChoice::Convert(Format::Jpeg), 50));
    let jpeg = jpeg.unwrap().bytes;
    // The JPEG lies at place 8.
    let behind = 8 + jpeg.len() as u32;
    let more = more.iter().map(|(tag, offset)| (*tag, behind + offset));
    let entries: Vec<(u16, u32)> =
        hostile::strip(192, 128, 7, jpeg.len()).into_iter().chain(more).collect();
    hostile::tiff(&entries, &[&jpeg, rest].concat())
}

#[test]
fn a_tiff_that_is_packed_better_than_we_can_stays_as_it_is() {
    let source = jpeg_in_tiff(&[], b"");
    let made = run(&source, &keep()).unwrap();
    assert!(made.bytes == source, "{} -> {}", source.len(), made.bytes.len());

    // A fax of white rows, each of one bit (ITU-T T.6), and the end of the block.
    let rows = [&[0xFF; 125][..], &[0, 0x10, 0x01]].concat();
    let mut entries = hostile::strip(1_728, 1_000, 4, rows.len());
    entries.iter_mut().filter(|(tag, _)| *tag == 258).for_each(|(_, bits)| *bits = 1);
    entries.iter_mut().filter(|(tag, _)| *tag == 262).for_each(|(_, white)| *white = 0);
    let source = hostile::tiff(&entries, &rows);
    let made = run(&source, &keep()).unwrap();
    assert!(made.bytes == source, "{} -> {}", source.len(), made.bytes.len());
}

#[test]
fn a_tiff_is_freed_of_what_it_says_about_people_and_places_and_shows_the_same() {
    const EXIF: u16 = 34_665;
    // A directory within of one entry, the maker, whose text lies behind it.
    let within = [&1u16.to_le_bytes()[..], &[0x0F, 1, 2, 0, 24, 0, 0, 0], &[0; 8]].concat();
    let rest = [&within[..], b"a camera of a certain person, and more in no tag at all"].concat();
    let source = jpeg_in_tiff(&[(EXIF, 0)], &rest);
    assert!(says(&source, "camera"));
    let made = run(&source, &keep()).unwrap().bytes;
    assert!(!says(&made, "camera") && !says(&made, "no tag at all"));
    assert!(made.len() <= source.len() && made.len() * 3 < decoded(&source).as_raw().len());
    assert_eq!(decoded(&made), decoded(&source));
    let kept = Recipe { metadata: Metadata::Keep, ..keep() };
    assert!(run(&source, &kept).unwrap().bytes == source);
}

#[test]
fn a_bmp_need_not_tell_the_length_of_its_pixels_to_stay_as_it_is() {
    let gray = DynamicImage::from(decoded(&kodak(3))).into_luma8();
    let mut source = written(gray, ImageFormat::Bmp);
    source[34..38].copy_from_slice(&[0; 4]);
    let made = run(&source, &keep()).unwrap();
    assert!(made.bytes == source, "{} -> {}", source.len(), made.bytes.len());
    source.extend(b"a secret after the end");
    assert!(!says(&run(&source, &keep()).unwrap().bytes, "secret"));
}

#[test]
fn a_source_that_lies_on_its_side_still_does_when_it_is_stripped() {
    let Some(source) = file("hostile/exif-orient/Portrait_8.jpg") else { return };
    let made = run(&source, &at(FormatChoice::Keep, 100)).unwrap();
    assert!(made.bytes.len() < source.len());
    assert_eq!(decoded(&made.bytes), decoded(&source));
    let exif = exif_of(&made.bytes).unwrap();
    assert_eq!(exif.len(), 26, "only the orientation is left");
}

#[test]
fn a_wide_colour_profile_stays_with_the_pixels_that_need_it() {
    let Some(source) = file("hostile/made/displayp3-icc-kodim01.jpg") else { return };
    let made = run(&source, &at(FormatChoice::Keep, 100)).unwrap().bytes;
    assert!(made.len() <= source.len() && says(&made, "ICC_PROFILE"));
    assert_eq!(decoded(&made), decoded(&source));
}

#[test]
fn what_follows_the_end_of_an_image_is_left_out() {
    let source = run(&kodak(23), &at(FormatChoice::Convert(Format::Jpeg), 20)).unwrap().bytes;
    let tailed = [&source[..], b"a secret after the end"].concat();
    assert_eq!(run(&tailed, &at(FormatChoice::Keep, 95)).unwrap().bytes, source);
}

#[test]
fn no_image_gets_worse_and_every_stripped_one_shows_what_its_source_does() {
    let Some(hostile) = folder("hostile") else { return };
    for (name, source) in images(&hostile) {
        let Ok(made) = run(&source, &keep()) else { continue };
        // Of these some are of versions that are hardly known.
        let may_grow = made.format == Format::Bmp;
        assert!(may_grow || made.bytes.len() <= source.len(), "{name}");
        let again =
            probe(&made.bytes, &Default::default()).unwrap_or_else(|e| panic!("{name}: {e}"));
        let first = probe(&source, &Default::default()).unwrap();
        assert_eq!((again.width, again.height), (first.width, first.height), "{name}");
        assert_eq!((again.frames, again.format), (first.frames, first.format), "{name}");
    }
}
