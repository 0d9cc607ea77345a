//! Animations stay animations where the format has them.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected should end there")]

mod corpus;

use std::time::Duration;

use corpus::{file, keep, run, to};
use image::{
    AnimationDecoder, Delay, Frame, RgbaImage,
    codecs::{
        gif::{GifDecoder, GifEncoder, Repeat},
        png::PngDecoder,
        webp::WebPDecoder,
    },
};
use pixmill_engine::{
    compress::{CompressError, Limits, probe},
    model::{Format, MaxSide, Quality, Recipe},
};

/// A GIF of a red square that walks over a blue ground, each frame a little longer than the last.
fn walking_square(repeat: Option<Repeat>) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = GifEncoder::new(&mut file);
    if let Some(repeat) = repeat {
        encoder.set_repeat(repeat).unwrap();
    }
    for step in 0..5u32 {
        let image = RgbaImage::from_fn(80, 60, |x, y| {
            let is_square = x.abs_diff(10 + step * 12) < 6 && y.abs_diff(30) < 6;
            image::Rgba(if is_square { [250, 10, 10, 255] } else { [20, 30, 200, 255] })
        });
        let delay =
            Delay::from_saturating_duration(Duration::from_millis(u64::from(100 + step * 50)));
        encoder.encode_frame(Frame::from_parts(image, 0, 0, delay)).unwrap();
    }
    drop(encoder);
    file
}

fn webp_frames(file: &[u8]) -> Vec<Frame> {
    let decoder = WebPDecoder::new(std::io::Cursor::new(file)).unwrap();
    decoder.into_frames().collect_frames().unwrap()
}

fn gif_frames(file: &[u8]) -> Vec<Frame> {
    let decoder = GifDecoder::new(std::io::Cursor::new(file)).unwrap();
    decoder.into_frames().collect_frames().unwrap()
}

fn png_frames(file: &[u8]) -> Vec<Frame> {
    let decoder = PngDecoder::new(std::io::Cursor::new(file)).unwrap();
    decoder.apng().unwrap().into_frames().collect_frames().unwrap()
}

/// A GIF of these pictures, each shown for a tenth of a second.
fn gif_of(pictures: Vec<RgbaImage>) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = GifEncoder::new(&mut file);
    for picture in pictures {
        let delay = Delay::from_numer_denom_ms(100, 1);
        encoder.encode_frame(Frame::from_parts(picture, 0, 0, delay)).unwrap();
    }
    drop(encoder);
    file
}

fn millis(frames: &[Frame]) -> Vec<u32> {
    frames.iter().map(|frame| frame.delay().numer_denom_ms()).map(|(n, d)| n / d).collect()
}

#[test]
fn an_animated_gif_becomes_an_animated_webp_of_the_same_times() {
    for quality in [75, 100] {
        let recipe = Recipe { quality: Quality::try_from(quality).ok(), ..to(Format::Webp) };
        let source = walking_square(Some(Repeat::Infinite));
        let made = run(&source, &recipe).unwrap();
        let (before, after) = (gif_frames(&source), webp_frames(&made.bytes));
        assert_eq!(millis(&after), [100, 150, 200, 250, 300]);
        for (before, after) in before.iter().zip(&after) {
            let alike = corpus::psnr(before.buffer(), after.buffer());
            assert!(alike > 30.0, "{alike} dB");
        }
        assert!(made.bytes.len() < source.len());
        assert_eq!(probe(&made.bytes, &Limits::default()).unwrap().plays, 0);
    }
}

#[test]
fn an_animated_gif_becomes_an_animated_png_that_lost_nothing() {
    let source = walking_square(Some(Repeat::Infinite));
    let made = run(&source, &to(Format::Png)).unwrap();
    let (before, after) = (gif_frames(&source), png_frames(&made.bytes));
    assert_eq!(millis(&after), [100, 150, 200, 250, 300]);
    for (before, after) in before.iter().zip(&after) {
        assert!(before.buffer() == after.buffer());
    }
    assert!(made.bytes.len() < source.len(), "{} -> {}", source.len(), made.bytes.len());
}

#[test]
fn an_animated_png_may_have_any_colours_and_let_them_shine_through() {
    let glow = |opaque: bool| {
        let picture = move |step: u32| {
            RgbaImage::from_fn(80, 60, |x, y| {
                let alpha = if opaque || !(x + step).is_multiple_of(7) { 255 } else { 0 };
                image::Rgba([(x * 3) as u8, (y * 4) as u8, (step * 60) as u8, alpha])
            })
        };
        gif_of((0..4).map(picture).collect())
    };
    for source in [glow(true), glow(false)] {
        let made = run(&source, &to(Format::Png)).unwrap();
        let (before, after) = (gif_frames(&source), png_frames(&made.bytes));
        assert_eq!(after.len(), 4);
        for (before, after) in before.iter().zip(&after) {
            // What is invisible may be of any colour.
            let seen = |frame: &Frame| {
                frame
                    .buffer()
                    .pixels()
                    .map(|p| if p[3] > 0 { p.0 } else { [0; 4] })
                    .collect::<Vec<_>>()
            };
            assert!(seen(before) == seen(after));
        }
    }
}

#[test]
fn an_animated_png_stays_one_when_it_is_made_smaller_and_in_every_format_that_can() {
    let source = run(&walking_square(Some(Repeat::Finite(2))), &to(Format::Png)).unwrap().bytes;
    let small = MaxSide::try_from(40).ok();
    for format in [keep(), to(Format::Webp)] {
        let made = run(&source, &Recipe { max_width: small, ..format }).unwrap();
        let again = probe(&made.bytes, &Limits::default()).unwrap();
        assert_eq!((again.width, again.height, again.frames, again.plays), (40, 30, 5, 3));
    }
    assert_eq!(run(&source, &keep()).unwrap().bytes, source);
}

#[test]
fn an_animation_plays_as_often_as_its_source() {
    for format in [Format::Webp, Format::Png] {
        for (repeat, plays) in
            [(None, 1), (Some(Repeat::Finite(2)), 3), (Some(Repeat::Infinite), 0)]
        {
            let made = run(&walking_square(repeat), &to(format)).unwrap();
            assert_eq!(probe(&made.bytes, &Limits::default()).unwrap().plays, plays, "{format}");
        }
    }
}

#[test]
fn an_animation_is_made_smaller_frame_by_frame() {
    let small = MaxSide::try_from(40).ok();
    for format in [to(Format::Webp), to(Format::Png), keep()] {
        let source = walking_square(Some(Repeat::Finite(4)));
        let made = run(&source, &Recipe { max_width: small, ..format }).unwrap();
        let again = probe(&made.bytes, &Limits::default()).unwrap();
        assert_eq!((again.width, again.height, again.frames, again.plays), (40, 30, 5, 5));
    }
}

#[test]
fn frames_that_do_not_change_are_shown_longer() {
    let tone = |tone| RgbaImage::from_pixel(16, 16, image::Rgba([tone, 0, 0, 255]));
    let file = gif_of([9, 9, 200, 200, 200].map(tone).to_vec());
    let made = run(&file, &to(Format::Webp)).unwrap();
    assert_eq!(millis(&webp_frames(&made.bytes)), [200, 300]);
    let made = run(&file, &to(Format::Png)).unwrap();
    assert_eq!(millis(&png_frames(&made.bytes)), [200, 300]);
}

#[test]
fn of_an_animation_other_formats_show_the_first_picture() {
    let source = walking_square(None);
    for format in [Format::Jpeg, Format::Png, Format::Bmp] {
        let made = run(&source, &to(format)).unwrap();
        let alike = corpus::psnr(gif_frames(&source)[0].buffer(), &corpus::decoded(&made.bytes));
        assert!(alike > 28.0, "{format}: {alike} dB");
    }
}

#[test]
fn an_animated_webp_and_png_stay_what_they_are() {
    for name in ["image-rs/anim.webp", "image-rs/dispose-previous-blend-source.png"] {
        let Some(source) = file(&format!("hostile/{name}")) else { return };
        let frames = probe(&source, &Limits::default()).unwrap().frames;
        assert!(frames > 1);
        let kept = run(&source, &keep()).unwrap();
        assert_eq!(probe(&kept.bytes, &Limits::default()).unwrap().frames, frames);
        assert!(kept.bytes.len() <= source.len());
    }
    let Some(source) = file("hostile/image-rs/anim.webp") else { return };
    let recipe = Recipe { max_width: MaxSide::try_from(64).ok(), ..keep() };
    let made = run(&source, &recipe).unwrap();
    assert_eq!(millis(&webp_frames(&made.bytes)), millis(&webp_frames(&source)));
}

#[test]
fn too_many_frames_are_refused_before_they_are_decoded() {
    let source = walking_square(None);
    let few = Limits { max_frames: 4, ..Limits::default() };
    let little = Limits { max_animation_pixels: 80 * 60 * 5 - 1, ..Limits::default() };
    for limits in [few, little] {
        let refused = probe(&source, &limits).unwrap_err();
        assert!(matches!(refused, CompressError::TooManyFrames { frames: 5, .. }));
    }
}
