//! Strange and hostile images, those that are made here and all of the shared corpus: each is
//! compressed, or refused for a reason, alone; none makes anything panic, hang or grow.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected should end there")]

mod corpus;

use std::collections::BTreeMap;

use corpus::{file, folder, hostile, images, keep, run, to};
use pixmill_engine::{
    compress::{CompressError, Limits, probe},
    model::{FailureCode, Format},
};

/// What became of the images of a folder: how many by outcome, and the names of the refused.
type Table = BTreeMap<String, BTreeMap<&'static str, Vec<String>>>;

#[test]
fn every_hostile_file_that_is_made_here_is_refused_for_its_reason() {
    let before = peak_mib();
    let mut wrong = Vec::new();
    for hostile::Hostile { name, bytes, code, is_plain } in hostile::all() {
        let probed = probe(&bytes, &Limits::default()).map_err(|error| error.code().name());
        if is_plain && probed.as_ref().err() != Some(&code) {
            wrong.push(format!("{name}: its headers say {probed:?}"));
        }
        for recipe in [to(Format::Webp), keep()] {
            let outcome = run(&bytes, &recipe).map(|made| made.bytes.len());
            if outcome.as_ref().map_err(|error| error.code().name()) != Err(code) {
                wrong.push(format!("{name}: {outcome:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    if let (Some(before), Some(after)) = (before, peak_mib()) {
        println!("peak memory {after} MiB, {before} before");
    }
}

#[test]
fn a_bomb_of_a_colour_profile_that_is_made_here_is_not_unpacked() {
    // The image itself is small and sound; its profile is ignored.
    let made = run(&hostile::profile_bomb(), &to(Format::Webp)).unwrap();
    assert_eq!((made.width, made.height), (16, 16));
}

#[test]
fn every_strange_image_is_compressed_or_refused_for_a_reason() {
    let Some(hostile) = folder("hostile") else { return };
    let mut table = Table::new();
    for (name, source) in images(&hostile) {
        let outcome = match run(&source, &to(Format::Webp)) {
            Ok(made) => {
                assert_eq!(corpus::decoded(&made.bytes).dimensions(), (made.width, made.height));
                "decoded"
            }
            Err(error) => {
                eprintln!("{name}: {} ({error})", error.code());
                assert!(!matches!(error, CompressError::Internal(_)), "{name}: {error}");
                error.code().name()
            }
        };
        let folder = name.split('/').next().unwrap_or_default().to_owned();
        table.entry(folder).or_default().entry(outcome).or_default().push(name);
    }
    for (folder, outcomes) in &table {
        let counts: Vec<String> =
            outcomes.iter().map(|(outcome, names)| format!("{outcome} {}", names.len())).collect();
        println!("{folder:15} {}", counts.join(", "));
    }
    if let Some(peak) = peak_mib() {
        println!("peak memory {peak} MiB");
        assert!(peak < 1024, "{peak} MiB");
    }
}

/// The most memory that this process has ever held, where the system tells.
fn peak_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? / 1024)
}

#[test]
fn bombs_are_refused_by_their_headers() {
    for (name, code) in [
        ("bomb-16000x16000-rgba16.png", FailureCode::TooManyPixels),
        ("bomb-20000x20000-rgb8.png", FailureCode::TooManyPixels),
        ("bomb-30000x30000-deflate.tif", FailureCode::TooManyPixels),
        ("bmp-lie-30000x30000.bmp", FailureCode::TooManyPixels),
        ("canvas-20000x20000-1000frames.gif", FailureCode::TooManyPixels),
        ("lie-65500x65500-progressive.jpg", FailureCode::TooManyPixels),
        ("scanbomb-20000x20000-100scans-progressive.jpg", FailureCode::TooManyPixels),
        ("tiff-lie-60000x60000.tif", FailureCode::TooManyPixels),
        ("lie-2147483647x1.png", FailureCode::TooManyPixels),
        ("lie-height0-dnl.jpg", FailureCode::CorruptImage),
        ("zero-width.png", FailureCode::CorruptImage),
        ("empty.jpg", FailureCode::EmptySource),
        ("html-404-as.jpg", FailureCode::NotAnImage),
        ("json-error-as.png", FailureCode::NotAnImage),
    ] {
        let Some(source) = file(&format!("hostile/made/{name}")) else { return };
        let refused = probe(&source, &Limits::default()).map_err(|error| error.code());
        assert_eq!(refused.err(), Some(code), "{name}");
    }
}

#[test]
fn a_bomb_of_a_colour_profile_is_not_unpacked() {
    let Some(source) = file("hostile/made/iccp-256MiB-bomb.png") else { return };
    // The image itself is small and sound; its profile is ignored.
    let made = run(&source, &to(Format::Webp)).unwrap();
    assert_eq!((made.width, made.height), (32, 32));
}

#[test]
fn images_that_are_cut_off_are_said_to_be_incomplete() {
    let Some(made) = folder("hostile/made") else { return };
    let cut = images(&made).into_iter().filter(|(name, _)| name.starts_with("trunc"));
    for (name, source) in cut {
        let refused = run(&source, &to(Format::Webp)).unwrap_err();
        assert_eq!(refused, CompressError::Incomplete, "{name}");
    }
}
