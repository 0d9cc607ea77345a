//! Any bytes go through `compress`; what is made of them has to be readable again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pixmill_engine::{
    compress::{CompressError, Limits, Stop, compress, probe},
    model::{Format, FormatChoice, Metadata, Recipe},
};

fuzz_target!(|input: &[u8]| {
    let Some((choice, source)) = input.split_first() else { return };
    let formats = [
        FormatChoice::Convert(Format::Webp),
        FormatChoice::Convert(Format::Jpeg),
        FormatChoice::Convert(Format::Png),
        FormatChoice::Keep,
    ];
    let recipe = Recipe {
        format: formats[usize::from(choice & 3)],
        max_width: (choice & 4 != 0).then(|| 20u32.try_into().expect("it is a side")),
        metadata: if choice & 8 == 0 { Metadata::Drop } else { Metadata::Keep },
        ..Recipe::default()
    };
    // Small limits, so that the time goes into variety.
    let limits = Limits {
        max_pixels: 100_000,
        max_decoded_bytes: 8 << 20,
        max_animation_pixels: 400_000,
        max_frames: 20,
        max_scan_pixels: 1_000_000,
        max_metadata_bytes: 1 << 20,
    };
    match compress(source, &recipe, &limits, &Stop::new()) {
        Ok(made) => {
            let again = probe(&made.bytes, &Limits::default()).expect("what was made can be read");
            assert_eq!((again.format, again.width, again.height), (made.format, made.width, made.height));
        }
        Err(CompressError::Internal(fault)) => panic!("{fault}"),
        Err(_) => {}
    }
});
